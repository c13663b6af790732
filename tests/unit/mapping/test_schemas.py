"""Every operation conforms to Mixpanel's reference for its endpoint."""

import json
from copy import deepcopy
from datetime import UTC, datetime
from typing import Any, Final

import pytest
from hypothesis import given
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.message.identity import usable_id
from rudder_mixpanel.message.insert_ids import LEGAL_INSERT_ID
from rudder_mixpanel.mixpanel.operations import Operation
from tests.build import destination, identify, track
from tests.unit.mapping.schemas import REFERENCE, RELAXATIONS, Schema, accepted

NOW: Final = datetime(2027, 1, 1, tzinfo=UTC)

LISTS: Final[dict[str, Any]] = {
    "people": True,
    "propIncrements": ["revenue", "items"],
    "setOnceProperties": ["plan", "address.city", "a.b"],
    "unionProperties": ["tags", "email", "list.0"],
    "appendProperties": ["log", "name"],
    "groupKeySettings": ["groupId", "company", "a.b"],
    "groupKeysOnEvents": True,
    "productEvents": True,
}
PLAIN: Final = destination(groupKeySettings=["company"])
ORIGINAL: Final = destination(**LISTS)
SIMPLIFIED: Final = destination(**LISTS, identityMergeApi="simplified", useNewMapping=True)
TRACK_API: Final = destination(**LISTS, ingestionApi="track", compatibility="rudderstack")
DESTINATIONS: Final = st.sampled_from([PLAIN, ORIGINAL, SIMPLIFIED, TRACK_API])

# Names with a meaning for a table, a list of the settings, or Mixpanel
WORDS: Final = """
    plan email firstName lastName createdAt address city country tags log list name
    company groupId a b a.b revenue items products token time event distinct_id
    $distinct_id $insert_id $user_id $device_id $set $ip $time __proto__ category url
    type
"""
NAMES: Final = st.sampled_from(WORDS.split()) | st.text(max_size=4)
SINGLE: Final = (
    st.none()
    | st.booleans()
    | st.integers(-(2**53), 2**53)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6)
    | st.sampled_from(["12.5", "null", "anonymous", "u:1", "ios", "android"])
)
JSON: Final = st.recursive(
    SINGLE,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=4),
    max_leaves=12,
)
OBJECTS: Final = st.dictionaries(NAMES, JSON, max_size=6)
# Traits that the settings above list, so that there are enough of each update
LISTED: Final = st.fixed_dictionaries(
    {"company": JSON}, optional=dict.fromkeys(("plan", "email", "tags", "log", "a.b"), JSON)
)
CONTEXTS: Final = st.fixed_dictionaries(
    {},
    optional={
        "traits": OBJECTS,
        "active": JSON,
        "ip": st.ip_addresses().map(str) | JSON,
        "campaign": OBJECTS,
        "page": OBJECTS,
        "app": OBJECTS,
        "network": OBJECTS,
        "device": st.fixed_dictionaries({"type": st.sampled_from(["iOS", "Android"])}) | OBJECTS,
        "location": OBJECTS,
        "userAgent": st.just("Mozilla/5.0 (Windows NT 10.0) Gecko/20100101 Firefox/121.0") | JSON,
        "sessionId": JSON,
    },
)
IDS: Final = st.text(min_size=1, max_size=50) | st.integers() | st.sampled_from(["u-1", "null"])
RECENT: Final = st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1))  # noqa: DTZ001 - as text


OPTIONAL: Final[dict[str, st.SearchStrategy[Any]]] = {
    "anonymousId": IDS,
    "messageId": IDS | JSON,
    "timestamp": RECENT.map(datetime.isoformat) | JSON,
    "channel": st.just("web"),
    "context": CONTEXTS | JSON,
    "properties": OBJECTS | JSON,
    "traits": OBJECTS | JSON,
    "name": JSON,
    "category": JSON,
    "groupId": JSON,
    "request_ip": JSON,
    "session_id": JSON,
}


