"""Rules about the fields of one event, as /import reports them."""

from typing import Any

import orjson
import pytest

from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import DAY, SECONDS, SIMPLIFIED, AsgiClient, event, failed

MERGE = {"event": "$merge", "properties": {"$distinct_ids": ["user-1", "device-1"]}}


def nested(depth: int) -> dict[str, Any]:
    """Nest this many objects."""
    return {"in": nested(depth - 1)} if depth > 1 else {}


def import_errors(client: AsgiClient, *events: Any) -> list[tuple[int, str, str]]:
    """Import events, and return index, field and message of the rejected ones."""
    response = client.import_events(list(events)).json()
    return [
        (item["index"], item["field"], item["message"])
        for item in response.get("failed_records", [])
    ]


def rejected_indexes(client: AsgiClient, *events: Any) -> list[int]:
    """Import events, and return the indexes of the rejected ones."""
    return [index for index, _, _ in import_errors(client, *events)]


@pytest.mark.parametrize("name", [None, "", "  ", 7, ["a"]])
def test_e19_event_name(name: Any) -> None:
    """An event must have a name."""
    errors = import_errors(AsgiClient(), event(), event(name=name))
    assert errors == [(1, "event", "'event' must not be missing or blank")]


def test_e20_time_missing() -> None:
    """An event must have a time; a merge does not need it."""
    errors = import_errors(AsgiClient(), event({"time": None}), MERGE)
    assert errors == [(0, "properties.time", "'properties.time' is invalid: must not be missing")]


@pytest.mark.parametrize("time", ["1768478400", 1768478400.5, True, -1, [1768478400]])
def test_e21_time_type(time: Any) -> None:
    """A time is an integer, in seconds or milliseconds."""
    errors = import_errors(AsgiClient(), event({"time": SECONDS}), event({"time": time}))
    message = "'properties.time' is invalid: must be specified as seconds since epoch"
    assert errors == [(1, "properties.time", message)]


def test_e22_time_in_the_future() -> None:
    """A time may be at most an hour in the future."""
    events = [
        event({"time": (SECONDS + 3600) * 1000}),
        event({"time": (SECONDS + 3600) * 1000 + 1}),
    ]
    message = "'properties.time' is invalid: must not be in the future"
    assert import_errors(AsgiClient(), *events) == [(1, "properties.time", message)]


def test_e23_time_ahead() -> None:
    """A time up to an hour in the future is stored as now, in its own unit."""
    client = AsgiClient()
    client.import_events([event({"time": t}) for t in (SECONDS, SECONDS + 1, SECONDS * 1000 + 1)])
    assert ([item["time"] for item in client.stored()], client.violations()) == (
        [SECONDS, SECONDS, SECONDS * 1000],
        [("E23", 1), ("E23", 2)],
    )


def test_e24_time_past_retention() -> None:
    """Retention is exact to the second."""
    edge = SECONDS - 730 * DAY
    errors = import_errors(AsgiClient(), event({"time": edge}), event({"time": edge - 1}))
    message = "'properties.time' is invalid: data past retention period of 730 days"
    assert errors == [(1, "properties.time", message)]


def test_e24_time_before_1971() -> None:
    """A project without a retention limit rejects times before 1971."""
    client = AsgiClient(Project(retention_days=0))
    assert rejected_indexes(client, event({"time": 365 * DAY}), event({"time": 365 * DAY - 1})) == [
        1
    ]


def test_e25_distinct_id_missing_in_an_original_project() -> None:
    """A user or device does not replace the distinct_id; a merge does not need it."""
    errors = import_errors(AsgiClient(), event({"distinct_id": None, "$user_id": "user-1"}), MERGE)
    message = "'properties.distinct_id' is invalid: must not be missing"
    assert errors == [(0, "properties.distinct_id", message)]


def test_e25_distinct_id_missing_in_a_simplified_project() -> None:
    """The user replaces the distinct_id, or else the device."""
    client = AsgiClient(SIMPLIFIED)
    ids = [{"$user_id": "user-1", "$device_id": "d"}, {"$device_id": "d"}, {}]
    numbers = rejected_indexes(client, *[event({"distinct_id": None} | item) for item in ids])
    stored = [item["distinct_id"] for item in client.stored()]
    assert (numbers, stored) == ([2], ["user-1", "$device:d"])


