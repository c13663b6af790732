"""Rules about events on /track, which responds to nearly everything with success."""

from typing import Any

import pytest

from tests.unit.emulator.asgi_client import DAY, SECONDS, SIMPLIFIED, AsgiClient, tracked

SUCCESS = {"error": None, "status": 1}


def test_e21_on_track() -> None:
    """A fraction of a second is cut off; an event whose time is not a number is lost."""
    client = AsgiClient()
    response = client.track([tracked({"time": SECONDS - 0.5}), tracked({"time": "now"})])
    assert (response.json(), [item["time"] for item in client.stored()], client.violations()) == (
        SUCCESS,
        [SECONDS - 1],
        [("E21", 0), ("E21", 1)],
    )


def test_e22_on_track() -> None:
    """Track silently loses what import would reject, with a violation."""
    client = AsgiClient()
    response = client.track([tracked({"time": SECONDS + 3601}), tracked({"$insert_id": "a:1"})])
    assert (response.json(), client.stored(), client.violations()) == (
        SUCCESS,
        [],
        [("E22", 0), ("E29", 1)],
    )


def test_track_defaults_the_time() -> None:
    """Time, distinct_id and insert id are optional; the time defaults to that of arrival."""
    client = AsgiClient()
    response = client.track(tracked({"time": None, "distinct_id": None, "$insert_id": None}))
    assert (response.json(), [item["time"] for item in client.stored()], client.violations()) == (
        SUCCESS,
        [SECONDS],
        [],
    )


def test_e34_on_track() -> None:
    """A simplified project loses identity events, and rejects `$identify` without a user."""
    client = AsgiClient(SIMPLIFIED)
    nobody = tracked({"distinct_id": None}, name="$identify")
    responses = [
        client.track(item).json() for item in (tracked(name="$identify"), nobody, tracked())
    ]
    assert (responses, len(client.stored()), client.violations()) == (
        [SUCCESS, {"error": "distinct_id, missing or empty", "status": 0}, SUCCESS],
        1,
        [("E34", 0)],
    )


def test_e36_merge() -> None:
    """A merge is lost on track, an alias is stored."""
    client = AsgiClient()
    alias = tracked({"alias": "user-2"}, name="$create_alias")
    response = client.track([tracked(name="$merge"), alias])
    assert (response.json(), len(client.stored()), client.violations()) == (
        SUCCESS,
        1,
        [("E36", 0)],
    )


def test_e40_old_events() -> None:
    """Events older than 5 days are lost silently."""
    client = AsgiClient()
    edge = SECONDS - 5 * DAY
    response = client.track([tracked({"time": edge}), tracked({"time": edge - 1})])
    assert (response.json(), [item["time"] for item in client.stored()], client.violations()) == (
        SUCCESS,
        [edge],
        [("E40", 1)],
    )


def test_e41_unknown_token() -> None:
    """An unknown token gets success."""
    client = AsgiClient()
    response = client.track([tracked(), tracked({"token": "nonsense"})])
    assert (response.json(), len(client.stored()), client.violations()) == (
        SUCCESS,
        1,
        [("E41", 1)],
    )


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
    """An event without name or token is rejected, with status 200."""
    client = AsgiClient()
    response = client.track(record)
    assert (response.status_code, response.json(), client.violations()) == (
        200,
        {"error": error, "status": 0},
        [],
    )


def test_e42_missing_data() -> None:
    """A form without data is rejected."""
    client = AsgiClient()
    response = client.call("POST", "/track?verbose=1", data={"other": "1"})
    assert (response.json(), client.violations()) == (
        {"error": "data, missing or empty", "status": 0},
        [],
    )


def test_e46_mixed_batch_on_track() -> None:
    """Success means that an event was stored; each rejected one is a violation."""
    client = AsgiClient()
    response = client.track([tracked(), tracked(name="")])
    assert (response.json(), len(client.stored()), client.violations()) == (
        SUCCESS,
        1,
        [("E46", 1)],
    )


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
    """The response is JSON only on request."""
    response = AsgiClient().track(tracked(name=name), query=query)
    assert (response.headers["content-type"], response.text) == (content_type, body)
