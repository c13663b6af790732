"""What `rudder-mixpanel rejected` and `rudder-mixpanel dead` do."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import chain, islice
from typing import Any, Final

import boto3
import orjson
import typer

from rudder_mixpanel_cli.failures import FAILURE, INTERRUPTED, Unusable
from rudder_mixpanel_cli.moments import moment, this_moment
from rudder_mixpanel_cli.queues.causes import Causes, plain, safe
from rudder_mixpanel_cli.queues.commands import READ_AT_MOST, Said, Where
from rudder_mixpanel_cli.queues.held import Held, Wanted
from rudder_mixpanel_cli.queues.pacing import Pace, stopped_by_ctrl_c
from rudder_mixpanel_cli.queues.queues import Queue, in_words, outputs_of
from rudder_mixpanel_cli.queues.reading import Reading
from rudder_mixpanel_cli.queues.replay import Account, Replay

EVENTS: Final = "EventsQueueUrl"
NOTICE: Final = "These are people's data: leave them in no file and no chat."


@dataclass(frozen=True, slots=True)
class Manner:
    """How to replay."""

    rate: int | None
    as_not_applied: bool
    asks: bool


def list_causes(where: Where, *, limit: int, quotes: bool) -> None:
    """Say why messages wait, and how many of the queue's were seen."""
    causes = Causes(quotes=quotes)
    with in_words():
        (queue,) = queues(where, where.source.output)
        about = queue.about()
        with Reading(queue) as reading:
            for held in islice(chain.from_iterable(reading), limit):
                causes.add(held)
    for line in causes.lines():
        typer.echo(line)
    if causes.left_out:
        typer.echo("What Mixpanel said may repeat people's data; --quotes shows it.")
    typer.echo(f"{causes.count:,} seen; the {where.source.name} holds about {about.waiting:,}.")
    if about.out_of_sight:
        typer.echo(f"About {about.out_of_sight:,} more are out of sight: somebody else reads them.")
    if causes.count < min(about.waiting, limit):
        typer.echo("SQS does not always show all of them; list them again for the rest.")


def show_messages(where: Where, said: Said, *, limit: int, quotes: bool, body: bool) -> None:
    """Write messages as JSON, one a line, or indented on a terminal."""
    wanted = wanted_by(said)
    with in_words():
        (queue,) = queues(where, where.source.output)
        with Reading(queue) as reading:
            read = islice(chain.from_iterable(reading), READ_AT_MOST)
            found = islice((held for held in read if held in wanted), limit)
            shown = [told(held, quotes=quotes, body=body) for held in found]
    if shown and body:
        typer.echo(NOTICE, err=True)
    for one in shown:
        typer.echo(orjson.dumps(one, option=orjson.OPT_INDENT_2 if sys.stdout.isatty() else None))
    if not shown:
        typer.echo(f"None of {len(reading.seen):,} messages that were seen.", err=True)


def told(held: Held, *, quotes: bool, body: bool) -> dict[str, Any]:
    """What to show of a message."""
    attributes = safe(held, quotes=quotes or body)
    shown = {"id": held.id, "firstSentAt": held.first_sent.isoformat(), "bytes": held.again.size}
    return shown | attributes | ({"body": decoded(held.body)} if body else {})


def decoded(body: str) -> Any:
    """The body's JSON; as text where it is none."""
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return body


def replay_messages(where: Where, said: Said, manner: Manner) -> None:
    """Replay messages and say what became of them, also when it ends early."""
    wanted = wanted_by(said)
    with in_words():
        source, events = queues(where, where.source.output, EVENTS)
        about, largest = source.about(), events.about().largest
    if manner.asks:
        which = "all of them" if wanted == Wanted() else "those that the options name"
        typer.echo(f"About {about.waiting:,} messages are in the {where.source.name}.", err=True)
        typer.confirm(f"Send {which} to {events.url}?", abort=True, err=True)
    with stopped_by_ctrl_c() as stop:
        replay = Replay(
            reading=Reading(source),
            events=events,
            wanted=wanted,
            started=this_moment(),
            largest=largest,
            pace=Pace(manner.rate, clock=time.monotonic, wait=stop.wait),
            as_not_applied=manner.as_not_applied,
        )
        try:
            with in_words(), watched(about.waiting) as seen, replay.reading:
                replay.run(seen)
        finally:
            tell(replay.account, len(replay.reading.undeleted))
    if stop.asked:
        raise typer.Exit(INTERRUPTED)
    if replay.account.failed or replay.reading.undeleted:
        raise typer.Exit(FAILURE)


def tell(account: Account, undeleted: int) -> None:
    """Say what became of the messages."""
    typer.echo(f"replayed  {account.replayed:,}")
    for name, reasons in (("left", account.left), ("failed", account.failed)):
        for reason, count in reasons.most_common():
            typer.echo(f"{name:<10}{count:,}: {plain(reason)}")
    if undeleted:
        typer.echo(f"of these  {undeleted:,} could not be deleted; a replay sends them once more")


def queues(where: Where, *outputs: str) -> list[Queue]:
    """The queues that a stack's outputs name, or that a person names; raises Unusable for none."""
    named = {where.source.output: where.queue_url, EVENTS: where.events_queue_url}
    options = {where.source.output: "--queue-url", EVENTS: "--events-queue-url"}
    missing = [output for output in outputs if not named[output]]
    if missing and not where.stack:
        raise Unusable(f"say --stack, or {' and '.join(options[output] for output in missing)}")
    known = outputs_of(where.stack) if missing and where.stack else {}
    for output in missing:
        if output not in known:
            raise Unusable(f"--stack: {where.stack} has no output {output}")
    urls = [named[output] or known[output] for output in outputs]
    if len(set(urls)) < len(urls):
        raise Unusable("--queue-url: this is the events queue itself")
    sqs = boto3.client("sqs")
    return [Queue(sqs, url) for url in urls]


def wanted_by(said: Said) -> Wanted:
    """Which messages are meant; raises Unusable for what is no time."""
    return Wanted(
        codes=frozenset(said.codes or ()),
        endpoints=frozenset(said.endpoints or ()),
        ids=frozenset(said.message_ids or ()),
        since=None if said.since is None else moment(said.since, "--since"),
        until=None if said.until is None else moment(said.until, "--until"),
    )


@contextmanager
def watched(total: int) -> Iterator[Callable[[int], None]]:
    """A bar on a terminal, told of messages as they are seen."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    # Here, because only a terminal shows it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("replaying", total=total)
        yield lambda count: bar.advance(task, count)
