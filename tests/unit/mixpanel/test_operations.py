"""Operations for one endpoint."""

from typing import Any

import pytest

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mixpanel.operations import Endpoint, Operation


@pytest.mark.parametrize(
    ("endpoint", "payload", "lane"),
    [
        ("import", {"event": "Signed Up"}, "import"),
        ("track", {"event": "Signed Up"}, "track"),
        ("import", {"event": "$merge"}, "identity"),
        ("import", {"event": "$create_alias"}, "identity"),
        ("import", {"event": "$identify"}, "identity"),
        ("track", {"event": "$identify"}, "identity"),
        ("engage", {"$set": {}}, "engage"),
        ("engage", {"$set_once": {}}, "engage"),
        ("engage", {"$union": {}}, "engage"),
        ("engage", {"$append": {}}, "counters"),
        ("engage", {"$add": {}}, "counters"),
        ("groups", {"$set": {}}, "groups"),
        ("import", {"event": "A", "properties": {"$add": 1}}, "import"),
    ],
)
def test_lane(endpoint: Endpoint, payload: dict[str, Any], lane: str) -> None:
    """Identity events and counters have lanes of their own."""
    assert Operation(endpoint, payload).lane == lane


@pytest.mark.parametrize(
    ("endpoint", "payload", "repeatable"),
    [
        ("import", {"event": "Signed Up"}, True),
        ("engage", {"$set": {}}, True),
        ("engage", {"$set_once": {}}, True),
        ("engage", {"$union": {}}, True),
        ("engage", {"$append": {}}, False),
        ("engage", {"$add": {}}, False),
        ("groups", {"$set": {}}, True),
    ],
)
def test_repeatable(endpoint: Endpoint, payload: dict[str, Any], repeatable: bool) -> None:  # noqa: FBT001 - a column of the table
    """Mixpanel de-duplicates events, and setting is idempotent; adding is not."""
    assert Operation(endpoint, payload).repeatable is repeatable


def nested(levels: int) -> list[object]:
    """A nested list."""
    return [nested(levels - 1)] if levels else []


@pytest.mark.parametrize(
    ("value", "code"),
    [
        pytest.param(nested(300), Code.TOO_DEEP, id="deeper than the encoder goes"),
        pytest.param(2**64, Code.UNREADABLE, id="a number of more than 64 bits"),
        pytest.param("\ud800", Code.UNREADABLE, id="half a character"),
    ],
)
def test_event_that_cannot_be_encoded_is_rejected(value: object, code: Code) -> None:
    """The event is invalid, so it is rejected."""
    with pytest.raises(RejectedEvent) as rejected:
        Operation("engage", {"$set": {"a": value}})
    assert rejected.value.code is code


def test_payload_that_is_not_json_is_a_bug() -> None:
    """It cannot come from an event, so no event is rejected."""
    with pytest.raises(TypeError):
        Operation("engage", {"$set": object()})
