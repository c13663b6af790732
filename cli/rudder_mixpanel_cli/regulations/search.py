"""Search the regulations of a stack, a page at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.regulations.actions import REGULATIONS
from rudder_mixpanel_cli.regulations.client import RegulationsClient
from rudder_mixpanel_cli.times import parse_time


@dataclass(slots=True)
class Search:
    """The pages of a search; `missing` are regulations of the user without a record."""

    api: RegulationsClient
    conditions: dict[str, Any]
    missing: list[str] = field(default_factory=list)

    def pages(self) -> Iterator[list[dict[str, Any]]]:
        """The regulations of each page; raises CommandError."""
        body = dict(self.conditions)
        while True:
            page = self.api.call("POST", f"{REGULATIONS}/search", body).json()
            self.missing += page.get("missing", [])
            yield page["data"]
            if not (cursor := page["paging"].get("next")):
                return
            body["after_cursor"] = cursor


def first_moment(text: str | None) -> str | None:
    """The time of --from for the API; raises UsageError when it is not one."""
    return utc(parse_time(text, "--from")) if text else None


def end_moment(text: str | None) -> str | None:
    """The time of --to for the API, which excludes it; raises UsageError when it is not one.

    A date stands for the whole day.
    """
    if not text:
        return None
    time = parse_time(text, "--to")
    try:
        return utc(time + timedelta(days=1) if is_date(text) else time)
    except OverflowError:
        raise UsageError("--to: expected a date before 9999-12-31") from None


def is_date(text: str) -> bool:
    """Whether a time is a date without a time of day."""
    return ":" not in text and "T" not in text.upper()


def utc(time: datetime) -> str:
    """A time in UTC, as the API writes it."""
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")
