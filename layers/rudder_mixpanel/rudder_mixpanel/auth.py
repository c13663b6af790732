"""Keys and tokens that callers say, against those that a secret holds."""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

SHORTEST_TOKEN: Final = 32


def matching_entries(
    entries: Any, given: str, now: datetime, *, name: str = "token", shortest: int = SHORTEST_TOKEN
) -> list[dict[str, Any]]:
    """The entries of a list in a secret that hold this token now; every wrong one takes as long.

    Raises ValueError where the list is none, or one of them has no token of so many characters, or
    an end that nobody can read: what was meant is not known, and nobody is to be sent away by it.
    """
    return [
        one
        for one in checked_entries(entries, name, shortest)
        if hmac.compare_digest(one[name].encode(), given.encode("utf-8", "replace"))
        and now < expiry_of(one)
    ]


def checked_entries(entries: Any, name: str, shortest: int) -> Iterable[dict[str, Any]]:
    """The entries, each of which holds a token; raises ValueError."""
    if not isinstance(entries, list):
        raise ValueError("no list")  # noqa: TRY004 - its callers say what was expected
    for one in entries:
        token = one.get(name) if isinstance(one, dict) else None
        if not isinstance(token, str) or len(token) < shortest:
            raise ValueError("an entry without a token")
        expiry_of(one)
    return entries


def expiry_of(entry: dict[str, Any]) -> datetime:
    """When a token ends; what is not said never does. Raises ValueError."""
    if (said := entry.get("expires")) is None:
        return datetime.max.replace(tzinfo=UTC)
    if not isinstance(said, str):
        raise ValueError("no date")  # noqa: TRY004 - as for a text that is none
    read_time = datetime.fromisoformat(said)
    return read_time if read_time.tzinfo else read_time.replace(tzinfo=UTC)
