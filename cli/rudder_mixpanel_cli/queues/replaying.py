"""`rejected replay` and `dead replay`: send messages to the events queue again."""

import time
from typing import Any

import orjson
import typer

from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.confirmation import confirm
from rudder_mixpanel_cli.errors import FAILURE, exit_interrupted
from rudder_mixpanel_cli.progress import progress_bar
from rudder_mixpanel_cli.queues.coverage import Coverage
from rudder_mixpanel_cli.queues.filter import Filter
from rudder_mixpanel_cli.queues.interrupt import Interrupt, handle_ctrl_c
from rudder_mixpanel_cli.queues.locate import source_and_events_queue
from rudder_mixpanel_cli.queues.options import QueueLocation, ReplayOptions, Selection
from rudder_mixpanel_cli.queues.queue import Queue, QueueStatus
from rudder_mixpanel_cli.queues.rate_limit import RateLimit
from rudder_mixpanel_cli.queues.reader import MessageReader
from rudder_mixpanel_cli.queues.replay import Replay, ReplayResult
from rudder_mixpanel_cli.terminal import printable, wrapped
from rudder_mixpanel_cli.times import current_time


def replay_messages(location: QueueLocation, selection: Selection, options: ReplayOptions) -> None:
    """Replay messages and print the result, also after an error.

    Raises typer.Exit when the replay is interrupted, or when messages fail, and CommandError
    when no message has one of the ids.
    """
    selected = Filter.from_selection(selection)
    with report_aws_errors():
        source, events = source_and_events_queue(location)
        status, largest = source.status(), events.status().largest
    if options.confirm and not options.dry_run:
        confirm_replay(location.source.name, status.visible, events, selected)
    with handle_ctrl_c() as interrupt:
        replay = Replay(
            reader=MessageReader(source),
            events=events,
            selected=selected,
            started=current_time(),
            largest=largest,
            rate_limit=RateLimit(options.rate, clock=time.monotonic, wait=interrupt.wait),
            as_not_applied=options.as_not_applied,
            dry_run=options.dry_run,
        )
        run_replay(replay, location.source.name, status, options)
    exit_after(replay, interrupt)


def confirm_replay(name: str, visible: int, events: Queue, selected: Filter) -> None:
    """Ask for confirmation; raises CommandError unless the answer is yes."""
    which = "all of them" if selected == Filter() else "those that match the options"
    typer.echo(f"The {name} has about {visible:,} messages.", err=True)
    confirm(f"Send {which} to {events.url}?", "nothing was sent")


def run_replay(replay: Replay, name: str, status: QueueStatus, options: ReplayOptions) -> None:
    """Run a replay with a progress bar, and print the result even when it raises."""
    try:
        with (
            report_aws_errors(),
            progress_bar("replaying", status.visible) as advance,
            replay.reader,
        ):
            replay.run(advance)
    finally:
        undeleted = len(replay.reader.undeleted)
        coverage = Coverage(name, len(replay.reader.seen), status)
        if options.as_json:
            typer.echo(orjson.dumps(result_as_json(replay, undeleted, coverage)))
        else:
            print_result(replay.result, undeleted, dry_run=replay.dry_run)
            for line in coverage.lines():
                typer.echo(line)


def result_as_json(replay: Replay, undeleted: int, coverage: Coverage) -> dict[str, Any]:
    """The result as JSON, with the same content as the text."""
    result = replay.result
    return {
        **coverage.as_json(),
        "wouldReplay" if replay.dry_run else "replayed": result.replayed,
        "left": dict(result.left),
        "failed": dict(result.failed),
        "notDeleted": undeleted,
    }


def print_result(result: ReplayResult, undeleted: int, *, dry_run: bool) -> None:
    """Print how many messages were replayed, left or failed, and why."""
    typer.echo(f"{'would be replayed  ' if dry_run else 'replayed':<10}{result.replayed:,}")
    for name, reasons in (("left", result.left), ("failed", result.failed)):
        for reason, count in reasons.most_common():
            typer.echo(wrapped(f"{count:,}: {printable(reason)}", f"{name:<10}"))
    if undeleted:
        typer.echo(
            wrapped(f"{undeleted:,} could not be deleted; a replay sends them again", "of these  ")
        )


def exit_after(replay: Replay, interrupt: Interrupt) -> None:
    """Raise typer.Exit when a replay was interrupted, or when messages failed.

    Raises CommandError when no message has one of the ids.
    """
    if interrupt.requested:
        raise exit_interrupted("run the same command again to send the rest")
    replay.selected.check_found(replay.found_ids)
    if replay.result.failed or replay.reader.undeleted:
        raise typer.Exit(FAILURE)
