"""The wall clock, read here and nowhere else."""

from datetime import UTC, datetime


def wall_clock() -> datetime:
    """The time it is now."""
    return datetime.now(UTC)  # noqa: TID251 - every other clock is an argument; this is its default
