"""Rules about the events of /track, which answers success to nearly everything."""

from typing import Any

import pytest

from tests.unit.emulator.api import DAY, SECONDS, SIMPLIFIED, Api, tracked

SUCCESS = {"error": None, "status": 1}


def test_e21_on_track() -> None:
    """A fraction of seconds is cut off; what is no time at all loses the event."""
    api = Api()
    answer = api.tracks([tracked({"time": SECONDS - 0.5}), tracked({"time": "now"})])
    assert (answer.json(), [one["time"] for one in api.stored()], api.broken()) == (
        SUCCESS,
        [SECONDS - 1],
        [("E21", 0), ("E21", 1)],
    )


def test_e22_on_track() -> None:
    """What import would refuse, track loses without a word; that is noted."""
    api = Api()
    answer = api.tracks([tracked({"time": SECONDS + 3601}), tracked({"$insert_id": "a:1"})])
    assert (answer.json(), api.stored(), api.broken()) == (SUCCESS, [], [("E22", 0), ("E29", 1)])


def test_track_makes_up_the_time() -> None:
    """Time, distinct_id and insert id may be left out; the time is then that of arrival."""
    api = Api()
    answer = api.tracks(tracked({"time": None, "distinct_id": None, "$insert_id": None}))
    assert (answer.json(), [one["time"] for one in api.stored()], api.broken()) == (
        SUCCESS,
        [SECONDS],
        [],
    )


def test_e34_on_track() -> None:
    """A simplified project loses identity events; `$identify` for nobody it refuses."""
    api = Api(SIMPLIFIED)
    nobody = tracked({"distinct_id": None}, name="$identify")
    answers = [api.tracks(one).json() for one in (tracked(name="$identify"), nobody, tracked())]
    assert (answers, len(api.stored()), api.broken()) == (
        [SUCCESS, {"error": "distinct_id, missing or empty", "status": 0}, SUCCESS],
        1,
        [("E34", 0)],
    )


def test_e36_merge() -> None:
    """A merge is for import only; an alias may be tracked."""
    api = Api()
    alias = tracked({"alias": "user-2"}, name="$create_alias")
    answer = api.tracks([tracked(name="$merge"), alias])
    assert (answer.json(), len(api.stored()), api.broken()) == (SUCCESS, 1, [("E36", 0)])


def test_e40_old_events() -> None:
    """What is older than 5 days is lost without a word."""
    api = Api()
    edge = SECONDS - 5 * DAY
    answer = api.tracks([tracked({"time": edge}), tracked({"time": edge - 1})])
    assert (answer.json(), [one["time"] for one in api.stored()], api.broken()) == (
        SUCCESS,
        [edge],
        [("E40", 1)],
    )


def test_e41_unknown_token() -> None:
    """A token of no project is answered with success."""
    api = Api()
    answer = api.tracks([tracked(), tracked({"token": "nonsense"})])
    assert (answer.json(), len(api.stored()), api.broken()) == (SUCCESS, 1, [("E41", 1)])


@pytest.mark.parametrize(
    ("record", "error"),
    [
        (tracked(name=None), "event, missing"),
        (tracked(name=" "), "event, missing"),
        (tracked({"token": None}), "token, missing or empty"),
        (tracked({"token": ""}), "token, missing or empty"),
        ({"event": "Order Completed", "properties": "none"}, "token, missing or empty"),
    ],
)
def test_e42_missing_parts(record: Any, error: str) -> None:
    """An event without name or token is refused, in the body of a 200."""
    api = Api()
    answer = api.tracks(record)
    assert (answer.status_code, answer.json(), api.broken()) == (
        200,
        {"error": error, "status": 0},
        [],
    )


def test_e42_missing_data() -> None:
    """So is a form without data."""
    api = Api()
    answer = api.call("POST", "/track?verbose=1", data={"other": "1"})
    assert (answer.json(), api.broken()) == ({"error": "data, missing or empty", "status": 0}, [])


def test_e46_mixed_batch_on_track() -> None:
    """Success means that something was stored; what was refused beside it is noted."""
    api = Api()
    answer = api.tracks([tracked(), tracked(name="")])
    assert (answer.json(), len(api.stored()), api.broken()) == (SUCCESS, 1, [("E46", 1)])


@pytest.mark.parametrize(
    ("query", "name", "content_type", "body"),
    [
        ("", "Order Completed", "text/plain; charset=utf-8", "1"),
        ("verbose=0", "", "text/plain; charset=utf-8", "0"),
        ("verbose=1", "Order Completed", "application/json", '{"error":null,"status":1}'),
        ("verbose=2", "", "application/json", '{"error":"event, missing","status":0}'),
    ],
)
def test_e49_verbose(query: str, name: str, content_type: str, body: str) -> None:
    """Only those who ask for it get JSON."""
    answer = Api().tracks(tracked(name=name), query=query)
    assert (answer.headers["content-type"], answer.text) == (content_type, body)
