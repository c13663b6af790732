"""Rules about the events of /import."""

from typing import Any

import orjson
import pytest

from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import DAY, NOW, SECONDS, SIMPLIFIED, AsgiClient, event, failed

UUID_4 = "0d3c3f52-7b1e-4f0a-9c55-4f1b0f6f7a10"
MERGE = {"event": "$merge", "properties": {"$distinct_ids": ["user-1", "device-1"]}}
IDENTITY_REFUSED = (
    "identity events are not allowed when project is using simplified identity management"
)


def nested(depth: int) -> dict[str, Any]:
    """Objects in objects, so many."""
    return {"in": nested(depth - 1)} if depth > 1 else {}


def faults(client: AsgiClient, *events: Any) -> list[tuple[int, str, str]]:
    """Which of these events import refuses, in which field, and why."""
    response = client.import_events(list(events)).json()
    return [
        (one["index"], one["field"], one["message"]) for one in response.get("failed_records", [])
    ]


def refused(client: AsgiClient, *events: Any) -> list[int]:
    """Which of these events import refuses."""
    return [index for index, _, _ in faults(client, *events)]


@pytest.mark.parametrize("name", [None, "", "  ", 7, ["a"]])
def test_e19_event_name(name: Any) -> None:
    """An event has a name."""
    found = faults(AsgiClient(), event(), event(name=name))
    assert found == [(1, "event", "'event' must not be missing or blank")]


def test_e20_time_missing() -> None:
    """An event has a time, but a merge needs none."""
    found = faults(AsgiClient(), event({"time": None}), MERGE)
    assert found == [(0, "properties.time", "'properties.time' is invalid: must not be missing")]


@pytest.mark.parametrize("time", ["1768478400", 1768478400.5, True, -1, [1768478400]])
def test_e21_time_type(time: Any) -> None:
    """A time is a whole number, in seconds or milliseconds."""
    found = faults(AsgiClient(), event({"time": SECONDS}), event({"time": time}))
    message = "'properties.time' is invalid: must be specified as seconds since epoch"
    assert found == [(1, "properties.time", message)]


def test_e22_time_in_the_future() -> None:
    """An hour ahead is the most."""
    events = [
        event({"time": (SECONDS + 3600) * 1000}),
        event({"time": (SECONDS + 3600) * 1000 + 1}),
    ]
    message = "'properties.time' is invalid: must not be in the future"
    assert faults(AsgiClient(), *events) == [(1, "properties.time", message)]


def test_e23_time_ahead() -> None:
    """What is less than an hour ahead happened now, in the unit it came in."""
    client = AsgiClient()
    client.import_events([event({"time": t}) for t in (SECONDS, SECONDS + 1, SECONDS * 1000 + 1)])
    assert ([one["time"] for one in client.stored()], client.violations()) == (
        [SECONDS, SECONDS, SECONDS * 1000],
        [("E23", 1), ("E23", 2)],
    )


def test_e24_time_past_retention() -> None:
    """The project keeps so many days, to the second."""
    edge = SECONDS - 730 * DAY
    found = faults(AsgiClient(), event({"time": edge}), event({"time": edge - 1}))
    message = "'properties.time' is invalid: data past retention period of 730 days"
    assert found == [(1, "properties.time", message)]


def test_e24_time_before_1971() -> None:
    """A project without retention still begins in 1971."""
    client = AsgiClient(Project(retention_days=0))
    assert refused(client, event({"time": 365 * DAY}), event({"time": 365 * DAY - 1})) == [1]


def test_e25_distinct_id_missing_in_an_original_project() -> None:
    """A user or device does not stand in for a distinct_id; a merge needs none."""
    found = faults(AsgiClient(), event({"distinct_id": None, "$user_id": "user-1"}), MERGE)
    message = "'properties.distinct_id' is invalid: must not be missing"
    assert found == [(0, "properties.distinct_id", message)]


def test_e25_distinct_id_missing_in_a_simplified_project() -> None:
    """The user stands in for it, else the device."""
    client = AsgiClient(SIMPLIFIED)
    ids = [{"$user_id": "user-1", "$device_id": "d"}, {"$device_id": "d"}, {}]
    numbers = refused(client, *[event({"distinct_id": None} | one) for one in ids])
    stored = [one["distinct_id"] for one in client.stored()]
    assert (numbers, stored) == ([2], ["user-1", "$device:d"])


