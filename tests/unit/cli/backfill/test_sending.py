"""Records are sent until SQS has all of them, at a pace, and each step is remembered."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
from botocore.exceptions import ClientError

from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.delivery.backfill import BackfillMode
from rudder_mixpanel_cli.backfill.checkpoint import (
    BackfillPlan,
    Checkpoint,
    read_checkpoint,
    write_checkpoint,
)
from rudder_mixpanel_cli.backfill.chunk import RecordChunk
from rudder_mixpanel_cli.backfill.counts import EventCounts
from rudder_mixpanel_cli.backfill.pace import MOST_IN_FLIGHT, MOST_UNREAD, Pace
from rudder_mixpanel_cli.backfill.reading import Position
from rudder_mixpanel_cli.backfill.sending import BackfillSender
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.queues.queue import QueueStatus
from rudder_mixpanel_cli.queues.rate_limit import RateLimit
from tests.fakes.sqs.client import QUEUE_URL, MemorySqsClient, client_error, no_connection

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

PLAN = BackfillPlan(QUEUE_URL, "inputs", "none", counters=False, retention_days=730)
START = Checkpoint(PLAN, "", 0, 2)


class Waiting:
    """Waits without time; the user stops at the n-th pause."""

    def __init__(self, stops_at: int = 1000) -> None:
        self.pauses: list[float] = []
        self.stops_at = stops_at

    def __call__(self, seconds: float) -> bool:
        """Pause, unless it is for no time."""
        if seconds > 0:
            self.pauses.append(seconds)
        return len(self.pauses) >= self.stops_at


def sender(sqs: MemorySqsClient, file: Path, wait: Waiting, *seen: QueueStatus) -> BackfillSender:
    """A sender that sees these counts of the queue, and then an empty one."""
    looks = iter(seen)
    pace = Pace(lambda: next(looks, QueueStatus(0, 0, 1)), wait)
    rate = RateLimit(None, clock=lambda: 0.0, wait=wait)
    queue = Queue(cast("SQSClient", sqs), QUEUE_URL)
    return BackfillSender(queue, BackfillMode(), pace, rate, wait, file)


def chunks(*bodies: list[str]) -> Iterator[RecordChunk]:
    """Chunks of records of one event."""
    for number, events in enumerate(bodies):
        chunk = RecordChunk(position=Position(0, number, 1))
        for event in events:
            chunk.add(event.encode())
        yield chunk


def big(name: str) -> str:
    """An event that fills a record."""
    return f'"{name * 60_000}"'


@pytest.mark.parametrize(
    "failure",
    [client_error("ThrottlingException"), no_connection(), {big("a")}, {big("a"), big("b")}],
    ids=["throttled", "unreachable", "partly", "not at all"],
)
def test_what_sqs_does_not_accept_is_sent_again(tmp_path: Path, failure: Any) -> None:
    """Alone, after a pause, until it is accepted."""
    sqs, wait = MemorySqsClient(failure), Waiting()
    run = sender(sqs, tmp_path / "file", wait)
    last = run.run(chunks([big("a"), big("b")]), START, EventCounts(), lambda _: None)
    assert (sorted(sqs.bodies), last.finished, wait.pauses) == ([big("a"), big("b")], True, [0.2])


def test_a_call_that_sqs_never_accepts_ends_the_command(tmp_path: Path) -> None:
    """Without a repetition, and the checkpoint is where it was."""
    sqs, wait = MemorySqsClient(client_error("AccessDenied")), Waiting()
    run = sender(sqs, tmp_path / "file", wait)
    with pytest.raises(ClientError, match="AccessDenied"):
        run.run(chunks(["1"]), START, EventCounts(), lambda _: None)
    assert (wait.pauses, (tmp_path / "file").exists()) == ([], False)


def test_after_a_minute_the_command_gives_up_and_says_how_to_go_on(tmp_path: Path) -> None:
    """The pauses grow."""
    sqs, wait = MemorySqsClient(*[no_connection()] * 20), Waiting()
    with pytest.raises(CommandError, match="run the same command again"):
        sender(sqs, tmp_path / "file", wait).run(
            chunks(["1"]), START, EventCounts(), lambda _: None
        )
    assert (wait.pauses[:3], sum(wait.pauses) > 50) == ([0.2, 0.4, 0.8], True)


def test_a_stop_leaves_the_checkpoint_behind_what_was_sent(tmp_path: Path) -> None:
    """The second chunk waits for the queue, where the user stops it."""
    file, full = tmp_path / "file", QueueStatus(MOST_UNREAD, 0, 1)
    sqs, wait = MemorySqsClient(), Waiting(stops_at=1)
    run = sender(sqs, file, wait, QueueStatus(MOST_UNREAD - 1, 0, 1), full)
    last = run.run(chunks(["1"], ["2"]), START, EventCounts(), lambda _: None)
    assert (sqs.bodies, last.position, last.finished, read_checkpoint(file, PLAN)) == (
        ["1"],
        Position(0, 0, 1),
        False,
        last,
    )


@pytest.mark.parametrize(
    ("status", "weight", "pauses"),
    [
        (QueueStatus(0, 0, 1), 10, 0),
        (QueueStatus(MOST_UNREAD - 10, 0, 1), 10, 0),
        (QueueStatus(MOST_UNREAD - 9, 0, 1), 10, 1),
        (QueueStatus(0, MOST_IN_FLIGHT + 1, 1), 10, 1),
        (QueueStatus(0, 0, 1), MOST_UNREAD + 1, 0),
    ],
    ids=["empty", "fits", "too many wait", "kept ones in flight", "larger than all"],
)
def test_pace_pauses_while_records_wait(status: QueueStatus, weight: int, pauses: int) -> None:
    """Whoever has sent them, until there is room."""
    looks, wait = iter([status, QueueStatus(0, 0, 1)]), Waiting()
    pace = Pace(lambda: next(looks), wait)
    assert (pace.acquire(weight), len(wait.pauses)) == (True, pauses)


def test_a_checkpoint_is_read_as_it_was_written(tmp_path: Path) -> None:
    """With all counts and examples."""
    counts = EventCounts(read=3, to_send=1)
    counts.refused["NO_TIME"], counts.left_out["no consent"] = 1, 1
    counts.examples["NO_TIME"] = ["file, line 1"]
    checkpoint = START.advanced(Position(1, 2, 3), counts, 7, finished=True)
    write_checkpoint(tmp_path / "file", checkpoint)
    assert (read_checkpoint(tmp_path / "file", PLAN), list(tmp_path.iterdir())) == (
        checkpoint,
        [tmp_path / "file"],
    )


def test_a_checkpoint_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    """Of one line."""
    with pytest.raises(CommandError, match="the checkpoint cannot be written: No such file"):
        write_checkpoint(tmp_path / "nowhere" / "file", START)
