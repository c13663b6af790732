"""Properties of the mapping that hold for every message."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.destination.settings import FIVE_YEARS_IN_DAYS
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.mapping.tables import MAPPED_TRAITS
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.insert_ids import LEGAL_INSERT_ID
from rudder_mixpanel.mixpanel.operations import Operation, identities
from tests.build import destination

NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)
CALLS: Final = ("alias", "group", "identify", "page", "screen", "track")
LISTS: Final[dict[str, Any]] = {
    "people": True,
    "propIncrements": ["a", "revenue"],
    "setOnceProperties": ["a", "a.b", "email", "address.city", "0", "__proto__", "page"],
    "unionProperties": ["b", "a.b.c", "a..b", ".", "a.address", "device"],
    "appendProperties": ["c", "list.0", "name", "address", "location"],
    "groupKeySettings": ["groupId", "company", "a.b", "0"],
    "useUserDefinedPageEventName": True,
    "maxEventAgeDays": 1e300,
}
DESTINATIONS: Final = (
    destination(),
    destination(compatibility="rudderstack", useNewMapping=True, ingestionApi="track", **LISTS),
    destination(identityMergeApi="simplified", dropTraitsInTrackEvent=True, **LISTS),
)

# Names with a meaning for the mapping
WORDS: Final = st.sampled_from(
    sorted(
        {"a", "b", "c", "a.b", "a.b.c", ".", "..", "0", "__proto__", "constructor", "token", "time"}
        | {"device", "location", "page", "region", "manufacturer", "initial_referrer"}
        | {"address", "company", "groupId", "revenue", "$email", "$user_id", "$device_id"}
        | MAPPED_TRAITS
    )
)
NAMES: Final = WORDS | st.text(max_size=5)
SCALARS: Final = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=9)
    | st.sampled_from(["null", "u-1", "5", "1e5", "2026-12-31T12:00:00Z", "web", "iOS", "android"])
)
VALUES: Final = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=6,
)
# Values that JSON cannot express, though a decoder may return them
ODDITIES: Final = st.recursive(
    SCALARS | st.integers() | st.floats() | st.text(st.characters()),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)


def objects(values: st.SearchStrategy[Any], *names: str) -> st.SearchStrategy[Any]:
    """Objects that may have the named fields, or any other value."""
    return st.fixed_dictionaries({}, optional=dict.fromkeys(names, values)) | values


def messages(values: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Messages with any value in every field that the mapping reads."""
    traits = st.dictionaries(NAMES, values, max_size=4) | values
    context = st.fixed_dictionaries(
        {},
        optional={
            "traits": traits,
            "active": values,
            "ip": values,
            "userAgent": values | st.just("Mozilla/5.0 Firefox/121.0"),
            "campaign": traits,
            "sessionId": values,
            "page": objects(values, "url", "initial_referrer", "initialReferrer"),
            "device": objects(values, "type", "token", "model"),
            "os": objects(values, "name", "version"),
            "location": objects(values, "geoSource", "city"),
        },
    )
    return st.fixed_dictionaries(
        {"type": st.sampled_from(CALLS)},
        optional={
            "userId": values | st.just("u-1"),
            "anonymousId": values | st.just("a-1"),
            "previousId": values,
            "groupId": values,
            "messageId": values,
            "timestamp": values | st.floats(-1e16, 1e16) | st.datetimes().map(datetime.isoformat),
            "originalTimestamp": values,
            "event": values | st.just("Signed Up"),
            "name": values,
            "category": values,
            "channel": values | st.just("web"),
            "properties": traits,
            "traits": traits,
            "context": context | values,
            "session_id": values,
        },
    )


ANY_DESTINATION: Final = st.sampled_from(DESTINATIONS)
MESSAGES: Final = messages(VALUES)
# Most of these become operations.
GOOD: Final = MESSAGES.map(
    lambda message: {
        **message,
        "userId": "u-1",
        "previousId": "p-1",
        "event": "A",
        "timestamp": "2026-12-31T12:00:00Z",
    }
)


def outcome(message: dict[str, Any], target: Any) -> list[Operation] | str:
    """The operations, or the code of the rejection."""
    try:
        return transform(message, target, now=NOW)
    except RejectedEvent as rejected:
        return f"{rejected.code} {rejected.field}"


def mapped(message: dict[str, Any], target: Any) -> list[Operation]:
    """The operations of a message; none when it is rejected."""
    operations = outcome(message, target)
    return [] if isinstance(operations, str) else operations


@given(messages(ODDITIES), ANY_DESTINATION)
def test_message_is_mapped_or_rejected(message: dict[str, Any], target: Any) -> None:
    """No decoded message raises any other exception."""
    assert isinstance(outcome(message, target), list | str)


@given(st.dictionaries(st.text(), ODDITIES), ANY_DESTINATION)
def test_object_is_mapped_or_rejected(message: dict[str, Any], target: Any) -> None:
    """Neither does any other object."""
    assert isinstance(outcome(message, target), str)


@given(MESSAGES, ANY_DESTINATION)
def test_message_is_not_changed(message: dict[str, Any], target: Any) -> None:
    """A message that is rejected later is stored as it was received."""
    before = deepcopy(message)
    outcome(message, target)
    assert message == before


