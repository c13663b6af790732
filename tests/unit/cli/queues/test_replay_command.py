"""`rudder-mixpanel rejected replay` and `dead replay`, with moto as AWS."""

import json

import boto3
import pytest

from rudder_mixpanel_cli.queues.queue import Queue
from tests.unit.cli.queues.stack_queues import (
    BODY,
    NAMELESS,
    REJECTED,
    REPLAYED,
    UNKNOWN,
    StackQueues,
    run,
)


def test_replay_sends_the_rejected_operations_with_their_first_time(stack: StackQueues) -> None:
    """And the unchanged event, without the reason of its rejection."""
    stack.put(stack.rejected, {**REJECTED, "operations": "import,groups $set #2"})
    done = run("rejected", "replay", "--yes")
    (message,) = stack.messages(stack.events)
    assert (done.stdout, message["Body"], message["MessageAttributes"]) == (
        "replayed  1\n1 read; the rejected queue has about 1.\n",
        BODY,
        {
            "firstSentAt": {"DataType": "String", "StringValue": REJECTED["firstSentAt"]},
            "firstRecordId": {"DataType": "String", "StringValue": REJECTED["firstRecordId"]},
            "operations": {"DataType": "String", "StringValue": "import,groups $set #2"},
        },
    )


def test_replay_empties_the_queue(stack: StackQueues) -> None:
    """With as many calls as that takes."""
    for _ in range(25):
        stack.put(stack.rejected, NAMELESS)
    run("rejected", "replay", "--yes")
    urls = (stack.rejected, stack.events)
    states = [Queue(boto3.client("sqs"), url).status() for url in urls]
    assert [(state.visible, state.in_flight) for state in states] == [(0, 0), (25, 0)]


def test_replay_leaves_other_messages_visible(stack: StackQueues) -> None:
    """And counts them."""
    stack.put(stack.rejected, REJECTED)
    stack.put(stack.rejected, NAMELESS)
    done = run("rejected", "replay", "--yes", "--code", "MISSING_EVENT_NAME")
    assert (done.stdout, stack.attributes(stack.rejected), stack.attributes(stack.events)) == (
        "replayed  1\nleft      1: not selected\n2 read; the rejected queue has about 2.\n",
        [REJECTED],
        [{"firstSentAt": NAMELESS["firstSentAt"]}],
    )


def test_unknown_outcome_is_not_replayed_by_default(stack: StackQueues) -> None:
    """Mixpanel may have applied it, and it would count twice."""
    stack.put(stack.rejected, UNKNOWN)
    done = run("rejected", "replay", "--yes")
    assert (done.exit_code, done.stdout, stack.attributes(stack.rejected)) == (
        0,
        (
            "replayed  0\nleft      1: outcome unknown; replay with --as-not-applied\n"
            "1 read; the rejected queue has about 1.\n"
        ),
        [UNKNOWN],
    )


def test_as_not_applied_replays_unknown_outcomes(stack: StackQueues) -> None:
    """Only they carry the attribute asNotApplied."""
    stack.put(stack.rejected, REJECTED)
    stack.put(stack.rejected, UNKNOWN)
    run("rejected", "replay", "--yes", "--as-not-applied")
    by_time = sorted(stack.attributes(stack.events), key=lambda sent: sent["firstSentAt"])
    assert by_time == [
        REPLAYED,
        {
            "firstSentAt": UNKNOWN["firstSentAt"],
            "operations": "engage $add",
            "asNotApplied": "true",
        },
    ]


@pytest.mark.usefixtures("somebody")
@pytest.mark.parametrize(
    ("answer", "left", "code"), [("y\n", 0, 0), ("n\n", 1, 1), ("", 1, 1)], ids=["yes", "no", "-"]
)
def test_replay_asks_for_confirmation(
    stack: StackQueues, answer: str, left: int, code: int
) -> None:
    """With the count and the destination; no answer means no."""
    stack.put(stack.rejected, NAMELESS)
    done = run("rejected", "replay", answer=answer)
    question = (
        f"The rejected queue has about 1 messages.\nSend all of them to {stack.events}? [y/N] "
    )
    rejected = stack.attributes(stack.rejected)
    assert (done.exit_code, done.stderr[: len(question)], len(rejected)) == (code, question, left)


def test_replay_selects_by_id(stack: StackQueues) -> None:
    """The messageId of the event."""
    stack.put(stack.rejected, NAMELESS)
    stack.put(stack.rejected, NAMELESS, BODY.replace("m-1", "m-2"))
    run("rejected", "replay", "--yes", "m-2")
    assert [message["Body"] for message in stack.messages(stack.events)] == [
        BODY.replace("m-1", "m-2")
    ]


