"""When an event happened, in the many spellings that senders use."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
MILLISECOND: Final = timedelta(milliseconds=1)
# Where an event says its time, best first; `now`, when the queue took it, stands in for all.
TIMES: Final = ("timestamp", "originalTimestamp", "sentAt", "receivedAt")


def event_time(message: Mapping[str, Any], now: datetime) -> int:
    """The event's time in milliseconds since 1970: the first readable one, else `now`.

    Never the wall clock: a retry must be identical, or Mixpanel cannot drop the copy.
    """
    for name in TIMES:
        time = milliseconds(message.get(name))
        if time is not None:
            return time
    return since_epoch(now)


def milliseconds(value: Any) -> int | None:
    """A time as JavaScript's Date reads it, or None.

    Numbers are milliseconds, text is a date; what names no zone is UTC.
    """
    if isinstance(value, int | float) and not isinstance(value, bool):
        return int(value) if abs(value) <= 8.64e15 else None  # noqa: PLR2004 - Date's range
    if not isinstance(value, str) or value.strip().isdigit():
        return None
    try:
        moment = datetime.fromisoformat(value.strip())
    except ValueError:
        return rfc_2822(value)
    return since_epoch(moment)


def since_epoch(moment: datetime) -> int:
    """A moment in whole milliseconds since 1970; what names no zone is UTC."""
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return (aware - EPOCH) // MILLISECOND


def rfc_2822(value: str) -> int | None:
    """A date as mail and HTTP spell it, in milliseconds since 1970, or None."""
    # Imported where it is rarely needed: the mail package costs more than all the rest at start.
    from email.utils import parsedate_to_datetime  # noqa: PLC0415

    try:
        return since_epoch(parsedate_to_datetime(value))
    except (ValueError, OverflowError):
        return None


def iso(time: int) -> str:
    """A time in milliseconds as JavaScript's toISOString spells it."""
    moment = EPOCH + timedelta(milliseconds=time)
    return f"{moment:%Y-%m-%dT%H:%M:%S}.{time % 1000:03d}Z"
