"""The options of the queue commands, and the values that they fill."""

from dataclasses import dataclass
from typing import Annotated, Final, Literal

import typer

from rudder_mixpanel.errors import Code

# The most messages that one command hides from other consumers: some seconds of reading.
READ_LIMIT: Final = 10_000
SHOW_LIMIT: Final = 10


@dataclass(frozen=True, slots=True)
class Source:
    """A queue that an operator can read; with `has_codes` each message has an error code."""

    name: str
    output: str
    help: str
    has_codes: bool


REJECTED: Final = Source(
    "rejected queue",
    "RejectedQueueUrl",
    "Events that can never be delivered: why, and what to do about them.",
    has_codes=True,
)
DEAD: Final = Source(
    "dead-letter queue",
    "EventsDeadLetterQueueUrl",
    "Records that the function failed on, or retried too often.",
    has_codes=False,
)


@dataclass(frozen=True, slots=True)
class QueueLocation:
    """Where the queues are: in a stack, or at URLs that replace the stack's own."""

    source: Source
    stack: str | None
    queue_url: str | None
    events_queue_url: str | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which messages a command is about, as the options name them."""

    codes: list[Code] | None
    endpoints: list[str] | None
    message_ids: list[str] | None
    since: str | None
    until: str | None


@dataclass(frozen=True, slots=True)
class ListOptions:
    """How to list: by cause or by event, and of how many messages."""

    by: str
    limit: int
    quotes: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class ShowOptions:
    """How many messages to show, and what of them."""

    limit: int
    quotes: bool
    body: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class DeleteOptions:
    """How to delete; `everything` needs no selection."""

    everything: bool
    dry_run: bool
    confirm: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class ReplayOptions:
    """How to replay: `rate` is in messages a second, None for no limit."""

    rate: int | None
    as_not_applied: bool
    dry_run: bool
    confirm: bool
    as_json: bool


QueueUrl = Annotated[
    str | None,
    typer.Option("--queue-url", metavar="URL", help="Read this queue instead of the stack's own."),
]
EventsQueueUrl = Annotated[
    str | None,
    typer.Option(
        "--events-queue-url", metavar="URL", help="Send to this queue instead of the stack's own."
    ),
]
MessageIds = Annotated[
    list[str] | None,
    typer.Argument(
        metavar="ID",
        help="The messageId of an event, as the event or the log has it, or the message's SQS id.",
    ),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only messages first sent at this time or later."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Only messages first sent before this time."),
]
Quotes = Annotated[
    bool,
    typer.Option(
        "--quotes",
        help="Include what can contain personal data: Mixpanel's error messages, any event name.",
    ),
]
ListLimit = Annotated[
    int, typer.Option("--limit", min=1, metavar="N", help="Read at most N messages.")
]
ShowLimit = Annotated[
    int, typer.Option("--limit", min=1, metavar="N", help="Show at most N messages.")
]
By = Annotated[
    Literal["cause", "event"],
    typer.Option(
        "--by",
        metavar="cause|event",
        help="Group by cause, or by the type and name of events; names that can be personal data "
        "are withheld.",
    ),
]
Body = Annotated[
    bool, typer.Option("--body", help="Include the event itself, which is personal data.")
]
AsNotApplied = Annotated[
    bool,
    typer.Option(
        "--as-not-applied",
        help="Also replay operations whose outcome is unknown, as if Mixpanel had not applied "
        "them. If it has, they count twice: check the profile first.",
    ),
]
Rate = Annotated[
    int | None,
    typer.Option("--rate", min=1, metavar="N", help="Send at most N messages a second."),
]
Everything = Annotated[bool, typer.Option("--all", help="Delete all messages.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]


def code_option(source: Source) -> typer.models.OptionInfo:
    """`--code`, hidden for a queue whose messages have no codes."""
    option: typer.models.OptionInfo = typer.Option(
        "--code",
        metavar="CODE",
        help="Only events rejected with this code.",
        hidden=not source.has_codes,
    )
    return option


def endpoint_option(source: Source) -> typer.models.OptionInfo:
    """`--endpoint`, hidden for a queue whose messages have no codes."""
    option: typer.models.OptionInfo = typer.Option(
        "--endpoint",
        metavar="ENDPOINT",
        help="Only events rejected by this endpoint: import, track, engage or groups.",
        hidden=not source.has_codes,
    )
    return option
