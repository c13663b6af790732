"""What `rudder-mixpanel send` does."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4  # noqa: TID251 - a new event needs a new id

import orjson
import typer

from rudder_mixpanel.aws.sqs import Queue, message_batches
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel.receiving.enrich import Arrival
from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.confirmation import confirm, is_terminal
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import FAILURE, CommandError, UsageError
from rudder_mixpanel_cli.events_input.bodies import read_inputs
from rudder_mixpanel_cli.send.prepare import PreparedEvent, prepare_events
from rudder_mixpanel_cli.terminal import printable
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.actions import follow_up, use_patient_client
from rudder_mixpanel_cli.where.answer import WhereOutcome
from rudder_mixpanel_cli.where.investigation import Investigation
from rudder_mixpanel_cli.where.phrases import counted
from rudder_mixpanel_cli.where.searched_id import SearchedId

# More is a load and not a test: each is a record of its own, and is looked for in the log.
MOST_EVENTS: Final = 1000
# How far this machine's clock may be ahead of AWS's.
CLOCK_SKEW: Final = timedelta(seconds=30)
COUNTS: Final = "They are stored in its Mixpanel project, and count there like any others."


def send_events(
    stack: DeployedStack, files: Sequence[Path], *, follow: bool, confirmed: bool, as_json: bool
) -> None:
    """Send the events in files, and print their ids.

    Raises UsageError when a part of them is not an event, CommandError when SQS does not accept all
    of them, and typer.Exit when one that is followed is not delivered.
    """
    now = current_time()
    arrival = Arrival((now - EPOCH) // MILLISECOND, None, lambda: str(uuid4()))
    events = list(prepare_events(read_inputs(files), arrival))
    if not events:
        raise UsageError("the input has no event")
    if len(events) > MOST_EVENTS:
        raise UsageError(f"{len(events):,} events; expected at most {MOST_EVENTS:,} for a test")
    if not confirmed:
        ask(events, stack)
    with report_aws_errors():
        put_on_queue(stack, events, as_json=as_json)
        if follow and not all_delivered(stack, events, now, as_json=as_json):
            raise typer.Exit(FAILURE)
    if not follow and not as_json:
        typer.echo("Follow them with --follow, or ask: rudder-mixpanel where ID --follow", err=True)


def ask(events: Sequence[PreparedEvent], stack: DeployedStack) -> None:
    """Ask before anything is sent. Raises UsageError when nobody can answer."""
    if not is_terminal():
        raise UsageError("stdin is not a terminal: confirm with --yes, or look with preview")
    count = counted(len(events), "event")
    confirm(f"Send {count} through {stack.name}? {COUNTS}", otherwise="nothing was sent")


def put_on_queue(stack: DeployedStack, events: Sequence[PreparedEvent], *, as_json: bool) -> None:
    """Put each event on the events queue, and print those that SQS accepts at once.

    Raises CommandError when it does not accept all.
    """
    queue = Queue(stack.client("sqs"), stack.output("EventsQueueUrl"))
    messages = [event.record for event in events]
    missing = set(range(len(events)))
    for batch in message_batches(messages):
        sent = sorted(queue.send_batch(messages, batch))
        print_sent([events[index] for index in sent], as_json=as_json)
        missing.difference_update(sent)
    if missing:
        accepted = f"{len(events) - len(missing):,} of {counted(len(events), 'event')}"
        raise CommandError(
            f"SQS accepted {accepted}, and not the one of {events[min(missing)].place}"
        )


def print_sent(events: Sequence[PreparedEvent], *, as_json: bool) -> None:
    """Print the id of each event, by which it can be asked for."""
    for event in events:
        if as_json:
            sent = {"messageId": event.message_id, "sent": True, "from": event.place}
            typer.echo(orjson.dumps(sent))
        else:
            place = f"{event.name}, {event.place}"
            typer.echo(f"{printable(event.message_id)}: sent ({printable(place)}).")


def all_delivered(
    stack: DeployedStack, events: Sequence[PreparedEvent], sent_at: datetime, *, as_json: bool
) -> bool:
    """Follow the events to their end; whether all were delivered."""
    use_patient_client(stack)
    ids = [SearchedId.of(text) for text in dict.fromkeys(event.message_id for event in events)]
    times = {searched.text: sent_at for searched in ids}
    investigation = Investigation(stack, ids, sent_at - CLOCK_SKEW, sent_at=times)
    answers = follow_up(investigation, investigation.answers(sent_at), sent_at, as_json=as_json)
    return all(answer.outcome is WhereOutcome.DELIVERED for answer, _ in answers.values())
