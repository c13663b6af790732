"""No message is lost on its way back to the events queue, whatever fails."""

from contextlib import suppress
from datetime import UTC, datetime

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from rudder_mixpanel.aws.sqs import BYTES
from rudder_mixpanel_cli.queues.held import Wanted
from rudder_mixpanel_cli.queues.pacing import Pace
from rudder_mixpanel_cli.queues.queues import AWS_ERRORS, Queue
from rudder_mixpanel_cli.queues.reading import Reading
from rudder_mixpanel_cli.queues.replay import Replay, packs
from tests.unit.cli.queues.faulty import Fault, FaultySqs, Killed

SOURCE, EVENTS = "source", "events"
STARTED = datetime(2027, 1, 1, tzinfo=UTC)
NO_HURRY = Pace(None, clock=lambda: 0, wait=lambda _: False)


def replay(sqs: FaultySqs, pace: Pace = NO_HURRY, *codes: str) -> Replay:
    """A replay, run as far as it comes."""
    reading = Reading(Queue(sqs.client, SOURCE))
    events = Queue(sqs.client, EVENTS)
    run = Replay(reading, events, Wanted(frozenset(codes)), STARTED, BYTES, pace)
    with reading:
        run.run(lambda _: None)
    return run


@settings(max_examples=500)
@given(
    wanted=st.lists(st.booleans(), max_size=25),
    faults=st.lists(st.sampled_from(Fault), max_size=16),
)
def test_nothing_is_lost_whatever_fails(wanted: list[bool], faults: list[Fault]) -> None:
    """Each message is in the queue or was sent, at most once; a second run does what is left."""
    sqs = FaultySqs(iter(faults))
    codes = ["TOO_OLD" if one else "TOO_DEEP" for one in wanted]
    for number, code in enumerate(codes):
        sqs.put(SOURCE, f"{code}-{number}", code=code)
    bodies = set(sqs.bodies(SOURCE))
    chosen = {body for body in bodies if body.startswith("TOO_OLD")}
    with suppress(Killed, *AWS_ERRORS):
        replay(sqs, NO_HURRY, "TOO_OLD")
    first = sqs.bodies(EVENTS)
    assert (set(first) | set(sqs.bodies(SOURCE)), len(set(first))) == (bodies, len(first))
    sqs.restart()
    replay(sqs, NO_HURRY, "TOO_OLD")
    assert (set(sqs.bodies(EVENTS)), set(sqs.bodies(SOURCE))) == (chosen, bodies - chosen)


@pytest.mark.parametrize("number", range(6))
@pytest.mark.parametrize("fault", [Fault.REFUSED, Fault.PARTLY, Fault.AGAIN])
def test_failure_leaves_nothing_out_of_sight(number: int, fault: Fault) -> None:
    """What was not sent is there for the next run at once, whatever call is answered so."""
    sqs = FaultySqs(iter([*[Fault.NONE] * number, fault]))
    for one in range(12):
        sqs.put(SOURCE, f"body-{one}")
    with suppress(*AWS_ERRORS):
        replay(sqs)
    left = sqs.queues[SOURCE].values()
    copied = set(sqs.bodies(EVENTS))
    assert [one.body for one in left if one.hidden and one.body not in copied] == []


def test_message_that_sqs_hands_out_twice_is_replayed_once() -> None:
    """Though it was deleted, as a standard queue may do; it is deleted again."""
    sqs = FaultySqs(iter([Fault.NONE, Fault.NONE, Fault.FORGOTTEN, Fault.AGAIN]))
    for one in "ab":
        sqs.put(SOURCE, one)
    run = replay(sqs)
    assert (run.account.replayed, sqs.bodies(EVENTS), sqs.bodies(SOURCE)) == (2, ["a", "b"], [])


def test_message_that_could_not_be_deleted_is_tried_once_more() -> None:
    """At the end; only if that fails, too, does the next run send a copy."""
    sqs = FaultySqs(iter([Fault.NONE, Fault.NONE, Fault.PARTLY]))
    for one in "ab":
        sqs.put(SOURCE, one)
    run = replay(sqs)
    assert (run.reading.undeleted, sqs.bodies(SOURCE)) == ({}, [])


def test_entry_that_is_refused_is_counted_with_its_reason() -> None:
    """And stays."""
    sqs = FaultySqs(iter([Fault.NONE, Fault.PARTLY]))
    for one in range(4):
        sqs.put(SOURCE, f"body-{one}")
    run = replay(sqs)
    assert (run.account.replayed, run.account.failed, sqs.bodies(SOURCE)) == (
        2,
        {"InternalError": 2},
        ["body-1", "body-3"],
    )


def test_what_is_rejected_anew_meanwhile_waits_for_another_time() -> None:
    """A replay of what is always refused would never end."""
    sqs = FaultySqs()
    sqs.put(SOURCE, "again", sent=int(STARTED.timestamp() * 1000))
    run = replay(sqs)
    assert (run.account.left, sqs.bodies(SOURCE)) == ({"came while this ran": 1}, ["again"])


def test_failure_is_raised_with_what_was_done_until_then() -> None:
    """So that it can be told."""
    sqs = FaultySqs(iter([Fault.NONE] * 3 + [Fault.REFUSED]))
    for one in range(20):
        sqs.put(SOURCE, f"body-{one:02}")
    with pytest.raises(ClientError):
        replay(sqs)
    assert (len(sqs.bodies(EVENTS)), len(sqs.bodies(SOURCE))) == (10, 10)


# --- how fast, and until when --------------------------------------------------------------------


def test_no_more_than_the_rate_go_in_a_second() -> None:
    """Packs are no larger than what may go in one."""
    waits: list[float] = []

    def wait(seconds: float) -> bool:
        waits.append(seconds)
        return False

    pace = Pace(4, clock=lambda: sum(waits), wait=wait)
    sqs = FaultySqs()
    for one in range(10):
        sqs.put(SOURCE, f"body-{one}")
    replay(sqs, pace)
    assert waits == [0, 1, 1, 0.5]


def test_stop_is_heard_between_two_packs() -> None:
    """What has not been sent is in sight again."""
    answers = iter([False, True])
    pace = Pace(3, clock=lambda: 0, wait=lambda _: next(answers))
    sqs = FaultySqs()
    for one in range(10):
        sqs.put(SOURCE, f"body-{one}")
    run = replay(sqs, pace)
    left = sqs.queues[SOURCE].values()
    assert (run.account.replayed, len(left), [one for one in left if one.hidden]) == (3, 7, [])


def test_pack_is_full_by_count_or_by_bytes() -> None:
    """Never empty, and in order."""
    sqs = FaultySqs()
    half = "x" * (BYTES // 2)
    for body in (half, half, "a", "b", "c", "d"):
        sqs.put(SOURCE, body)
    with Reading(Queue(sqs.client, SOURCE)) as reading:
        (messages,) = list(reading)
    made = [[held.body[:1] for held in pack] for pack in packs(messages, 3)]
    assert made == [["x"], ["x", "a", "b"], ["c", "d"]]
