"""No message is lost on its way back to the events queue, whatever fails."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from rudder_mixpanel.aws.sqs import BYTES
from rudder_mixpanel_cli.aws import AWS_ERRORS
from rudder_mixpanel_cli.queues.filter import Filter
from rudder_mixpanel_cli.queues.queue import Queue
from rudder_mixpanel_cli.queues.rate_limit import RateLimit
from rudder_mixpanel_cli.queues.reader import MessageReader
from rudder_mixpanel_cli.queues.replay import Replay, split_batches
from tests.unit.cli.queues.faulty_sqs import Fault, FaultySqs, Killed

SOURCE, EVENTS = "source", "events"
STARTED = datetime(2027, 1, 1, tzinfo=UTC)
NO_LIMIT = RateLimit(None, clock=lambda: 0, wait=lambda _: False)


def replay(sqs: FaultySqs, rate_limit: RateLimit = NO_LIMIT, *codes: str) -> Replay:
    """Run a replay as far as the faults allow."""
    reader = MessageReader(Queue(sqs.client, SOURCE))
    events = Queue(sqs.client, EVENTS)
    run = Replay(reader, events, Filter(frozenset(codes)), STARTED, BYTES, rate_limit)
    with reader:
        run.run(lambda _: None)
    return run


@settings(max_examples=500)
@given(
    selected=st.lists(st.booleans(), max_size=25),
    faults=st.lists(st.sampled_from(Fault), max_size=16),
)
def test_nothing_is_lost_whatever_fails(selected: list[bool], faults: list[Fault]) -> None:
    """Each message is in the queue or was sent, at most once; a second run sends the rest."""
    sqs = FaultySqs(iter(faults))
    codes = ["TOO_OLD" if is_selected else "TOO_DEEP" for is_selected in selected]
    for number, code in enumerate(codes):
        sqs.put(SOURCE, f"{code}-{number}", code=code)
    bodies = set(sqs.bodies(SOURCE))
    chosen = {body for body in bodies if body.startswith("TOO_OLD")}
    with suppress(Killed, *AWS_ERRORS):
        replay(sqs, NO_LIMIT, "TOO_OLD")
    first = sqs.bodies(EVENTS)
    assert (set(first) | set(sqs.bodies(SOURCE)), len(set(first))) == (bodies, len(first))
    sqs.restart()
    replay(sqs, NO_LIMIT, "TOO_OLD")
    assert (set(sqs.bodies(EVENTS)), set(sqs.bodies(SOURCE))) == (chosen, bodies - chosen)


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("fault", [Fault.REJECTED, Fault.PARTIAL, Fault.TIMEOUT_EXPIRED])
def test_failure_leaves_no_message_hidden(number: int, fault: Fault) -> None:
    """Messages that were not sent are visible at once for the next run, whichever call fails."""
    sqs = FaultySqs(iter([*[Fault.NONE] * number, fault]))
    for index in range(12):
        sqs.put(SOURCE, f"body-{index}")
    with suppress(*AWS_ERRORS):
        replay(sqs)
    left = sqs.queues[SOURCE].values()
    sent = set(sqs.bodies(EVENTS))
    assert [entry.body for entry in left if entry.hidden and entry.body not in sent] == []


def test_message_that_sqs_returns_twice_is_replayed_once() -> None:
    """A standard queue can return a deleted message; it is deleted again."""
    faults = [Fault.NONE, Fault.NONE, Fault.DELETE_FORGOTTEN, Fault.TIMEOUT_EXPIRED]
    sqs = FaultySqs(iter(faults))
    for body in "ab":
        sqs.put(SOURCE, body)
    run = replay(sqs)
    assert (run.result.replayed, sqs.bodies(EVENTS), sqs.bodies(SOURCE)) == (2, ["a", "b"], [])


def test_failed_deletion_is_retried_once() -> None:
    """At the end; only if that fails as well, the next run sends a duplicate."""
    sqs = FaultySqs(iter([Fault.NONE, Fault.NONE, Fault.PARTIAL]))
    for body in "ab":
        sqs.put(SOURCE, body)
    run = replay(sqs)
    assert (run.reader.undeleted, sqs.bodies(SOURCE)) == ({}, [])


def test_entry_that_fails_is_counted_with_its_reason() -> None:
    """And stays in the queue."""
    sqs = FaultySqs(iter([Fault.NONE, Fault.PARTIAL]))
    for index in range(4):
        sqs.put(SOURCE, f"body-{index}")
    run = replay(sqs)
    assert (run.result.replayed, run.result.failed, sqs.bodies(SOURCE)) == (
        2,
        {"InternalError": 2},
        ["body-1", "body-3"],
    )


def test_message_rejected_during_the_replay_is_left() -> None:
    """Otherwise a replay of events that are always rejected would never end."""
    sqs = FaultySqs()
    sqs.put(SOURCE, "again", sent=int(STARTED.timestamp() * 1000))
    run = replay(sqs)
    expected = {"rejected after the replay started": 1}
    assert (run.result.left, sqs.bodies(SOURCE)) == (expected, ["again"])


def test_error_is_raised_after_the_batches_before_it_were_sent() -> None:
    """Their count can be printed."""
    sqs = FaultySqs(iter([Fault.NONE] * 3 + [Fault.REJECTED]))
    for index in range(20):
        sqs.put(SOURCE, f"body-{index:02}")
    with pytest.raises(ClientError):
        replay(sqs)
    assert (len(sqs.bodies(EVENTS)), len(sqs.bodies(SOURCE))) == (10, 10)


# --- rate limit and stop -------------------------------------------------------------------------


def test_rate_limits_messages_a_second() -> None:
    """A batch has no more messages than are allowed in one second."""
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    rate_limit = RateLimit(4, clock=lambda: sum(waits), wait=wait)
    sqs = FaultySqs()
    for index in range(10):
        sqs.put(SOURCE, f"body-{index}")
    replay(sqs, rate_limit)
    assert waits == [0, 1, 1, 0.5]


def test_replay_stops_between_two_batches() -> None:
    """Messages that were not sent are visible again."""
    stops = iter([False, True])
    rate_limit = RateLimit(3, clock=lambda: 0, wait=lambda _: next(stops))
    sqs = FaultySqs()
    for index in range(10):
        sqs.put(SOURCE, f"body-{index}")
    run = replay(sqs, rate_limit)
    left = sqs.queues[SOURCE].values()
    hidden = [entry for entry in left if entry.hidden]
    assert (run.result.replayed, len(left), hidden) == (3, 7, [])


def test_batch_is_limited_by_count_and_by_bytes() -> None:
    """Never empty, and in order."""
    sqs = FaultySqs()
    half = "x" * (BYTES // 2)
    for body in (half, half, "a", "b", "c", "d"):
        sqs.put(SOURCE, body)
    with MessageReader(Queue(sqs.client, SOURCE)) as reader:
        (messages,) = list(reader)
    batches = [[message.body[:1] for message in batch] for batch in split_batches(messages, 3)]
    assert batches == [["x"], ["x", "a", "b"], ["c", "d"]]
