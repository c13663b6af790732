"""Moments as options spell them."""

from datetime import UTC, datetime

from rudder_mixpanel_cli.failures import Unusable


def moment(told: str, option: str) -> datetime:
    """The moment that an option names, in UTC unless it names a zone; raises Unusable."""
    try:
        read = datetime.fromisoformat(told)
    except ValueError:
        example = "a time such as 2026-12-31T12:00:00Z"
        raise Unusable(f"{option}: expected {example}, got {told}") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)


def this_moment() -> datetime:
    """What the clock says."""
    return datetime.now(UTC)  # noqa: TID251 - the edge, where the clock is read