def test_e26_distinct_id_empty() -> None:
    """An event with an empty distinct_id is accepted."""
    client = AsgiClient()
    assert (rejected_indexes(client, event({"distinct_id": ""})), client.violations()) == ([], [])


@pytest.mark.parametrize("junk", ["null", " Anonymous ", "N/A", 0, -1, True, [], {}, "LMY47D"])
@pytest.mark.parametrize("field", ["distinct_id", "$insert_id"])
def test_e27_placeholders(field: str, junk: Any) -> None:
    """A placeholder is rejected in any spelling."""
    assert rejected_indexes(AsgiClient(), event({field: "nullable"}), event({field: junk})) == [1]


def test_e28_placeholders_of_users_and_devices() -> None:
    """As user or device, a placeholder is stored, with a violation."""
    client = AsgiClient()
    client.import_events(
        [event({"$user_id": "user-1"}), event({"$user_id": "null", "$device_id": "0"})]
    )
    assert (len(client.stored()), client.violations()) == (2, [("E28", 1), ("E28", 1)])


def test_e29_insert_id_characters() -> None:
    """An insert id consists of letters, digits and hyphens."""
    errors = import_errors(
        AsgiClient(), event({"$insert_id": "Aa-1"}), event({"$insert_id": "a:1"})
    )
    message = "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters"
    assert errors == [(1, "$insert_id", message)]


def test_e29_insert_id_length() -> None:
    """An insert id has 1 to 36 bytes and is required, except on a merge."""
    ids = ["a" * 36, "a" * 37, "", None]
    assert rejected_indexes(
        AsgiClient(), *[event({"$insert_id": item}) for item in ids], MERGE
    ) == [1, 2, 3]


def test_e30_number_of_properties() -> None:
    """An event has fewer than 255 properties, including the required ones."""
    fewer, many = ({f"p{n}": n for n in range(count)} for count in (251, 252))
    assert rejected_indexes(AsgiClient(), event(fewer), event(many)) == [1]


@pytest.mark.parametrize("many", [[0] * 255, {str(n): n for n in range(255)}, [{"in": [0] * 255}]])
def test_e30_number_of_elements(many: Any) -> None:
    """A list or object has fewer than 255 elements, at any depth."""
    assert rejected_indexes(AsgiClient(), event({"list": [0] * 254}), event({"list": many})) == [1]


@pytest.mark.parametrize("max_depth", [3, 10])
def test_e30_depth(max_depth: int) -> None:
    """Objects may be nested as deep as the project allows."""
    events = [event({"nested": nested(depth)}) for depth in (max_depth, max_depth + 1)]
    assert rejected_indexes(AsgiClient(Project(max_depth=max_depth)), *events) == [1]


def test_e30_size_of_an_event() -> None:
    """An event is smaller than 1,000,000 bytes."""
    room = 999_999 - len(orjson.dumps(event({"text": ""})))
    events = [event({"text": "x" * (room + more)}) for more in (0, 1)]
    assert rejected_indexes(AsgiClient(), *events) == [1]


def test_e32_text_that_is_not_utf8() -> None:
    """A badly encoded event is rejected with its field, the others are stored."""
    bad = orjson.dumps(event({"utm_source": "?"})).replace(b"?", b"\xff")
    response = AsgiClient().import_events(b"[%b,%b]" % (bad, orjson.dumps(event())))
    message = "properties.utm_source is invalid: string should be valid utf8"
    assert (response.json()["num_records_imported"], response.json()["failed_records"]) == (
        1,
        [failed(0, "properties.utm_source", message)],
    )


@pytest.mark.parametrize("place", ["event", "$insert_id", "name"])
def test_e32_wherever_it_is(place: str) -> None:
    """A name or id that is not UTF-8 is rejected, too."""
    body = orjson.dumps([event({"$insert_id": "$insert_id?", "name?": 1}, name="event?")])
    response = AsgiClient().import_events(
        body.replace(place.encode() + b"?", b"\xed\xa0\x80").replace(b"?", b"")
    )
    assert response.json()["num_records_imported"] == 0
