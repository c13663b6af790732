"""How far back to look: a duration such as 24h, or a time."""

import re
from datetime import datetime, timedelta
from typing import Final

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.times import parse_time

UNITS: Final = {"m": "minutes", "h": "hours", "d": "days"}
DURATION: Final = re.compile(r"(\d{1,5})([mhd])")


def parse_since(text: str, now: datetime) -> datetime:
    """The time that an option means. Raises UsageError for one that is neither, or is later."""
    if match := DURATION.fullmatch(text):
        return now - timedelta(**{UNITS[match[2]]: int(match[1])})
    if not text[:4].isdigit():
        expected = "a duration such as 30m, 24h or 7d, or a time such as 2026-12-31T12:00:00Z"
        raise UsageError(f"--since: expected {expected}, got {text}")
    since = parse_time(text, "--since")
    if since > now:
        raise UsageError(f"--since: {text} is in the future")
    return since
