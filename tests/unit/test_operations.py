"""One update for one endpoint."""

from typing import Any

import pytest

from rudder_mixpanel.operations import Endpoint, Operation


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
    """Identity events and counters travel apart, all others with their endpoint's."""
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
    """Mixpanel de-duplicates events, and setting twice is setting once; adding twice is not."""
    assert Operation(endpoint, payload).repeatable is repeatable
