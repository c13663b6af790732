"""What the queue commands do."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from typing import Any, Final

import orjson
import typer

from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.errors import FAILURE, INTERRUPTED
from rudder_mixpanel_cli.queues.cause_summary import CauseSummary, printable, safe_attributes
from rudder_mixpanel_cli.queues.filter import Filter
from rudder_mixpanel_cli.queues.interrupt import Interrupt, handle_ctrl_c
from rudder_mixpanel_cli.queues.locate import source_and_events_queue, source_queue
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.queues.options import (
    READ_LIMIT,
    QueueLocation,
    ReplayOptions,
    Selection,
)
from rudder_mixpanel_cli.queues.queue import Queue, QueueStatus
from rudder_mixpanel_cli.queues.rate_limit import RateLimit
from rudder_mixpanel_cli.queues.reader import MessageReader
from rudder_mixpanel_cli.queues.replay import Replay, ReplayResult
from rudder_mixpanel_cli.times import current_time

PERSONAL_DATA_NOTICE: Final = "This is personal data: do not save it to files or paste it in chats."


def list_causes(location: QueueLocation, *, limit: int, quotes: bool) -> None:
    """Print the causes of up to `limit` messages, and how many messages were read."""
    summary = CauseSummary(quotes=quotes)
    with report_aws_errors():
        queue = source_queue(location)
        status = queue.status()
        with MessageReader(queue) as reader:
            for message in islice(chain.from_iterable(reader), limit):
                summary.add(message)
    for line in summary.lines():
        typer.echo(line)
    print_coverage(summary, status, location.source.name, limit)


def print_coverage(summary: CauseSummary, status: QueueStatus, name: str, limit: int) -> None:
    """Print what a list leaves out."""
    if summary.left_out:
        typer.echo("Mixpanel's messages can contain personal data; --quotes shows them.")
    typer.echo(f"{summary.count:,} read; the {name} has about {status.visible:,}.")
    if status.in_flight:
        typer.echo(f"About {status.in_flight:,} more are hidden: another consumer reads them.")
    if summary.count < min(status.visible, limit):
        typer.echo("SQS does not always return all messages; run the command again for the rest.")


def show_messages(
    location: QueueLocation, selection: Selection, *, limit: int, quotes: bool, body: bool
) -> None:
    """Print messages as JSON, one a line, or indented on a terminal."""
    selected = Filter.from_selection(selection)
    with report_aws_errors(), MessageReader(source_queue(location)) as reader:
        messages = islice(chain.from_iterable(reader), READ_LIMIT)
        matches = islice((message for message in messages if message in selected), limit)
        shown = [describe_message(message, quotes=quotes, body=body) for message in matches]
    if shown and body:
        typer.echo(PERSONAL_DATA_NOTICE, err=True)
    indent = orjson.OPT_INDENT_2 if sys.stdout.isatty() else None
    for description in shown:
        typer.echo(orjson.dumps(description, option=indent))
    if not shown:
        typer.echo(f"None of {len(reader.seen):,} messages match.", err=True)


def describe_message(message: QueuedMessage, *, quotes: bool, body: bool) -> dict[str, Any]:
    """A message as JSON; personal data only with `quotes` or `body`."""
    description = {
        "id": message.id,
        "firstSentAt": message.first_sent_at.isoformat(),
        "bytes": message.outgoing.size,
        **safe_attributes(message, quotes=quotes or body),
    }
    return description | ({"body": decode_body(message.body)} if body else {})


def decode_body(body: str) -> Any:
    """The JSON of a body; the text itself when it is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body


def replay_messages(location: QueueLocation, selection: Selection, options: ReplayOptions) -> None:
    """Replay messages and print the result, also after an error.

    Raises typer.Exit when the replay is interrupted, or when messages fail.
    """
    selected = Filter.from_selection(selection)
    with report_aws_errors():
        source, events = source_and_events_queue(location)
        visible, largest = source.status().visible, events.status().largest
    if options.confirm:
        confirm_replay(location.source.name, visible, events, selected)
    with handle_ctrl_c() as interrupt:
        replay = Replay(
            reader=MessageReader(source),
            events=events,
            selected=selected,
            started=current_time(),
            largest=largest,
            rate_limit=RateLimit(options.rate, clock=time.monotonic, wait=interrupt.wait),
            as_not_applied=options.as_not_applied,
        )
        run_replay(replay, visible)
    exit_after(replay, interrupt)


def confirm_replay(name: str, visible: int, events: Queue, selected: Filter) -> None:
    """Ask for confirmation; raises typer.Abort unless the answer is yes."""
    which = "all of them" if selected == Filter() else "those that match the options"
    typer.echo(f"The {name} has about {visible:,} messages.", err=True)
    typer.confirm(f"Send {which} to {events.url}?", abort=True, err=True)


def run_replay(replay: Replay, total: int) -> None:
    """Run a replay with a progress bar, and print the result even when it raises."""
    try:
        with report_aws_errors(), progress_bar(total) as advance, replay.reader:
            replay.run(advance)
    finally:
        print_result(replay.result, len(replay.reader.undeleted))


def print_result(result: ReplayResult, undeleted: int) -> None:
    """Print how many messages were replayed, left or failed, and why."""
    typer.echo(f"replayed  {result.replayed:,}")
    for name, reasons in (("left", result.left), ("failed", result.failed)):
        for reason, count in reasons.most_common():
            typer.echo(f"{name:<10}{count:,}: {printable(reason)}")
    if undeleted:
        typer.echo(f"of these  {undeleted:,} could not be deleted; a replay sends them again")


def exit_after(replay: Replay, interrupt: Interrupt) -> None:
    """Raise typer.Exit when a replay was interrupted, or when messages failed."""
    if interrupt.requested:
        raise typer.Exit(INTERRUPTED)
    if replay.result.failed or replay.reader.undeleted:
        raise typer.Exit(FAILURE)


@contextmanager
def progress_bar(total: int) -> Iterator[Callable[[int], None]]:
    """A progress bar on a terminal; yields the function that advances it."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    # Imported here because only a terminal shows it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replaying", total=total)
        yield lambda count: bar.advance(task, count)
