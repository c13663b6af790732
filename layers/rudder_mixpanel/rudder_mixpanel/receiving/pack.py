"""Many events share one record of the queue, which is paid for by the record."""

from collections.abc import Iterable, Iterator
from typing import Final

import orjson

from rudder_mixpanel.envelopes import Message, escaped

# What SQS bills as one request: https://aws.amazon.com/sqs/pricing/ - a longer record costs as
# much again, and a record that comes back brings more events with it.
RECORD_BYTES: Final = 65_536
BEFORE: Final = b'{"batch":['
BETWEEN: Final = b","
AFTER: Final = b"]}"


def packed(events: Iterable[Message]) -> Iterator[str]:
    """Bodies of records that hold all events, in order; a long event has one of its own."""
    record: list[bytes] = []
    size = len(BEFORE + AFTER)
    for event in events:
        written = orjson.dumps(event)
        if record and size + len(written) > RECORD_BYTES:
            yield body(record)
            record, size = [], len(BEFORE + AFTER)
        record.append(written)
        size += len(written) + len(BETWEEN)
    if record:
        yield body(record)


def body(events: list[bytes]) -> str:
    """A record's body, with what SQS refuses as escapes, which mean the same."""
    joined = events[0] if len(events) == 1 else BEFORE + BETWEEN.join(events) + AFTER
    return escaped(joined.decode())
