"""The tokens of the secret, and who may do what with them."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rudder_mixpanel.regulations.callers import find_caller
from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.scopes import Scope

NOW = datetime(2027, 1, 1, tzinfo=UTC)
TOKEN = "t" * 32


def entry(**changes: Any) -> dict[str, Any]:
    """A token of the secret; keyword arguments override its fields."""
    return {"name": "privacy", "token": TOKEN, "scopes": ["read"], **changes}


def test_caller_has_the_scopes_of_the_token() -> None:
    """And its name."""
    caller = find_caller([entry(scopes=["read", "see-users"])], TOKEN, NOW)
    assert caller == Caller("privacy", frozenset({Scope.READ, Scope.SEE_USERS}))


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"scopes": None}, "expected a list of scopes (create, read, cancel, see-users, worker)"),
        ({"scopes": []}, "expected a list of scopes"),
        ({"scopes": "read"}, "expected a list of scopes"),
        ({"scopes": ["read", "reads"]}, "for the token privacy, got reads"),
        ({"scopes": ["READ"]}, "for the token privacy, got READ"),
        ({"scopes": [7]}, "for the token privacy, got another value"),
        ({"scopes": [["read"]]}, "for the token privacy, got another value"),
        ({"name": ""}, "expected a name of 1 to 50 characters"),
        ({"name": "n" * 51}, "expected a name of 1 to 50 characters"),
        ({"name": None}, "expected a name of 1 to 50 characters"),
        ({"expires": "soon"}, "expires is not a date"),
        ({"expires": 7}, "expires is not a date"),
    ],
)
def test_wrong_entry_is_explained(changes: dict[str, Any], error: str) -> None:
    """Also when another entry has the token of the request: nobody is let in by half a secret."""
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is compared
        find_caller([entry(token="o" * 32), entry(**changes)], "o" * 32, NOW)
    assert error in str(raised.value)


@pytest.mark.parametrize("field", ["name", "scopes", "expires"])
def test_error_does_not_repeat_a_token(field: str) -> None:
    """Though it stands where something else belongs."""
    misplaced: Any = ["s3cret" * 9] if field == "scopes" else "s3cret" * 9
    with pytest.raises(ValueError) as raised:  # noqa: PT011 - the text is compared
        find_caller([entry(**{field: misplaced})], TOKEN, NOW)
    assert "s3cret" not in str(raised.value)
