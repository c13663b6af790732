"""Many events share one record of the queue, which is paid for by the record."""

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from rudder_mixpanel.envelopes import Message, escape_for_sqs

# What SQS bills as one request: https://aws.amazon.com/sqs/pricing/ - a longer record costs as
# much again, and a record that comes back brings more events with it.
RECORD_BYTES: Final = 65_536
BEFORE: Final = b'{"batch":['
BETWEEN: Final = b","
AFTER: Final = b"]}"


def pack_records(events: Iterable[Message]) -> Iterator[str]:
    """Bodies of records that hold all events, in order; a long event has one of its own."""
    record: list[bytes] = []
    size = len(BEFORE + AFTER)
    for event in events:
        written = orjson.dumps(event)
        if record and size + len(written) > RECORD_BYTES:
            yield record_body(record)
            record, size = [], len(BEFORE + AFTER)
        record.append(written)
        size += len(written) + len(BETWEEN)
    if record:
        yield record_body(record)


def record_body(events: list[bytes]) -> str:
    """A record's body, with what SQS refuses as escapes, which mean the same."""
    joined = events[0] if len(events) == 1 else BEFORE + BETWEEN.join(events) + AFTER
    return escape_for_sqs(joined.decode())
