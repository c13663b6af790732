"""What the command says that a backfill costs is what the benchmarks have measured."""

import pytest

from benchmarks import cost
from benchmarks.measured import largest_batch, mapped_bytes, used_by_batch
from benchmarks.profiles import updated_by_batch
from rudder_mixpanel_cli import prices
from rudder_mixpanel_cli.backfill.estimate import ToDeliver

RATE = 3000
RECORDS = cost.records_of(cost.SERVERS)


def million(*, share: float, updates: float) -> ToDeliver:
    """A million events of the benchmark, of which a share has a counter."""
    count = prices.MILLION
    return ToDeliver(
        records=round(count * RECORDS.bytes / cost.SQS_CHUNK),
        sent=count,
        events=count,
        identities=0,
        updates=round(count * updates),
        counters=round(count * share),
        bytes=round(count * mapped_bytes()),
    )


@pytest.mark.parametrize("share", [0.0, 0.2])
def test_estimate_is_close_to_the_model(share: float) -> None:
    """Within a third, for batches as large as a backfill makes them."""
    size = largest_batch(share)
    batch = used_by_batch(size, share)
    updates = updated_by_batch(size, 0.0).leased / size
    parts = cost.delivery_parts(batch, RATE) | {"Secrets Manager": 0.0}
    sqs = RECORDS.bytes / cost.SQS_CHUNK * 2.1 * prices.SQS_REQUEST.each
    expected = (sum(parts.values()) + sqs) * prices.MILLION
    assert million(share=share, updates=updates).dollars == pytest.approx(expected, rel=1 / 3)


def test_requests_are_limited_by_events_and_bytes() -> None:
    """Of 2,000 events and 2 MB; counters travel by fifty."""
    few = ToDeliver(records=1, sent=1, events=1, identities=0, updates=0, counters=51, bytes=100)
    large = ToDeliver(
        records=1, sent=2, events=2, identities=1, updates=1, counters=0, bytes=4_000_001
    )
    assert (few.requests, large.requests) == (3, 5)
