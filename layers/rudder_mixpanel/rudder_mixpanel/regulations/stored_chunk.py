"""A chunk as it is stored: compressed JSON that fits into an item of DynamoDB."""

from collections.abc import Mapping
from typing import Any, Final
from zlib import compress, decompress

import orjson

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import (
    Cancellation,
    Person,
    RegulationState,
    RegulationType,
)
from rudder_mixpanel.regulations.task import Task

# Bytes for the users of a chunk: DynamoDB allows 400 KB an item, and the history needs some.
CHUNK_BYTES: Final = 250_000
# Bytes of a stored chunk, less than DynamoDB allows, and the notes of each task in one over that.
ITEM_BYTES: Final = 390_000
FEWER_NOTES: Final = (8, 4, 2)


def encode_chunk(chunk: Chunk) -> bytes:
    """The chunk as it is stored; notes are dropped from one that would not fit into an item."""
    stored = compress(orjson.dumps(chunk))
    for most in FEWER_NOTES:
        if len(stored) <= ITEM_BYTES:
            break
        for task in chunk.tasks:
            task.keep_notes(most)
        stored = compress(orjson.dumps(chunk))
    return stored


def decode_chunk(stored: bytes) -> Chunk:
    """Read a stored chunk."""
    fields: dict[str, Any] = orjson.loads(decompress(stored))
    fields["type"] = RegulationType(fields["type"])
    fields["people"] = {member: Person(**person) for member, person in fields["people"].items()}
    for name in ("cancelling", "canceled"):
        fields[name] = {member: Cancellation(**data) for member, data in fields[name].items()}
    fields["tasks"] = [decode_task(task) for task in fields["tasks"]]
    return Chunk(**fields)


def decode_task(fields: dict[str, Any]) -> Task:
    """Read a stored task."""
    return Task(**{**fields, "state": RegulationState(fields["state"])})


def split_into_chunks(people: Mapping[str, Person], max_ids: int) -> list[dict[str, Person]]:
    """Split users so that each part fits into a task of Mixpanel and an item of DynamoDB."""
    parts: list[dict[str, Person]] = []
    ids = size = 0
    for regulation, person in people.items():
        ids, size = ids + len(person.ids), size + person.size
        if not parts or ids > max_ids or size > CHUNK_BYTES:
            parts.append({})
            ids, size = len(person.ids), person.size
        parts[-1][regulation] = person
    return parts