@pytest.mark.parametrize("mode", ["--yes", "--dry-run", "--json --yes"])
def test_id_that_no_message_has_is_an_error(stack: StackQueues, mode: str) -> None:
    """Those that are found are sent nevertheless."""
    stack.put(stack.rejected, NAMELESS)
    done = run("rejected", "replay", "nope", "m-1", *mode.split())
    assert (done.exit_code, done.stderr.splitlines()[-1], len(stack.messages(stack.events))) == (
        1,
        "rudder-mixpanel: no message that was read has the id nope",
        0 if mode == "--dry-run" else 1,
    )


def test_dry_run_replays_nothing(stack: StackQueues) -> None:
    """It counts what it would replay, and what it would leave."""
    stack.put(stack.rejected, NAMELESS)
    stack.put(stack.rejected, UNKNOWN)
    done = run("rejected", "replay", "--dry-run")
    assert (done.stdout.splitlines()[:2], len(stack.messages(stack.rejected))) == (
        [
            "would be replayed  1",
            "left      1: outcome unknown; replay with --as-not-applied",
        ],
        2,
    )


def test_replay_as_json_is_one_document(stack: StackQueues) -> None:
    """With what was read of how many."""
    stack.put(stack.rejected, NAMELESS)
    stack.put(stack.rejected, UNKNOWN)
    assert json.loads(run("rejected", "replay", "--yes", "--json").stdout) == {
        "queue": "rejected queue",
        "read": 2,
        "visible": 2,
        "hidden": 0,
        "replayed": 1,
        "left": {"outcome unknown; replay with --as-not-applied": 1},
        "failed": {},
        "notDeleted": 0,
    }


def test_dead_record_is_replayed_with_its_attributes(stack: StackQueues) -> None:
    """It may be a replay itself; attributes that the function does not use are left out."""
    attributes = {**REPLAYED, "operations": "engage $add", "other": "not ours"}
    stack.put(stack.dead, attributes, '{"batch":[]}')
    run("dead", "replay", "--yes")
    (message,) = stack.messages(stack.events)
    assert (message["Body"], sorted(message["MessageAttributes"])) == (
        '{"batch":[]}',
        ["firstRecordId", "firstSentAt", "operations"],
    )


@pytest.mark.parametrize("queue", ["rejected", "dead"])
def test_an_event_of_a_backfill_stays_one(stack: StackQueues, queue: str) -> None:
    """Replayed, it still updates no profile that it was not to update."""
    stack.put(getattr(stack, queue), {**REPLAYED, "backfill": "once"})
    run(queue, "replay", "--yes")
    assert stack.attributes(stack.events) == [{**REPLAYED, "backfill": "once"}]


def test_dead_record_without_a_first_time_keeps_its_sent_time(stack: StackQueues) -> None:
    """A redrive changes neither that time nor the id, and the function dates events by it."""
    record_id = stack.put(stack.dead, {})
    (before,) = (json.loads(line) for line in run("dead", "show").stdout.splitlines())
    run("dead", "replay", "--yes")
    assert stack.attributes(stack.events) == [
        {"firstSentAt": before["firstSentAt"], "firstRecordId": record_id}
    ]


def test_dead_record_marked_as_not_applied_needs_the_option_again(stack: StackQueues) -> None:
    """Mixpanel may have applied it before the function failed."""
    stack.put(stack.dead, {**REPLAYED, "asNotApplied": "true"})
    run("dead", "replay", "--yes")
    before = stack.attributes(stack.events)
    run("dead", "replay", "--yes", "--as-not-applied")
    after = stack.attributes(stack.events)
    assert (before, after) == ([], [{**REPLAYED, "asNotApplied": "true"}])


def test_event_that_is_too_large_stays_and_is_reported(stack: StackQueues) -> None:
    """The others are replayed."""
    boto3.client("sqs").set_queue_attributes(
        QueueUrl=stack.events, Attributes={"MaximumMessageSize": "1024"}
    )
    stack.put(stack.rejected, NAMELESS, "x" * 1000)
    stack.put(stack.rejected, NAMELESS)
    done = run("rejected", "replay", "--yes")
    assert (done.exit_code, done.stdout, len(stack.messages(stack.rejected))) == (
        1,
        (
            "replayed  1\nfailed    1: larger than the events queue allows (1,024 bytes)\n"
            "2 read; the rejected queue has about 2.\n"
        ),
        1,
    )


def test_largest_events_are_sent_one_by_one(stack: StackQueues) -> None:
    """SQS accepts at most 1 MiB a call."""
    for _ in range(3):
        stack.put(stack.rejected, NAMELESS, "x" * 1_000_000)
    assert run("rejected", "replay", "--yes").stdout.startswith("replayed  3\n")
