"""The callers of the regulations API: who has a token, as the secret holds them."""

from datetime import datetime
from typing import Any, Final

from rudder_mixpanel.auth import matching_entries
from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.scopes import Scope

MOST_TOKENS: Final = 20
LONGEST_NAME: Final = 50
# An unknown scope is named in the log if it is no longer than this: a token never is so short.
LONGEST_SCOPE: Final = 20
TOKENS_HOLD: Final = (
    f"a JSON object with tokens: 1 to {MOST_TOKENS} objects with a name of at most {LONGEST_NAME} "
    "characters, a token of 32 characters or more that is not a placeholder and that no other has, "
    f"scopes (a list of {', '.join(Scope)}) and, optionally, expires"
)


def find_caller(tokens: Any, token: str, now: datetime) -> Caller | None:
    """The caller with this token, or None; the token is compared with every one of the list.

    Raises ValueError when the list of tokens is not as TOKENS_HOLD says; its text has no token.
    """
    matching = matching_entries(tokens, token, now)
    check_tokens(tokens)
    callers = (Caller(entry["name"], scopes_of(entry)) for entry in matching)
    return next(callers, None)


def scopes_of(entry: dict[str, Any]) -> frozenset[Scope]:
    """The scopes of a valid entry."""
    return frozenset(scope for scope in Scope if scope in entry["scopes"])


def check_tokens(tokens: list[dict[str, Any]]) -> None:
    """Raise ValueError for a wrong number of tokens, or one without a name or scopes of its own."""
    if not 1 <= len(tokens) <= MOST_TOKENS:
        raise ValueError(f"expected 1 to {MOST_TOKENS} tokens")
    if len({entry["token"] for entry in tokens}) < len(tokens):
        raise ValueError("expected each token once")
    for entry in tokens:
        check_name(entry.get("name"))
        check_scopes(entry.get("scopes"), entry["name"])


def check_name(name: Any) -> None:
    """Raise ValueError when a token has no valid name."""
    if not isinstance(name, str) or not 0 < len(name) <= LONGEST_NAME:
        raise ValueError(f"expected a name of 1 to {LONGEST_NAME} characters for each token")


def check_scopes(scopes: Any, name: str) -> None:
    """Raise ValueError when a token has no scopes, or an unknown one, which its text names."""
    expected = f"expected a list of scopes ({', '.join(Scope)}) for the token {name}"
    if not isinstance(scopes, list) or not scopes:
        raise ValueError(expected)
    for scope in scopes:
        if not isinstance(scope, str) or scope not in set(Scope):
            short = isinstance(scope, str) and len(scope) <= LONGEST_SCOPE
            raise ValueError(f"{expected}, got {scope if short else 'another value'}")
