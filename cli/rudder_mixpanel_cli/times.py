"""Times in options and in output, and the clock."""

from datetime import UTC, datetime

from rudder_mixpanel_cli.errors import UsageError


def parse_time(text: str, option: str) -> datetime:
    """Parse the ISO 8601 time of an option, in UTC unless it has a time zone.

    Raises UsageError when the text is not a time.
    """
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        example = "a date such as 2026-12-31, or a time such as 2026-12-31T12:00:00Z"
        raise UsageError(f"{option}: expected {example}, got {text}") from None
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def current_time() -> datetime:
    """The current time in UTC."""
    return datetime.now(UTC)  # noqa: TID251 - the CLI's only read of the clock


def minute(time: datetime) -> str:
    """A time in UTC to the minute, as people read it."""
    return f"{time.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
