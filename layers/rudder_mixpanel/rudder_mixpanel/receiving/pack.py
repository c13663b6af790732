"""Packs several events into one record of the queue, which SQS bills by the record."""

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from rudder_mixpanel.envelopes import Message, escape_for_sqs

# SQS bills this as one request: https://aws.amazon.com/sqs/pricing/ - a longer record is billed
# again, and repeats more events when it is redelivered.
RECORD_BYTES: Final = 65_536
PREFIX: Final = b'{"batch":['
SEPARATOR: Final = b","
SUFFIX: Final = b"]}"


def pack_records(events: Iterable[Message]) -> Iterator[str]:
    """Yield the bodies of records that hold all events in order; a long event has its own."""
    record: list[bytes] = []
    size = len(PREFIX + SUFFIX)
    for event in events:
        encoded = orjson.dumps(event)
        if record and size + len(encoded) > RECORD_BYTES:
            yield record_body(record)
            record, size = [], len(PREFIX + SUFFIX)
        record.append(encoded)
        size += len(encoded) + len(SEPARATOR)
    if record:
        yield record_body(record)


def record_body(events: list[bytes]) -> str:
    """The body of a record; characters that SQS rejects are escaped."""
    joined = events[0] if len(events) == 1 else PREFIX + SEPARATOR.join(events) + SUFFIX
    return escape_for_sqs(joined.decode())
