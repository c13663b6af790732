"""The parameters of an export."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from http import HTTPStatus
from typing import Final

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.app_api import app_rejection
from mixpanel_emulator.endpoints.exchange import Exchange, RequestRejected

DAY_FORMAT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
MOST_ROWS: Final = 100_000
EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)


@dataclass(frozen=True, slots=True)
class ExportQuery:
    """Which events to export, and how precise their times are."""

    # The times of the events, in milliseconds; the end is exclusive.
    start: int
    end: int
    # None for all.
    names: frozenset[str] | None
    limit: int | None
    in_milliseconds: bool


def read_export_query(exchange: Exchange, zone: tzinfo) -> ExportQuery:
    """Read the parameters. Raises RequestRejected when one is missing or malformed."""
    if "where" in exchange.query:
        raise bad_request("X6", messages.EXPORT_WHERE)
    start, end = read_days(exchange, zone)
    return ExportQuery(
        start=start,
        end=end,
        names=read_names(exchange.query.get("event")),
        limit=read_limit(exchange.query.get("limit")),
        in_milliseconds=read_flag(exchange.query.get("time_in_ms", "false")),
    )


def read_days(exchange: Exchange, zone: tzinfo) -> tuple[int, int]:
    """Read the days, and return when they begin and end. Raises RequestRejected."""
    first, last = (read_day(exchange, name) for name in ("from_date", "to_date"))
    if last > exchange.at.astimezone(zone).date():
        raise bad_request("X4", messages.EXPORT_LATER_THAN_TODAY)
    if last < first:
        raise bad_request("X3", messages.EXPORT_RANGE)
    return midnight(first, zone), midnight(last + timedelta(days=1), zone)


def read_day(exchange: Exchange, name: str) -> date:
    """Read one of the days. Raises RequestRejected."""
    text = exchange.query.get(name, "")
    try:
        if DAY_FORMAT.fullmatch(text):
            return date.fromisoformat(text)
    except ValueError:
        pass
    raise bad_request("X3", messages.EXPORT_DATE.format(name=name))


def midnight(day: date, zone: tzinfo) -> int:
    """Return when a day begins, in milliseconds since 1970."""
    return (datetime.combine(day, time(), zone) - EPOCH) // MILLISECOND


def read_names(text: str | None) -> frozenset[str] | None:
    """Read the names of events. Raises RequestRejected."""
    if text is None:
        return None
    try:
        names = orjson.loads(text)
    except orjson.JSONDecodeError:
        names = None
    if not isinstance(names, list) or not names or not all(isinstance(n, str) for n in names):
        raise bad_request("X5", messages.EXPORT_EVENT)
    return frozenset(names)


def read_limit(text: str | None) -> int | None:
    """Read how many rows are wanted. Raises RequestRejected."""
    if text is None:
        return None
    if re.fullmatch(r"[0-9]{1,6}", text) and 1 <= int(text) <= MOST_ROWS:
        return int(text)
    raise bad_request("X5", messages.EXPORT_LIMIT)


def read_flag(text: str) -> bool:
    """Read true or false. Raises RequestRejected."""
    if text.lower() not in {"true", "false"}:
        raise bad_request("X5", messages.EXPORT_TIME_IN_MS)
    return text.lower() == "true"


def bad_request(rule: str, error: str) -> RequestRejected:
    """Build the 400 for a parameter."""
    return app_rejection(rule, HTTPStatus.BAD_REQUEST, error)