def calls(kind: str, **fields: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    """Valid calls of one type, with any values in their objects."""
    return st.fixed_dictionaries(
        {"type": st.just(kind), "userId": IDS, **fields},
        optional={name: values for name, values in OPTIONAL.items() if name not in fields},
    )


TRACKS: Final = calls("track", event=st.text(min_size=1, max_size=20) | st.integers())
CALLS: Final = {
    "track": TRACKS,
    "order": TRACKS.map(lambda call: {**call, "event": "Order Completed"}),
    "page": calls("page"),
    "screen": calls("screen"),
    "identify": calls("identify", traits=LISTED | OBJECTS),
    "group": calls("group", traits=LISTED | OBJECTS),
    "alias": calls("alias", previousId=IDS),
}
MESSAGES: Final = st.one_of(*CALLS.values())


def validators(schemas: dict[str, Schema]) -> dict[str, Draft202012Validator]:
    """The validator of each schema."""
    return {name: Draft202012Validator(schema) for name, schema in schemas.items()}


VALIDATORS: Final = validators(accepted())


def page_of(operation: Operation) -> str:
    """The page of the reference that describes an operation."""
    payload = operation.payload
    kinds = (payload.get("event"), *(name for name in payload if name != "event"))
    named = (f"{operation.endpoint} {kind}" for kind in kinds)
    return next((name for name in named if name in REFERENCE), operation.endpoint)


def violations(operations: list[Operation], by_page: dict[str, Draft202012Validator]) -> list[str]:
    """All differences of operations from the reference."""
    return [
        f"{page_of(operation)}: {error.json_path}: {error.message}"
        for operation in operations
        for error in by_page[page_of(operation)].iter_errors(operation.payload)
    ]


def operations_of(message: dict[str, Any], target: Destination) -> list[Operation]:
    """The operations of a message; none when it is rejected."""
    try:
        return transform(message, target, now=NOW)
    except RejectedEvent:
        return []


@pytest.mark.parametrize("schema", REFERENCE.values(), ids=REFERENCE)
def test_schema_is_valid(schema: Schema) -> None:
    """A schema with unknown keywords would accept everything."""
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("call", CALLS)
@given(data=st.data(), target=DESTINATIONS)
def test_operations_conform_to_the_reference(call: str, data: st.DataObject, target: Any) -> None:
    """Whatever the message, the payload is as the endpoint's page describes it."""
    assert violations(operations_of(data.draw(CALLS[call]), target), VALIDATORS) == []


def ids_in(operation: Operation, target: Destination) -> list[Any]:
    """Every id by which Mixpanel identifies a user, a device or a duplicate."""
    if operation.endpoint == "groups":
        return []
    if operation.endpoint == "engage":
        return [operation.payload["$distinct_id"]]
    properties = operation.payload["properties"]
    insert_id = LEGAL_INSERT_ID.fullmatch(properties["$insert_id"])
    insert_ids = [insert_id[0] if insert_id else None]
    if page_of(operation) == "import $merge":
        return [*insert_ids, *properties["$distinct_ids"]]
    alias = ["alias"] if page_of(operation) == "import $create_alias" else []
    merged = [name for name in ("$user_id", "$device_id") if name in properties]
    names = ["distinct_id", *alias, *(merged if target.simplified else [])]
    return [*insert_ids, *(properties[name] for name in names)]


@given(MESSAGES, DESTINATIONS)
def test_ids_are_legal(message: dict[str, Any], target: Any) -> None:
    """No id is blank, a placeholder, not text, or has characters that Mixpanel rejects."""
    ids = [
        value for operation in operations_of(message, target) for value in ids_in(operation, target)
    ]
    assert [value for value in ids if usable_id(value) != value] == []
    assert [value for value in ids if usable_id(value.removeprefix("$device:")) is None] == []


@given(MESSAGES, DESTINATIONS)
def test_copy_makes_equal_operations(message: dict[str, Any], target: Any) -> None:
    """The same message makes the same operations, also with its keys in another order."""
    copy = json.loads(json.dumps(message, sort_keys=True))
    assert operations_of(message, target) == operations_of(message, target)
    assert operations_of(copy, target) == operations_of(message, target)


@given(MESSAGES, DESTINATIONS)
def test_valid_call_is_not_changed(message: dict[str, Any], target: Any) -> None:
    """A message that is rejected is stored as it was received."""
    before = deepcopy(message)
    operations_of(message, target)
    assert message == before


# A message that needs each relaxation
RELAXED_MESSAGES: Final = {
    "$ip": track(properties={"revenue": 5}, context={"ip": "1.2.3.4"}),
    "$ignore_time": identify(context={"active": False}),
    "$time": identify(),
    "$union of anything": identify(traits={"tags": [True, None, {"a": 1}, []]}),
}


@pytest.mark.parametrize("name", RELAXATIONS)
def test_relaxation_is_needed(name: str) -> None:
    """Tests are less strict than the reference only when a payload of RudderStack needs it."""
    operations = transform(RELAXED_MESSAGES[name], ORIGINAL, now=NOW)
    assert violations(operations, VALIDATORS) == []
    assert violations(operations, validators(accepted(without=name))) != []


@pytest.mark.parametrize(
    "operation",
    [
        Operation("import", {"event": "A", "properties": {"time": 1, "distinct_id": "u"}}),
        Operation("track", {"event": "A", "properties": {}, "more": 1}),
        Operation("import", {"event": "$merge", "properties": {"$distinct_ids": ["u"]}}),
        Operation("engage", {"$token": "t", "$distinct_id": "u", "$add": {"a": "1"}}),
        Operation("engage", {"$token": "t", "$distinct_id": "u", "$set": {}, "$add": {}}),
        Operation("engage", {"$token": "t", "$distinct_id": "u", "$union": {"a": 1}}),
        Operation("groups", {"$token": "t", "$group_key": "k", "$group_id": 1, "$set": {}}),
        Operation("engage", {"$token": "t", "$distinct_id": "", "$set": {}}),
    ],
    ids=lambda operation: json.dumps(operation.payload),
)
def test_wrong_operation_is_detected(operation: Operation) -> None:
    """The schemas do not accept everything."""
    assert violations([operation], VALIDATORS) != []
