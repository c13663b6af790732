"""Every operation is what Mixpanel's reference takes at its endpoint."""

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
from rudder_mixpanel.message.identity import LEGAL_INSERT_ID, usable_id
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

# Names that a row, a list or Mixpanel itself looks for, beside any others
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
# What the settings above list, so that there are enough of each update
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
    """Calls of one kind that a sender may well send, with anything in their objects."""
    return st.fixed_dictionaries(
        {"type": st.just(kind), "userId": IDS, **fields},
        optional={name: one for name, one in OPTIONAL.items() if name not in fields},
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


def checks(schemas: dict[str, Schema]) -> dict[str, Draft202012Validator]:
    """What tells whether an operation keeps to its schema."""
    return {name: Draft202012Validator(schema) for name, schema in schemas.items()}


CHECKS: Final = checks(accepted())


def page_of(operation: Operation) -> str:
    """Which page of the reference an operation has to keep to."""
    payload = operation.payload
    kinds = (payload.get("event"), *(name for name in payload if name != "event"))
    named = (f"{operation.endpoint} {kind}" for kind in kinds)
    return next((name for name in named if name in REFERENCE), operation.endpoint)


def broken(operations: list[Operation], by: dict[str, Draft202012Validator]) -> list[str]:
    """Everything in which operations differ from the reference."""
    return [
        f"{page_of(one)}: {error.json_path}: {error.message}"
        for one in operations
        for error in by[page_of(one)].iter_errors(one.payload)
    ]


def operations_of(message: dict[str, Any], there: Destination) -> list[Operation]:
    """What a message becomes; nothing where it is rejected."""
    try:
        return transform(message, there, now=NOW)
    except RejectedEvent:
        return []


@pytest.mark.parametrize("schema", REFERENCE.values(), ids=REFERENCE)
def test_schema_is_one(schema: Schema) -> None:
    """What says nothing that a validator understands would accept everything."""
    Draft202012Validator.check_schema(schema)


@pytest.mark.parametrize("call", CALLS)
@given(data=st.data(), there=DESTINATIONS)
def test_operations_keep_to_the_reference(call: str, data: st.DataObject, there: Any) -> None:
    """Whatever is in a message, what leaves is what the endpoint's page shows."""
    assert broken(operations_of(data.draw(CALLS[call]), there), CHECKS) == []


def ids_in(operation: Operation, there: Destination) -> list[Any]:
    """Every id by which Mixpanel finds a user, a device, or a copy."""
    if operation.endpoint == "groups":
        return []
    if operation.endpoint == "engage":
        return [operation.payload["$distinct_id"]]
    properties = operation.payload["properties"]
    insert_id = LEGAL_INSERT_ID.fullmatch(properties["$insert_id"])
    copies = [insert_id[0] if insert_id else None]
    if page_of(operation) == "import $merge":
        return [*copies, *properties["$distinct_ids"]]
    alias = ["alias"] if page_of(operation) == "import $create_alias" else []
    merged = [name for name in ("$user_id", "$device_id") if name in properties]
    names = ["distinct_id", *alias, *(merged if there.simplified else [])]
    return [*copies, *(properties[name] for name in names)]


@given(MESSAGES, DESTINATIONS)
def test_ids_are_legal(message: dict[str, Any], there: Any) -> None:
    """No id is blank, a placeholder, no text, or of characters that Mixpanel refuses."""
    ids = [one for operation in operations_of(message, there) for one in ids_in(operation, there)]
    assert [one for one in ids if usable_id(one) != one] == []
    assert [one for one in ids if usable_id(one.removeprefix("$device:")) is None] == []


@given(MESSAGES, DESTINATIONS)
def test_copy_makes_equal_operations(message: dict[str, Any], there: Any) -> None:
    """The same message makes the same, and so does a copy whose keys come in another order."""
    copy = json.loads(json.dumps(message, sort_keys=True))
    assert operations_of(message, there) == operations_of(message, there)
    assert operations_of(copy, there) == operations_of(message, there)


@given(MESSAGES, DESTINATIONS)
def test_message_is_only_read(message: dict[str, Any], there: Any) -> None:
    """A message that is rejected is stored as it came."""
    before = deepcopy(message)
    operations_of(message, there)
    assert message == before


# A message that needs the relaxation
NEEDY: Final = {
    "$ip": track(properties={"revenue": 5}, context={"ip": "1.2.3.4"}),
    "$ignore_time": identify(context={"active": False}),
    "$time": identify(),
    "$union of anything": identify(traits={"tags": [True, None, {"a": 1}, []]}),
}


@pytest.mark.parametrize("name", RELAXATIONS)
def test_relaxation_is_needed(name: str) -> None:
    """We ask for less than the reference only where a payload of RudderStack's needs it."""
    operations = transform(NEEDY[name], ORIGINAL, now=NOW)
    assert broken(operations, CHECKS) == []
    assert broken(operations, checks(accepted(without=name))) != []


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
    ids=lambda one: json.dumps(one.payload),
)
def test_wrong_operation_is_found(operation: Operation) -> None:
    """The schemas do not let everything pass."""
    assert broken([operation], CHECKS) != []
