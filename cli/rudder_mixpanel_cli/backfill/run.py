"""A run of a backfill: the account and the questions of its start, or what its checkpoint left."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import typer

from rudder_mixpanel.aws.sqs import Queue as SendingQueue
from rudder_mixpanel_cli.backfill.account import BackfillAccount
from rudder_mixpanel_cli.backfill.checkpoint import BackfillPlan, Checkpoint, identity_of
from rudder_mixpanel_cli.backfill.chunk import pack_chunks
from rudder_mixpanel_cli.backfill.evaluation import Evaluator
from rudder_mixpanel_cli.backfill.options import BackfillOptions
from rudder_mixpanel_cli.backfill.pace import Pace
from rudder_mixpanel_cli.backfill.reading import START, evaluate_inputs
from rudder_mixpanel_cli.backfill.sending import BackfillSender
from rudder_mixpanel_cli.backfill.status import StatusLine, progress_line
from rudder_mixpanel_cli.confirmation import confirm
from rudder_mixpanel_cli.events_input.inputs import Input
from rudder_mixpanel_cli.queues.interrupt import Interrupt
from rudder_mixpanel_cli.queues.queue import Queue
from rudder_mixpanel_cli.queues.rate_limit import RateLimit
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.phrases import counted

NOTHING_SENT: Final = "nothing was sent"
COUNT_TWICE: Final = (
    "The stack remembers for 60 days which counters it has sent. Those that it, or RudderStack, "
    "sent to this project before that count twice."
)


@dataclass(frozen=True, slots=True)
class BackfillRun:
    """What is sent from where to where; `file` is the checkpoint."""

    stack: str
    inputs: Sequence[Input]
    evaluator: Evaluator
    events: Queue
    rejected: Queue
    file: Path
    options: BackfillOptions

    @property
    def plan(self) -> BackfillPlan:
        """What the checkpoint must be of."""
        options, inputs = self.options, identity_of(self.inputs)
        profiles, days = str(options.profiles), options.retention_days
        return BackfillPlan(self.events.url, inputs, profiles, options.counters, days)

    def start(self) -> Checkpoint:
        """Show the account, ask whether to send all that, and return the first checkpoint.

        Raises CommandError when the answer is no, and UsageError when nobody can answer.
        """
        account = take_account(self.inputs, self.evaluator)
        for line in account.lines(self.options.rate):
            typer.echo(line, err=True)
        if not self.options.confirmed:
            if count := account.amounts["counters"]:
                confirm(f"{COUNT_TWICE} Send {counted(count, 'counter')}?", NOTHING_SENT)
            events = counted(account.counts.to_send, "event")
            confirm(f"Send {events} through {self.stack}?", NOTHING_SENT)
        started = current_time().isoformat(timespec="seconds")
        waiting = self.rejected.status().visible
        return Checkpoint(self.plan, started, waiting, account.counts.read)

    def send_rest(self, checkpoint: Checkpoint, interrupt: Interrupt) -> Checkpoint:
        """Send what is behind a checkpoint, until the end or Ctrl-C; return the last one."""
        wait, clock = interrupt.wait, time.monotonic
        sender = BackfillSender(
            SendingQueue(self.events.sqs, self.events.url),
            self.options.mode,
            Pace(self.events.status, wait),
            RateLimit(self.options.rate, clock=clock, wait=wait),
            wait,
            self.file,
        )
        status, counts = StatusLine(clock), checkpoint.counts
        events = evaluate_inputs(self.inputs, self.evaluator, checkpoint.position)
        show = status_of_run(status, checkpoint)
        last = sender.run(pack_chunks(events, counts.add), checkpoint, counts, show)
        status.end()
        return last


def take_account(inputs: Sequence[Input], evaluator: Evaluator) -> BackfillAccount:
    """Read all inputs, and count what would be sent."""
    account, status = BackfillAccount(), StatusLine(time.monotonic)

    def show(account: BackfillAccount) -> None:
        status.show(lambda: f"reading: {counted(account.counts.read, 'event')}")

    account.take(evaluate_inputs(inputs, evaluator, START), show)
    status.end()
    return account


def status_of_run(status: StatusLine, first: Checkpoint) -> Callable[[Checkpoint], None]:
    """Shows how far a run is that began at a checkpoint."""
    began, before = status.clock(), first.counts.read

    def show(checkpoint: Checkpoint) -> None:
        read, seconds = checkpoint.counts.read, status.clock() - began
        status.show(
            lambda: progress_line(
                read, checkpoint.expected, checkpoint.records, read - before, seconds
            )
        )

    return show
