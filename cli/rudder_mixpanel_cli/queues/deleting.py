"""`rejected delete` and `dead delete`: delete messages that nobody needs."""

import time
from itertools import batched, chain, islice
from typing import Final

import orjson
import typer

from rudder_mixpanel.aws.sqs import ENTRIES
from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.confirmation import confirm
from rudder_mixpanel_cli.errors import FAILURE, CommandError, UsageError
from rudder_mixpanel_cli.progress import progress_bar
from rudder_mixpanel_cli.queues.cause_summary import CauseSummary
from rudder_mixpanel_cli.queues.coverage import Coverage
from rudder_mixpanel_cli.queues.filter import Filter
from rudder_mixpanel_cli.queues.listing import print_summary
from rudder_mixpanel_cli.queues.locate import source_queue
from rudder_mixpanel_cli.queues.options import (
    READ_LIMIT,
    DeleteOptions,
    QueueLocation,
    Selection,
)
from rudder_mixpanel_cli.queues.queue import VISIBILITY_TIMEOUT
from rudder_mixpanel_cli.queues.reader import MessageReader

# Seconds from the first read in which an answer counts: SQS shows the messages to others after the
# visibility timeout, and the deletions take time, too.
TIME_TO_ANSWER: Final = VISIBILITY_TIMEOUT - 300
NOTHING: Final = "nothing was deleted"


def delete_messages(location: QueueLocation, selection: Selection, options: DeleteOptions) -> None:
    """Show which messages match, ask, and delete exactly these.

    Raises typer.Exit when SQS does not confirm all deletions, UsageError without a selection, and
    CommandError when the answer is no, or when no message has one of the ids.
    """
    selected = Filter.from_selection(selection)
    if selected == Filter() and not options.everything:
        raise UsageError("expected ids, options that select messages, or --all")
    with report_aws_errors():
        queue = source_queue(location)
        status = queue.status()
        started = time.monotonic()
        with MessageReader(queue) as reader:
            summary, ids, found_ids = select_messages(reader, selected)
            coverage = Coverage(location.source.name, len(reader.seen), status, READ_LIMIT)
            show_selected(summary, coverage, options)
            if ids and not options.dry_run:
                confirm_deletion(len(ids), location.source.name, started, options)
                delete_all(reader, ids)
    if options.as_json:
        result = {"matching": len(ids), **deletion_as_json(reader), **summary.as_json()}
        typer.echo(orjson.dumps({**coverage.as_json(), **result}))
    else:
        print_deleted(reader, options)
    selected.check_found(found_ids)
    if reader.undeleted:
        typer.echo("Run the command again for what could not be deleted.", err=True)
        raise typer.Exit(FAILURE)


def select_messages(
    reader: MessageReader, selected: Filter
) -> tuple[CauseSummary, list[str], set[str]]:
    """The messages that match: a summary of their causes, their ids, and the wanted ids found.

    The messages themselves are not kept, because they may be large.
    """
    summary, ids = CauseSummary(quotes=False), []
    found_ids: set[str] = set()
    for message in islice(chain.from_iterable(reader), READ_LIMIT):
        if message in selected:
            summary.add(message)
            ids.append(message.id)
            found_ids |= selected.ids_in(message)
    return summary, ids, found_ids


def show_selected(summary: CauseSummary, coverage: Coverage, options: DeleteOptions) -> None:
    """Print which messages match, by cause: data with --dry-run, and else what the question is."""
    if options.as_json:
        return
    err = not options.dry_run
    print_summary(summary, err=err)
    for line in coverage.lines():
        typer.echo(line, err=err)


def confirm_deletion(count: int, name: str, started: float, options: DeleteOptions) -> None:
    """Ask for confirmation; raises CommandError when it is refused, or comes too late."""
    if options.confirm:
        one = count == 1
        messages = "this message" if one else f"these {count:,} messages"
        lost = f"{'It' if one else 'They'} cannot be restored."
        confirm(f"Delete {messages} from the {name}? {lost}", NOTHING)
    if time.monotonic() - started > TIME_TO_ANSWER:
        minutes = TIME_TO_ANSWER // 60
        late = f"the answer came after more than {minutes} minutes: {NOTHING}"
        raise CommandError(f"{late}; run the command again")


def delete_all(reader: MessageReader, ids: list[str]) -> None:
    """Delete messages, with a progress bar."""
    with progress_bar("deleting", len(ids)) as advance:
        for batch in batched(ids, ENTRIES, strict=False):
            reader.settle(batch)
            advance(len(batch))


def deletion_as_json(reader: MessageReader) -> dict[str, int]:
    """How many messages were deleted, and how many were not although they should."""
    undeleted = len(reader.undeleted)
    return {"deleted": len(reader.settled) - undeleted, "notDeleted": undeleted}


def print_deleted(reader: MessageReader, options: DeleteOptions) -> None:
    """Print how many messages were deleted, and how many were not although they should."""
    if options.dry_run:
        typer.echo("Nothing was deleted: this is a dry run.")
        return
    counts = deletion_as_json(reader)
    typer.echo(f"deleted   {counts['deleted']:,}")
    if counts["notDeleted"]:
        typer.echo(f"failed    {counts['notDeleted']:,}: SQS does not confirm the deletion")
