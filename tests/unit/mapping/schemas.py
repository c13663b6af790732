"""The JSON schemas of Mixpanel's reference, and where RudderStack's payloads need more.

Each schema follows the OpenAPI document of a page of https://developer.mixpanel.com/reference, and
is stricter where that says nothing: an update has no fields but those of its page, and an id is not
blank. A relaxation allows more at one place, with its reason.
"""

from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

type Schema = dict[str, Any]

ANYTHING: Final[Schema] = {}
OBJECT: Final[Schema] = {"type": "object"}
TEXT: Final[Schema] = {"type": "string"}
NAME: Final[Schema] = {"type": "string", "pattern": r"\S"}
NUMBER_OR_TEXT: Final[Schema] = {"type": ["number", "string"]}
# Seconds or milliseconds since 1970
TIME: Final[Schema] = {"type": "integer"}
INSERT_ID: Final[Schema] = {"type": "string", "pattern": r"\A[A-Za-z0-9-]{1,36}\Z"}
TWO_IDS: Final[Schema] = {"type": "array", "minItems": 2, "maxItems": 2, "items": NAME}


def closed(fields: dict[str, Schema]) -> Schema:
    """An object with exactly these fields."""
    return {**open_object(fields), "additionalProperties": False}


def open_object(fields: dict[str, Schema]) -> Schema:
    """An object with at least these fields."""
    return {"type": "object", "required": list(fields), "properties": fields}


def event(name: Schema, properties: dict[str, Schema]) -> Schema:
    """An event with at least these properties."""
    return closed({"event": name, "properties": open_object(properties)})


def user(verb: str, value: Schema) -> Schema:
    """An update of a user's profile."""
    return closed({"$token": NAME, "$distinct_id": NAME, verb: value})


REFERENCE: Final[dict[str, Schema]] = {
    # import-events
    "import": event(NAME, {"time": TIME, "distinct_id": NAME, "$insert_id": INSERT_ID}),
    # identity-merge
    "import $merge": event({"const": "$merge"}, {"$distinct_ids": TWO_IDS, "token": NAME}),
    # identity-create-alias, documented for /track; at /import it needs the fields of an event
    "import $create_alias": event(
        {"const": "$create_alias"},
        {"alias": NAME, "token": NAME, "time": TIME, "distinct_id": NAME, "$insert_id": INSERT_ID},
    ),
    # track-event; its text requires the token
    "track": event(
        NAME, {"token": NAME, "time": TIME, "distinct_id": NAME, "$insert_id": INSERT_ID}
    ),
    # profile-set, profile-set-property-once, profile-numerical-add, profile-append-to-list-property
    "engage $set": user("$set", OBJECT),
    "engage $set_once": user("$set_once", OBJECT),
    "engage $add": user("$add", {"type": "object", "additionalProperties": {"type": "number"}}),
    "engage $append": user("$append", OBJECT),
    # user-profile-union
    "engage $union": user(
        "$union",
        {
            "type": "object",
            "minProperties": 1,
            "additionalProperties": {"type": "array", "minItems": 1, "items": NUMBER_OR_TEXT},
        },
    ),
    # group-set-property
    "groups $set": closed({"$token": NAME, "$group_key": NAME, "$group_id": TEXT, "$set": OBJECT}),
}
USER_UPDATES: Final = tuple(name for name in REFERENCE if name.startswith("engage"))


@dataclass(frozen=True)
class Relaxation:
    """A schema that replaces stricter ones at these paths, as RudderStack's payloads require."""

    why: str
    schema: Schema
    paths: tuple[tuple[str, ...], ...]


def beside_the_verb(field: str, *updates: str) -> tuple[tuple[str, ...], ...]:
    """The paths of a field that updates may have."""
    return tuple((update, "properties", field) for update in updates)


RELAXATIONS: Final[dict[str, Relaxation]] = {
    "$ip": Relaxation(
        "Without it a user is located where the request came from. The reference says so in its "
        "text, not in its schema. RudderStack sends any value of context.ip.",
        ANYTHING,
        beside_the_verb("$ip", *USER_UPDATES),
    ),
    "$ignore_time": Relaxation(
        "RudderStack leaves 'last seen' unchanged with it (context.active false); the schema lacks "
        "this modifier.",
        {"const": True},
        beside_the_verb("$ignore_time", *USER_UPDATES),
    ),
    "$time": Relaxation(
        "RudderStack sends the time of an identify call; the schema lacks this modifier.",
        TIME,
        beside_the_verb("$time", "engage $set"),
    ),
    "$union of anything": Relaxation(
        "RudderStack unites any value of a trait, also true, null, objects and lists.",
        ANYTHING,
        (("engage $union", "properties", "$union", "additionalProperties", "items"),),
    ),
}


def accepted(*, without: str = "") -> dict[str, Schema]:
    """The schemas with every relaxation but one."""
    schemas = deepcopy(REFERENCE)
    for name, relaxation in RELAXATIONS.items():
        if name != without:
            for path in relaxation.paths:
                put(schemas, path, relaxation.schema)
    return schemas


def put(schemas: Schema, path: tuple[str, ...], schema: Schema) -> None:
    """Replace the schema at a path."""
    *parents, last = path
    for parent in parents:
        schemas = schemas[parent]
    schemas[last] = schema
