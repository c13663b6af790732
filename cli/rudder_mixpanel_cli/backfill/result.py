"""What became of a backfill, as text and as JSON, and its exit status."""

from pathlib import Path
from typing import Final

import orjson
import typer

from rudder_mixpanel_cli.backfill.checkpoint import Checkpoint
from rudder_mixpanel_cli.backfill.counts import INDENT
from rudder_mixpanel_cli.errors import FAILURE, exit_interrupted
from rudder_mixpanel_cli.terminal import wrapped
from rudder_mixpanel_cli.where.phrases import counted

LATER: Final = "delivery goes on: look again in some minutes"


def print_backfill_result(
    checkpoint: Checkpoint, rejected: int, stack: str, file: Path, *, as_json: bool
) -> None:
    """Print what was sent, left out and refused; `rejected` is by how much that queue has grown."""
    counts = checkpoint.counts
    if as_json:
        result = {
            "read": counts.read,
            "sent": counts.to_send,
            "records": checkpoint.records,
            "leftOut": dict(counts.left_out),
            "refused": dict(counts.refused),
            "examples": counts.examples,
            "newInRejectedQueue": rejected,
            "startedAt": checkpoint.started_at,
            "finished": checkpoint.finished,
            "checkpoint": str(file),
        }
        typer.echo(orjson.dumps(result))
        return
    sent = f"{counted(counts.to_send, 'event')} in {counted(checkpoint.records, 'record')}"
    typer.echo(f"{'read':<{INDENT}}{counts.read:,} of {counted(checkpoint.expected, 'event')}")
    typer.echo(f"{'sent':<{INDENT}}{sent}, started at {checkpoint.started_at}")
    for line in counts.lines():
        typer.echo(line)
    more = counted(rejected, "event")
    listed = f"rudder-mixpanel rejected list --stack {stack}"
    typer.echo(
        wrapped(
            f"about {more} more in the rejected queue than at the start ({LATER}); list all "
            f"with {listed}",
            f"{'rejected':<{INDENT}}",
        )
    )
    if checkpoint.finished:
        again = f"{file} says that it is finished; with --restart, it is sent again"
        typer.echo(wrapped(again, f"{'finished':<{INDENT}}"))


def advice_after(file: Path) -> str:
    """What to do after a stop."""
    return f"run the same command again to go on from {file}"


def exit_after_backfill(checkpoint: Checkpoint, rejected: int, file: Path) -> None:
    """Raise typer.Exit when a backfill was stopped, or when events are refused or rejected."""
    if not checkpoint.finished:
        raise exit_interrupted(advice_after(file))
    if checkpoint.counts.refused or rejected:
        raise typer.Exit(FAILURE)
