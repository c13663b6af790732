"""What Mixpanel's reference takes as one update, and where RudderStack's payloads need more.

Each schema follows the OpenAPI document behind a page of https://developer.mixpanel.com/reference,
and is closed where that one is silent: an update holds the fields of its page and no others, and
an identifier is not blank. A relaxation opens one of them again, for a reason.
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
    """An object with just these fields."""
    return {**holding(fields), "additionalProperties": False}


def holding(fields: dict[str, Schema]) -> Schema:
    """An object with these fields, and any others."""
    return {"type": "object", "required": list(fields), "properties": fields}


def event(name: Schema, properties: dict[str, Schema]) -> Schema:
    """An event; it may have more properties."""
    return closed({"event": name, "properties": holding(properties)})


def user(verb: str, value: Schema) -> Schema:
    """An update of a user's profile."""
    return closed({"$token": NAME, "$distinct_id": NAME, verb: value})


REFERENCE: Final[dict[str, Schema]] = {
    # import-events
    "import": event(NAME, {"time": TIME, "distinct_id": NAME, "$insert_id": INSERT_ID}),
    # identity-merge
    "import $merge": event({"const": "$merge"}, {"$distinct_ids": TWO_IDS, "token": NAME}),
    # identity-create-alias, shown there for /track; at /import an event, with all that one needs
    "import $create_alias": event(
        {"const": "$create_alias"},
        {"alias": NAME, "token": NAME, "time": TIME, "distinct_id": NAME, "$insert_id": INSERT_ID},
    ),
    # track-event; its words require the token
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
    """At these places of the schemas, RudderStack's payloads need another one."""

    why: str
    schema: Schema
    places: tuple[tuple[str, ...], ...]


def beside_the_verb(field: str, *updates: str) -> tuple[tuple[str, ...], ...]:
    """The places of a field that updates may have."""
    return tuple((update, "properties", field) for update in updates)


RELAXATIONS: Final[dict[str, Relaxation]] = {
    "$ip": Relaxation(
        "Without it a user is located where the request came from. The reference says so in words, "
        "not in its schema. RudderStack sends whatever context.ip holds.",
        ANYTHING,
        beside_the_verb("$ip", *USER_UPDATES),
    ),
    "$ignore_time": Relaxation(
        "RudderStack's way to leave 'last seen' alone (context.active false); a modifier that the "
        "schema leaves out.",
        {"const": True},
        beside_the_verb("$ignore_time", *USER_UPDATES),
    ),
    "$time": Relaxation(
        "RudderStack dates what identify sets; a modifier that the schema leaves out.",
        TIME,
        beside_the_verb("$time", "engage $set"),
    ),
    "$union of anything": Relaxation(
        "RudderStack unites whatever a trait holds: true, null, objects and lists, too.",
        ANYTHING,
        (("engage $union", "properties", "$union", "additionalProperties", "items"),),
    ),
}


def accepted(*, without: str = "") -> dict[str, Schema]:
    """The schemas with every relaxation but one."""
    schemas = deepcopy(REFERENCE)
    for name, relaxation in RELAXATIONS.items():
        if name != without:
            for place in relaxation.places:
                put(schemas, place, relaxation.schema)
    return schemas


def put(schemas: Schema, place: tuple[str, ...], schema: Schema) -> None:
    """Put a schema at a place of others."""
    *parents, last = place
    for parent in parents:
        schemas = schemas[parent]
    schemas[last] = schema
