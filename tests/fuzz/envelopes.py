"""Fuzzing of envelopes: any record becomes events and unreadable parts."""

import gzip
import re
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from random import Random
from typing import Any, Final
from zlib import decompressobj

from rudder_mixpanel.aws.sqs import storable_body
from rudder_mixpanel.envelopes import EVENT_FIELDS, Unreadable, encode_json, read_events
from tests.fuzz.hostile import hostile_value
from tests.fuzz.limits import slowness
from tests.fuzz.mutation import mutated, mutated_text
from tests.fuzz.samples import random_event, sample_records
from tests.fuzz.target import Target
from tests.unit.wrapping import WRAPPINGS

# More envelopes than are opened
MOST_ENVELOPES: Final = 10
# Compressed content in base64, and zlib's number for its format
COMPRESSED: Final = re.compile(rb"H4sI[A-Za-z0-9+/]+=*")
GZIP: Final = 31
# SQS accepts no longer body.
LONGEST: Final = 1_048_576


def random_record(random: Random) -> str:
    """The body of a record."""
    body = random.choice(KINDS)(random)[:LONGEST]
    # SQS passes on no surrogates, which are no characters.
    return body.encode(errors="replace").decode()


def record_complaints(body: str) -> Iterator[str]:
    """What is wrong with how a record is read."""
    items = read_events(body, destination_id="ours")
    if items != read_events(body, destination_id="ours"):
        yield "the second reading differs"
    for item in items:
        yield from item_complaints(item, body)
    if slow := slowness(lambda: read_events(body, destination_id="ours"), unpacked_size(body)):
        yield slow


def unpacked_size(body: str) -> int:
    """The bytes of a record, with those that are compressed in it."""
    size, left = 0, [body.encode()]
    while left:
        text = left.pop()
        size += len(text)
        for packed in COMPRESSED.findall(text):
            with suppress(ValueError, zlib.error):
                # Of broken base64, the beginning is looked into as well.
                whole = packed[: len(packed) // 4 * 4]
                left.append(decompressobj(GZIP).decompress(b64decode(whole), LONGEST))
    return size


def item_complaints(item: dict[str, Any] | Unreadable, body: str) -> Iterator[str]:
    """What is wrong with an item of a record."""
    if isinstance(item, Unreadable):
        if not item.why:
            yield "an unreadable part has no reason"
        storable_body(item.body, body).encode()
        return
    if EVENT_FIELDS.isdisjoint(item):
        yield "an item is no event"
    storable_body(encode_json(item), body).encode()


def mutated_record(random: Random) -> str:
    """A recorded body with changes."""
    return mutated_text(random, random.choice(sample_records()))


def wrapped_event(random: Random) -> str:
    """Events in envelopes, each of which may be changed."""
    content: Any = [mutated(random, random_event(random)) for _ in range(random.randint(1, 3))]
    for _ in range(random.randint(0, MOST_ENVELOPES)):
        content = random.choice(WRAPPINGS)(content)
        if random.random() < 0.1:
            content = mutated(random, content)
    return mutated_text(random, content) if random.random() < 0.3 else encode_json(content)


def compressed_content(random: Random) -> str:
    """Compressed content that is long, damaged, or neither."""
    content = random.choice(
        (
            lambda: encode_json(random_event(random)).encode(),
            lambda: b"[" + b"{}," * random.choice((10, 1000, 100_000, 1_000_000)) + b"{}]",
            lambda: encode_json({"type": "track", "event": hostile_value(random)}).encode(),
            lambda: b'{"type":"' + b"x" * random.choice((10_000, 1_000_000, 5_000_000)) + b'"}',
            lambda: random.randbytes(random.choice((0, 1, 100, 10_000))),
        )
    )()
    packed = gzip.compress(content, 1) if random.random() < 0.8 else content
    place = random.randrange(len(packed) + 1)
    packed = random.choice((packed, packed, packed[:place], packed * 2))
    encoded = b64encode(packed).decode()
    text = random.choice((encoded, encoded, encoded[:-1], encoded + "=", encoded.replace("A", "_")))
    return encode_json(random.choice(WRAPPERS)(text))


def array_of_parts(random: Random) -> str:
    """Very many small parts, or arrays in arrays."""
    part = random.choice(("0", "[]", "{}", '{"type":1}', '{"batch":[]}', '{"Records":[]}', "null"))
    count = random.choice((1, 100, 4999, 5001, 20_001, 150_000))
    depth = random.choice((0, 1, 7, 8, 9, 100))
    return "[" * depth + "[" + ",".join([part] * count) + "]" + "]" * depth


WRAPPERS: Final[tuple[Callable[[str], Any], ...]] = (
    lambda text: {"requestContext": {}, "body": text, "isBase64Encoded": True},
    lambda text: {"Records": [{"kinesis": {"data": text}}]},
    lambda text: {"partitionKey": "p", "data": text},
    lambda text: [{"partitionKey": "p", "data": text}] * 20,
)
KINDS: Final[tuple[Callable[[Random], str], ...]] = (
    mutated_record,
    mutated_record,
    wrapped_event,
    wrapped_event,
    wrapped_event,
    compressed_content,
    array_of_parts,
    lambda random: mutated_text(random, hostile_value(random)),
)
ENVELOPES: Final = Target(random_record, record_complaints)
