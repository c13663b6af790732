"""What a backfill costs, and how long it takes, from what it sends.

The amounts of a batch of 2,000 events are measured; a test compares them with the benchmarks.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from rudder_mixpanel_cli import prices

# Of the delivery of an event.
GB_SECONDS: Final = 0.0003
LOG_BYTES: Final = 31.0
SUPPRESSION_READS: Final = 0.37
# Bytes on the way to Mixpanel, for each byte of an event: it is compressed.
SENT_BYTES: Final = 0.17
# Of an update of a profile under newer-wins, and of a counter in the ledger.
PROFILE_READS: Final = 1.0
PROFILE_WRITES: Final = 2.0
COUNTER_WRITES: Final = 2.0
# Requests that SQS bills for a full record: sent, received, and deleted with nine others.
SQS_REQUESTS: Final = 2.1
# Events, updates and counters of a request to Mixpanel, and bytes of one with events.
RECORDS_A_REQUEST: Final = 2000
COUNTERS_A_REQUEST: Final = 50
BYTES_A_REQUEST: Final = 2_000_000


@dataclass(frozen=True, slots=True)
class ToDeliver:
    """What the delivery of a backfill has to do: full records, events, and so on."""

    records: int
    sent: int
    events: int
    identities: int
    updates: int
    counters: int
    bytes: int

    @property
    def requests(self) -> int:
        """About how many requests Mixpanel gets."""
        by_count = [
            quotient(count, RECORDS_A_REQUEST)
            for count in (self.events, self.identities, self.updates)
        ]
        by_count[0] = max(by_count[0], quotient(self.bytes, BYTES_A_REQUEST))
        return sum(by_count) + quotient(self.counters, COUNTERS_A_REQUEST)

    @property
    def dollars(self) -> float:
        """What AWS charges, at list prices."""
        reads = self.sent * SUPPRESSION_READS + self.updates * PROFILE_READS
        writes = self.updates * PROFILE_WRITES + self.counters * COUNTER_WRITES
        return (
            self.records * SQS_REQUESTS * prices.SQS_REQUEST.each
            + self.sent * GB_SECONDS * prices.LAMBDA_GB_SECOND.each
            + self.sent * LOG_BYTES * prices.LOG_BYTE.each
            + reads * prices.DYNAMODB_READ.each
            + writes * prices.DYNAMODB_WRITE.each
            + self.bytes * SENT_BYTES * prices.BYTE_OUT.each
        )

    def least_time(self, rate: int) -> timedelta:
        """How long it takes at this many events a second."""
        return timedelta(seconds=self.sent / rate)


def quotient(count: int, size: int) -> int:
    """How many parts of this size there are, the last one perhaps smaller."""
    return -(-count // size)
