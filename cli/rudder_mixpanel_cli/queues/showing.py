"""`rejected show` and `dead show`: single messages."""

import sys
from collections.abc import Iterator
from itertools import chain, islice
from typing import Any, Final

import orjson
import typer

from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.queues.cause_summary import DEAD, advice, safe_attributes
from rudder_mixpanel_cli.queues.coverage import Coverage
from rudder_mixpanel_cli.queues.event_names import event_names
from rudder_mixpanel_cli.queues.filter import Filter
from rudder_mixpanel_cli.queues.locate import source_queue
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.queues.options import READ_LIMIT, QueueLocation, Selection, ShowOptions
from rudder_mixpanel_cli.queues.reader import MessageReader
from rudder_mixpanel_cli.terminal import colored, printable, wrapped
from rudder_mixpanel_cli.times import minute

PERSONAL_DATA_NOTICE: Final = "This is personal data: do not save it to files or paste it in chats."
# Events of one message that are named: a record can hold thousands.
MOST_EVENTS: Final = 10


def show_messages(location: QueueLocation, selection: Selection, options: ShowOptions) -> None:
    """Print messages: as text on a terminal, else as JSON, one a line.

    Raises CommandError when there is no message with an id.
    """
    selected = Filter.from_selection(selection)
    with report_aws_errors():
        queue = source_queue(location)
        status = queue.status()
        with MessageReader(queue) as reader:
            messages = list(islice(matching(reader, selected), options.limit))
    coverage = Coverage(location.source.name, len(reader.seen), status, READ_LIMIT)
    if messages and options.body:
        typer.echo(PERSONAL_DATA_NOTICE, err=True)
    for message in messages:
        print_message(message, options)
    print_coverage(coverage, len(messages), options)
    selected.check_found(chain.from_iterable(map(selected.ids_in, messages)))


def matching(reader: MessageReader, selected: Filter) -> Iterator[QueuedMessage]:
    """The messages that match, among those that one command reads."""
    messages = islice(chain.from_iterable(reader), READ_LIMIT)
    return (message for message in messages if message in selected)


def print_coverage(coverage: Coverage, shown: int, options: ShowOptions) -> None:
    """Print on stderr how many messages match, of how many."""
    more = f" as --limit {options.limit} allows" if shown == options.limit else ""
    typer.echo(f"{shown:,} shown{more}.", err=True)
    for line in coverage.lines():
        typer.echo(line, err=True)


def print_message(message: QueuedMessage, options: ShowOptions) -> None:
    """Print a message as text on a terminal, else or with --json as JSON."""
    description = describe_message(message, quotes=options.quotes, body=options.body)
    if options.as_json or not sys.stdout.isatty():
        typer.echo(orjson.dumps(description))
        return
    for line in message_lines(message, description):
        typer.echo(line)


def describe_message(message: QueuedMessage, *, quotes: bool, body: bool) -> dict[str, Any]:
    """A message as JSON; personal data only with `quotes` or `body`."""
    names = list(event_names(message, quotes=quotes or body))
    events = [
        {key: text for key, text in (*name._asdict().items(), ("messageId", id_)) if text}
        for name, id_ in names[:MOST_EVENTS]
    ]
    description = {
        "id": message.id,
        "firstSentAt": message.first_sent_at.isoformat(),
        "bytes": message.outgoing.size,
        "eventCount": len(names),
        "events": events,
        **safe_attributes(message, quotes=quotes or body),
    }
    return description | ({"body": decode_body(message.body)} if body else {})


def decode_body(body: str) -> Any:
    """The JSON of a body; the text itself when it is not JSON."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body


def message_lines(message: QueuedMessage, description: dict[str, Any]) -> Iterator[str]:
    """A message as a paragraph: its cause, what to do, and its fields."""
    shown = {name: text for name, text in description.items() if isinstance(text, str)}
    cause = (message.code or DEAD, shown.get("endpoint", ""), shown.get("field", ""))
    yield colored("  ".join(filter(None, map(printable, cause))), bold=True)
    yield wrapped(advice(message.code), "  ")
    if "message" in shown:
        yield wrapped(printable(shown["message"]), "  message     ")
    for event in description["events"]:
        name = f' "{event["name"]}"' if "name" in event else ""
        yield f"  event       {event['type']}{name}  {event.get('messageId', '')}".rstrip()
    if (more := description["eventCount"] - len(description["events"])) > 0:
        yield f"              and {more:,} more"
    yield f"  first sent  {minute(message.first_sent_at)}"
    yield f"  SQS id      {message.id}  ({description['bytes']:,} bytes)"
    if "operations" in shown:
        yield wrapped(printable(shown["operations"]), "  operations  ")
    if "body" in description:
        yield from body_lines(description["body"])
    yield ""


def body_lines(body: Any) -> Iterator[str]:
    """A body as indented JSON; as one line when it is not JSON."""
    text = orjson.dumps(body, option=orjson.OPT_INDENT_2).decode()
    yield from (f"  {printable(line)}" for line in text.splitlines())
