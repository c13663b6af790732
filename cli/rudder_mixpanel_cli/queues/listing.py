"""`rejected list` and `dead list`: what is in a queue, by cause or by event."""

from collections.abc import Iterable
from itertools import chain, islice
from typing import Final

import orjson
import typer

from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.queues.cause_summary import CauseSummary
from rudder_mixpanel_cli.queues.coverage import Coverage
from rudder_mixpanel_cli.queues.locate import source_queue
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.queues.name_summary import NameSummary
from rudder_mixpanel_cli.queues.options import ListOptions, QueueLocation
from rudder_mixpanel_cli.queues.reader import MessageReader

type Summary = CauseSummary | NameSummary

LEFT_OUT: Final = {
    CauseSummary: "Mixpanel's messages can contain personal data; --quotes shows them.",
    NameSummary: "Names that can be personal data are withheld; --quotes shows them.",
}


def list_messages(location: QueueLocation, options: ListOptions) -> None:
    """Print what up to `limit` messages have in common, and how many messages were read."""
    kind = NameSummary if options.by == "event" else CauseSummary
    summary: Summary = kind(quotes=options.quotes)
    with report_aws_errors():
        queue = source_queue(location)
        status = queue.status()
        with MessageReader(queue) as reader:
            count_all(summary, islice(chain.from_iterable(reader), options.limit))
    coverage = Coverage(location.source.name, summary.count, status, options.limit)
    if options.as_json:
        typer.echo(orjson.dumps({**coverage.as_json(), **summary.as_json()}))
        return
    print_summary(summary)
    for line in coverage.lines():
        typer.echo(line)


def count_all(summary: Summary, messages: Iterable[QueuedMessage]) -> None:
    """Count messages."""
    for message in messages:
        summary.add(message)


def print_summary(summary: Summary, *, err: bool = False) -> None:
    """Print a summary, and what it leaves out."""
    for line in summary.lines():
        typer.echo(line, err=err)
    if summary.left_out:
        typer.echo(LEFT_OUT[type(summary)], err=err)