def test_e26_distinct_id_empty() -> None:
    """An event may be nobody's."""
    client = AsgiClient()
    assert (refused(client, event({"distinct_id": ""})), client.violations()) == ([], [])


@pytest.mark.parametrize("junk", ["null", " Anonymous ", "N/A", 0, -1, True, [], {}, "LMY47D"])
@pytest.mark.parametrize("field", ["distinct_id", "$insert_id"])
def test_e27_placeholders(field: str, junk: Any) -> None:
    """An identifier that means nobody is refused, however it is spelled."""
    assert refused(AsgiClient(), event({field: "nullable"}), event({field: junk})) == [1]


def test_e28_placeholders_of_users_and_devices() -> None:
    """Elsewhere it is stored, and noted."""
    client = AsgiClient()
    client.import_events(
        [event({"$user_id": "user-1"}), event({"$user_id": "null", "$device_id": "0"})]
    )
    assert (len(client.stored()), client.violations()) == (2, [("E28", 1), ("E28", 1)])


def test_e29_insert_id_characters() -> None:
    """An insert id is of letters, digits and hyphens."""
    found = faults(AsgiClient(), event({"$insert_id": "Aa-1"}), event({"$insert_id": "a:1"}))
    message = "'$insert_id' is invalid: must only contain alphanumeric or hyphen '-' characters"
    assert found == [(1, "$insert_id", message)]


def test_e29_insert_id_length() -> None:
    """An insert id has 36 bytes at most, and is not left out, but by a merge."""
    ids = ["a" * 36, "a" * 37, "", None]
    assert refused(AsgiClient(), *[event({"$insert_id": one}) for one in ids], MERGE) == [1, 2, 3]


def test_e30_number_of_properties() -> None:
    """An event has fewer than 255 properties, the required ones among them."""
    fewer, many = ({f"p{n}": n for n in range(count)} for count in (251, 252))
    assert refused(AsgiClient(), event(fewer), event(many)) == [1]


@pytest.mark.parametrize("many", [[0] * 255, {str(n): n for n in range(255)}, [{"in": [0] * 255}]])
def test_e30_number_of_elements(many: Any) -> None:
    """A list or object has fewer than 255 elements, at any depth."""
    assert refused(AsgiClient(), event({"list": [0] * 254}), event({"list": many})) == [1]


@pytest.mark.parametrize("max_depth", [3, 10])
def test_e30_depth(max_depth: int) -> None:
    """Objects are nested as deep as the project allows."""
    events = [event({"nested": nested(depth)}) for depth in (max_depth, max_depth + 1)]
    assert refused(AsgiClient(Project(max_depth=max_depth)), *events) == [1]


def test_e30_size_of_an_event() -> None:
    """An event is smaller than 1,000,000 bytes."""
    room = 999_999 - len(orjson.dumps(event({"text": ""})))
    events = [event({"text": "x" * (room + more)}) for more in (0, 1)]
    assert refused(AsgiClient(), *events) == [1]


def test_e31_long_text() -> None:
    """Text is cut to 255 characters wherever it is."""
    client = AsgiClient()
    client.import_events(
        [event({"long": "é" * 256, "list": [{"in": "x" * 300}], "short": "x" * 255})]
    )
    [stored] = client.stored()
    assert (stored["long"], stored["list"], stored["short"]) == (
        "é" * 255,
        [{"in": "x" * 255}],
        "x" * 255,
    )


def test_e32_text_that_is_not_utf8() -> None:
    """One badly encoded event is refused by its field, the others are stored."""
    bad = orjson.dumps(event({"utm_source": "?"})).replace(b"?", b"\xff")
    response = AsgiClient().import_events(b"[%b,%b]" % (bad, orjson.dumps(event())))
    message = "properties.utm_source is invalid: string should be valid utf8"
    assert (response.json()["num_records_imported"], response.json()["failed_records"]) == (
        1,
        [failed(0, "properties.utm_source", message)],
    )


@pytest.mark.parametrize("place", ["event", "$insert_id", "name"])
def test_e32_wherever_it_is(place: str) -> None:
    """A name or an id that is not UTF-8 is refused as well."""
    body = orjson.dumps([event({"$insert_id": "$insert_id?", "name?": 1}, name="event?")])
    response = AsgiClient().import_events(
        body.replace(place.encode() + b"?", b"\xed\xa0\x80").replace(b"?", b"")
    )
    assert response.json()["num_records_imported"] == 0