@given(MESSAGES, ANY_DESTINATION)
def test_same_message_makes_the_same_operations(message: dict[str, Any], target: Any) -> None:
    """A redelivery is identical."""
    again = json.loads(json.dumps(message))
    assert outcome(message, target) == outcome(again, target)


@given(MESSAGES | GOOD, ANY_DESTINATION)
def test_operations_are_json(message: dict[str, Any], target: Any) -> None:
    """Each can be encoded, and decodes to the same payload."""
    operations = mapped(message, target)
    payloads = [operation.payload for operation in operations]
    assert [orjson.loads(orjson.dumps(payload)) for payload in payloads] == payloads


@given(MESSAGES | GOOD, ANY_DESTINATION)
def test_events_have_legal_ids(message: dict[str, Any], target: Any) -> None:
    """Mixpanel recognizes duplicates of each event, and rejects none for its ids."""
    payloads = [
        operation.payload for operation in mapped(message, target) if "event" in operation.payload
    ]
    for properties in (payload["properties"] for payload in payloads):
        ids = [properties.get(name) for name in ("distinct_id", "alias") if name in properties]
        ids += properties.get("$distinct_ids", [])
        assert LEGAL_INSERT_ID.fullmatch(properties["$insert_id"])
        assert all(usable_id(id_) == id_ for id_ in ids)
        assert ids


@given(MESSAGES | GOOD, st.just(DESTINATIONS[2]))
def test_simplified_events_merge_only_usable_ids(message: dict[str, Any], target: Any) -> None:
    """With simplified merge, only the message's own ids are merged."""
    own = {"$user_id": usable_id(message.get("userId"))}
    own["$device_id"] = usable_id(message.get("anonymousId"))
    for operation in mapped(message, target):
        if operation.endpoint == "import":
            properties = operation.payload["properties"]
            assert {name: properties.get(name) or None for name in own} == own


@given(MESSAGES | GOOD, ANY_DESTINATION)
def test_updates_have_one_verb_and_one_profile(message: dict[str, Any], target: Any) -> None:
    """Mixpanel accepts one operation an update, of a named profile."""
    payloads = [
        operation.payload for operation in mapped(message, target) if operation.endpoint == "engage"
    ]
    verbs = {"$set", "$set_once", "$union", "$append", "$add"}
    assert all(len(verbs & payload.keys()) == 1 for payload in payloads)
    assert all(usable_id(payload["$distinct_id"]) for payload in payloads)


@given(MESSAGES | GOOD, ANY_DESTINATION)
def test_counters_and_charges_are_numbers(message: dict[str, Any], target: Any) -> None:
    """Mixpanel can only add numbers."""
    payloads = [operation.payload for operation in mapped(message, target)]
    counted = [amount for payload in payloads for amount in payload.get("$add", {}).values()]
    assert all(type(amount) in {int, float} for amount in counted)


@given(MESSAGES | GOOD, ANY_DESTINATION)
def test_ids_of_an_operation_are_those_of_its_payload(message: dict[str, Any], target: Any) -> None:
    """Suppressed users are found by these ids."""
    for operation in mapped(message, target):
        # A group's profile names the group, and the call is about its user.
        expected = (
            identities(operation.payload) if operation.endpoint != "groups" else operation.ids
        )
        assert set(operation.ids) == set(expected)


def chain(levels: int, kind: type) -> Any:
    """Nested objects or lists, this many levels deep."""
    value: Any = 1
    for _ in range(levels):
        value = {"a": value} if kind is dict else [value]
    return value


@pytest.mark.parametrize("call", CALLS)
@pytest.mark.parametrize("levels", [11, 1_024, 100_000])
@pytest.mark.parametrize("kind", [dict, list])
@pytest.mark.parametrize("place", ["properties", "traits", "context", "category", "session_id"])
def test_deep_message_is_mapped_or_rejected(call: str, levels: int, kind: type, place: str) -> None:
    """At any depth; the JSON decoder allows 1,024 levels."""
    deep = chain(levels, kind)
    message = {"type": call, "event": "A", "userId": "u-1", "previousId": "p-1", place: deep}
    message["properties"] = message.get("properties", {"category": deep})
    for target in DESTINATIONS:
        assert isinstance(outcome(message, target), list | str)


@pytest.mark.parametrize("call", CALLS)
def test_large_message_is_mapped_or_rejected(call: str) -> None:
    """Also with texts of ten megabytes."""
    long = "1" * 10_000_000
    message = {
        "type": call,
        "userId": long,
        "event": long,
        "properties": {"a": long, "category": long},
    }
    message |= {"traits": {"a": long, long: 1}, "timestamp": long, "messageId": long}
    for target in DESTINATIONS:
        assert isinstance(outcome(message, target), list | str)


def test_many_dotted_traits_are_read_in_time() -> None:
    """A profile of 50,000 dotted names takes one pass, not 50,000."""
    traits = {f"a.b.k{number}": number for number in range(50_000)}
    message = {"type": "identify", "userId": "u-1", "traits": traits}
    (update,) = transform(message, DESTINATIONS[0], now=NOW)
    assert update.payload["$set"] == {
        "a": {"b": {f"k{number}": number for number in range(50_000)}}
    }


def test_five_years_are_those_of_rudderstack() -> None:
    """RudderStack's date library counts 400 years as 146,097 days."""
    assert FIVE_YEARS_IN_DAYS == 5 * 146_097 / 400
