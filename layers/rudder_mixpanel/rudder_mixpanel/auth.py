"""Checks the token or key of a caller against those in a secret, in constant time."""

import hmac
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any, Final

from rudder_mixpanel.placeholder import is_placeholder

SHORTEST_TOKEN: Final = 32


def matching_entries(
    entries: Any, token: str, now: datetime, *, name: str = "token", shortest: int = SHORTEST_TOKEN
) -> list[dict[str, Any]]:
    """Find the entries of a secret's list that hold this token and have not expired.

    The token is compared with that of every entry, in constant time. Raises ValueError when
    `entries` is not a list, or when an entry has no token of at least `shortest` characters, a
    placeholder as one, or an unreadable expiry: a secret with a mistake must not lock anybody out.
    """
    return [
        entry
        for entry in checked_entries(entries, name, shortest)
        if hmac.compare_digest(entry[name].encode(), token.encode("utf-8", "replace"))
        and now < expiry_of(entry)
    ]


def checked_entries(entries: Any, name: str, shortest: int) -> Iterable[dict[str, Any]]:
    """The entries, each with a token and a readable expiry; raises ValueError otherwise."""
    if not isinstance(entries, list):
        raise ValueError("not a list")  # noqa: TRY004 - callers catch one error and say what they expect
    for entry in entries:
        token = entry.get(name) if isinstance(entry, dict) else None
        if not isinstance(token, str) or len(token) < shortest or is_placeholder(token):
            raise ValueError("an entry without a token")
        expiry_of(entry)
    return entries


def expiry_of(entry: dict[str, Any]) -> datetime:
    """When a token expires; never without `expires`. Raises ValueError when it is not a date."""
    expires = entry.get("expires")
    if expires is None:
        return datetime.max.replace(tzinfo=UTC)
    try:
        expiry = datetime.fromisoformat(expires)
    except (TypeError, ValueError):
        # Without the text, which may be a token in the wrong place.
        raise ValueError("expires is not a date") from None
    return expiry if expiry.tzinfo else expiry.replace(tzinfo=UTC)