def test_e33_large_values() -> None:
    """A list of more than 8 KB is stored, and noted."""
    client = AsgiClient()
    client.import_events([event({"list": ["x" * 90] * 80}), event({"list": ["x" * 90] * 90})])
    assert (len(client.stored()), client.violations()) == (2, [("E33", 1)])


@pytest.mark.parametrize("name", ["$identify", "$create_alias", "$merge"])
def test_e34_identity_event_in_a_simplified_project(name: str) -> None:
    """One identity event fails the whole batch, and nothing of it is stored."""
    client = AsgiClient(SIMPLIFIED)
    response = client.import_events([event(), event(name=name)])
    assert (response.status_code, response.json(), client.stored(), client.violations()) == (
        400,
        {
            "code": 400,
            "error": "some data points in the request failed validation",
            "status": "Bad Request",
            "num_records_imported": 0,
            "failed_records": [
                IDENTITY_REFUSED,
            ],
        },
        [],
        [],
    )


def test_e34_identity_event_without_strict() -> None:
    """With strict=0 it is lost without a word, which is noted."""
    client = AsgiClient(SIMPLIFIED)
    response = client.import_events([event(), MERGE], query="strict=0")
    assert (response.text, len(client.stored()), client.violations()) == ("1", 1, [("E34", 1)])


def test_e34_identity_event_in_an_original_project() -> None:
    """An original project takes them."""
    client = AsgiClient()
    identify = event({"$identified_id": "user-1", "$anon_id": UUID_4}, name="$identify")
    alias = event({"alias": "user-2"}, name="$create_alias")
    response = client.import_events([MERGE, identify, alias])
    assert (response.status_code, len(client.stored()), client.violations()) == (200, 3, [])


def test_e37_some_invalid() -> None:
    """The valid ones are stored, the others reported in their order."""
    client = AsgiClient()
    late = event({"time": None, "$insert_id": "i-2"})
    response = client.import_events([event(name=""), event(), late, {}])
    assert (response.status_code, response.json(), len(client.stored()), client.violations()) == (
        400,
        {
            "code": 400,
            "error": "some data points in the request failed validation",
            "status": "Bad Request",
            "num_records_imported": 1,
            "failed_records": [
                failed(0, "event", "'event' must not be missing or blank"),
                failed(
                    2, "properties.time", "'properties.time' is invalid: must not be missing", "i-2"
                ),
                failed(3, "event", "'event' must not be missing or blank", ""),
            ],
        },
        1,
        [],
    )


@pytest.mark.parametrize(
    ("bad", "good", "error", "status", "broken"),
    [
        (0, 1, None, 1, []),
        (1, 1, "some data points in the request failed validation", 1, [("E38", None)]),
        (1, 0, "some data points in the request failed validation", 0, []),
    ],
)
def test_e38_without_strict(
    bad: int, good: int, error: str | None, status: int, broken: list[object]
) -> None:
    """Refused events are not named; that is noted where the response is success."""
    client = AsgiClient()
    response = client.import_events([{}] * bad + [event()] * good, query="strict=0&verbose=1")
    expected = {"code": 200, "error": error, "num_records_imported": good, "status": status}
    assert (response.status_code, response.json(), client.violations()) == (200, expected, broken)


def test_e39_ignored_and_reserved() -> None:
    """An event to ignore is answered with success and lost; a reserved name is stored."""
    client = AsgiClient()
    response = client.import_events(
        [event({"$ignore": True}), event({"$ignore": False}), event({"bucket": 1})]
    )
    assert (response.json()["num_records_imported"], len(client.stored()), client.violations()) == (
        3,
        2,
        [("E39", 0), ("E39", 2)],
    )


def test_e51_copies() -> None:
    """Copies are stored; a query sees the latest of those alike in four fields."""
    client = AsgiClient()
    first, other = event({"n": 1}), event({"n": 2, "distinct_id": "user-2"})
    again, later = event({"n": 3, "time": SECONDS * 1000}), event({"n": 4, "time": SECONDS - 1})
    client.import_events([first, other, again, later])
    queried = [one["properties"]["n"] for one in client.list_items("events", view="query")]
    assert ([one["n"] for one in client.stored()], queried) == ([1, 2, 3, 4], [2, 3, 4])


def test_milliseconds_are_not_rounded() -> None:
    """The emulator's own clock is not a millisecond behind the event's."""
    client = AsgiClient()
    client.import_events([event({"time": int(NOW.timestamp() * 1000)})])
    assert client.violations() == []
