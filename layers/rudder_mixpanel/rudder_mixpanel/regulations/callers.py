"""The callers of the regulations API: who has a token, as the secret holds them."""

from datetime import datetime
from typing import Any, Final

from rudder_mixpanel.auth import matching_entries
from rudder_mixpanel.regulations.ports import Caller

# Two, so that one can replace the other without an interruption.
MOST_TOKENS: Final = 2
LONGEST_NAME: Final = 50
TOKENS_HOLD: Final = (
    "a JSON object with tokens: one or two objects with a name of at most 50 characters, a token "
    "of 32 characters or more that is not a placeholder and, optionally, expires and seesUsers"
)


def find_caller(tokens: Any, token: str, now: datetime) -> Caller | None:
    """The caller with this token, or None; every wrong token takes as long.

    Raises ValueError when the list of tokens is not as TOKENS_HOLD says.
    """
    matching = matching_entries(tokens, token, now)
    check_names(tokens)
    callers = (Caller(entry["name"], entry.get("seesUsers") is True) for entry in matching)
    return next(callers, None)


def check_names(tokens: list[dict[str, Any]]) -> None:
    """Raise ValueError when there are too few or too many tokens, or one has no valid name."""
    if not 1 <= len(tokens) <= MOST_TOKENS:
        raise ValueError("expected one or two tokens")
    names = [token.get("name") for token in tokens]
    if not all(isinstance(name, str) and 0 < len(name) <= LONGEST_NAME for name in names):
        raise ValueError("a token without a name")
