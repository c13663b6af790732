"""What Mixpanel's OpenAPI documents take, written for one update, and where we ask for less.

As published, but closed: an update holds the fields that its page of the reference shows, and no
others. Each relaxation is a payload of RudderStack's that Mixpanel takes although its schema does
not say so.
https://developer.mixpanel.com/reference/import-events and the pages beside it
"""

from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass
from typing import Any, Final

type Schema = dict[str, Any]

TEXT: Final[Schema] = {"type": "string"}
# What Mixpanel calls an identifier: there, and not blank
IDENTIFIER: Final[Schema] = {"type": "string", "pattern": r"\S"}
OBJECT: Final[Schema] = {"type": "object"}
# Seconds or milliseconds since 1970, not before 1971
TIME: Final[Schema] = {"type": "integer", "minimum": 31_536_000}
INSERT_ID: Final[Schema] = {"type": "string", "pattern": r"\A[A-Za-z0-9-]{1,36}\Z"}


def closed(**fields: Schema) -> Schema:
    """An object with just these fields, an underscore at their front for `$`, all required."""
    named = {f"${name[1:]}" if name[0] == "_" else name: one for name, one in fields.items()}
    return {
        "type": "object",
        "required": list(named),
        "properties": named,
        "additionalProperties": False,
    }


def event(name: Schema, properties: Schema) -> Schema:
    """An event, whose properties may be any beside those that are named."""
    return closed(event=name, properties=properties | {"additionalProperties": True})


def user(**verb: Schema) -> Schema:
    """An update of a user's profile with one verb."""
    return closed(_token=IDENTIFIER, _distinct_id=IDENTIFIER, **verb)


IMPORTED: Final = event(
    IDENTIFIER, closed(time=TIME, _insert_id=INSERT_ID, distinct_id=IDENTIFIER)
)
MERGE: Final = event(
    {"const": "$merge"},
    closed(
        _distinct_ids={"type": "array", "minItems": 2, "maxItems": 2, "items": IDENTIFIER},
        token=IDENTIFIER,
    ),
)
# Published for /track as an example; the peer sends it to /import, whose rules it must keep too.
ALIAS: Final = event(
    {"const": "$create_alias"}, closed(distinct_id=IDENTIFIER, alias=IDENTIFIER, token=IDENTIFIER)
)
TRACKED: Final = event(
    IDENTIFIER,
    closed(token=IDENTIFIER) | {"properties": IMPORTED["properties"]["properties"]["properties"]},
)
SINGLE: Final[Schema] = {"type": ["number", "string"]}
UNION: Final[Schema] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": {"type": "array", "minItems": 1, "items": SINGLE},
}
PUBLISHED: Final[dict[str, Schema]] = {
    "import": IMPORTED,
    "import $merge": MERGE,
    "import $create_alias": ALIAS,
    "track": TRACKED,
    "engage $set": user(_set=OBJECT),
    "engage $set_once": user(_set_once=OBJECT),
    "engage $add": user(_add={"type": "object", "additionalProperties": {"type": "number"}}),
    "engage $append": user(_append=OBJECT),
    "engage $union": user(_union=UNION),
    "groups $set": closed(_token=IDENTIFIER, _group_key=TEXT, _group_id=TEXT, _set=OBJECT),
}
