"""`rudder-mixpanel rejected` and `rudder-mixpanel dead`: what they understand."""

from dataclasses import dataclass
from typing import Annotated, Final

import typer

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.failures import in_one_line

# What one look takes out of others' sight at most: some seconds' worth.
READ_AT_MOST: Final = 10_000
SHOWN_AT_MOST: Final = 10


@dataclass(frozen=True, slots=True)
class Source:
    """A queue in which messages wait for an operator; `tells_why` where each says its reason."""

    name: str
    output: str
    help: str
    tells_why: bool


REJECTED: Final = Source(
    "rejected queue",
    "RejectedQueueUrl",
    "Events that could never be delivered: see why, and replay them once the cause is mended.",
    tells_why=True,
)
DEAD: Final = Source(
    "dead-letter queue",
    "EventsDeadLetterQueueUrl",
    "Records that the function died of: look at them, and replay them once the cause is mended.",
    tells_why=False,
)


@dataclass(frozen=True, slots=True)
class Where:
    """How a person says which queues are meant."""

    source: Source
    stack: str | None
    queue_url: str | None
    events_queue_url: str | None = None


@dataclass(frozen=True, slots=True)
class Said:
    """Which messages a person wants, as the options say it."""

    codes: list[Code] | None
    endpoints: list[str] | None
    message_ids: list[str] | None
    since: str | None
    until: str | None


Stack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        envvar="RUDDER_MIXPANEL_STACK",
        help="The stack whose queues are meant.",
    ),
]
QueueUrl = Annotated[
    str | None,
    typer.Option("--queue-url", metavar="URL", help="The queue to read, if not the stack's own."),
]
EventsQueueUrl = Annotated[
    str | None,
    typer.Option(
        "--events-queue-url", metavar="URL", help="The queue to send to, if not the stack's own."
    ),
]
MessageIds = Annotated[
    list[str] | None,
    typer.Option(
        "--message-id", metavar="ID", help="Only this one, by its messageId or by SQS's own id."
    ),
]
Since = Annotated[
    str | None,
    typer.Option("--since", metavar="TIME", help="Only what was first sent then or later."),
]
Until = Annotated[
    str | None,
    typer.Option("--until", metavar="TIME", help="Only what was first sent before then."),
]
Quotes = Annotated[
    bool,
    typer.Option("--quotes", help="Also say Mixpanel's own words, which may repeat people's data."),
]


def commands_for(source: Source) -> typer.Typer:
    """The commands of one queue."""
    app = typer.Typer(help=source.help, no_args_is_help=True, rich_markup_mode=None)
    codes = typer.Option(
        "--code",
        metavar="CODE",
        help="Only those that were rejected with this code.",
        hidden=not source.tells_why,
    )
    endpoints = typer.Option(
        "--endpoint",
        metavar="ENDPOINT",
        help="Only those refused there: import, track, engage or groups.",
        hidden=not source.tells_why,
    )

    @app.command("list")
    def list_(
        stack: Stack = None,
        queue_url: QueueUrl = None,
        limit: Annotated[
            int, typer.Option(min=1, metavar="N", help="How many to look at, at most.")
        ] = READ_AT_MOST,
        quotes: Quotes = False,  # noqa: FBT002 - a flag
    ) -> None:
        """List the causes, and what to do about each.

        Counts the messages of each cause, and shows nobody's data. They stay where they are; for
        the seconds that it takes to count them, nobody else sees them.
        """
        with in_one_line():
            from rudder_mixpanel_cli.queues.actions import list_causes  # noqa: PLC0415 - boto3 is slow to load

            list_causes(Where(source, stack, queue_url), limit=limit, quotes=quotes)

    @app.command()
    def show(  # noqa: PLR0913, PLR0917 - one for each option
        stack: Stack = None,
        queue_url: QueueUrl = None,
        code: Annotated[list[Code] | None, codes] = None,
        endpoint: Annotated[list[str] | None, endpoints] = None,
        message_id: MessageIds = None,
        since: Since = None,
        until: Until = None,
        limit: Annotated[
            int, typer.Option(min=1, metavar="N", help="How many to show, at most.")
        ] = (SHOWN_AT_MOST),
        quotes: Quotes = False,  # noqa: FBT002 - a flag
        body: Annotated[  # noqa: FBT002 - a flag
            bool, typer.Option("--body", help="Also show the event itself, which is people's data.")
        ] = False,
    ) -> None:
        """Show messages one by one, as JSON.

        They stay where they are. An option that is said twice allows both; different options must
        all be true.
        """
        with in_one_line():
            from rudder_mixpanel_cli.queues.actions import show_messages  # noqa: PLC0415 - boto3 is slow to load

            said = Said(code, endpoint, message_id, since, until)
            where = Where(source, stack, queue_url)
            show_messages(where, said, limit=limit, quotes=quotes, body=body)

    @app.command()
    def replay(  # noqa: PLR0913, PLR0917 - one for each option
        stack: Stack = None,
        queue_url: QueueUrl = None,
        events_queue_url: EventsQueueUrl = None,
        code: Annotated[list[Code] | None, codes] = None,
        endpoint: Annotated[list[str] | None, endpoints] = None,
        message_id: MessageIds = None,
        since: Since = None,
        until: Until = None,
        as_not_applied: Annotated[  # noqa: FBT002 - a flag
            bool,
            typer.Option(
                "--as-not-applied",
                help="Also those whose outcome is unknown, as if they had not counted. If one did, "
                "it counts twice: look at the profile first.",
            ),
        ] = False,
        rate: Annotated[
            int | None, typer.Option(min=1, metavar="N", help="How many to send a second, at most.")
        ] = None,
        yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,  # noqa: FBT002 - a flag
    ) -> None:
        """Send messages to the events queue again.

        All, or those that the options name. Each is deleted only once it was sent. Of an event,
        only what was refused is done again, and it keeps the time at which it was first sent.
        Ctrl-C stops after the messages that are on their way; run it again to go on.
        """
        with in_one_line():
            from rudder_mixpanel_cli.queues.actions import Manner, replay_messages  # noqa: PLC0415 - boto3 is slow

            said = Said(code, endpoint, message_id, since, until)
            where = Where(source, stack, queue_url, events_queue_url)
            replay_messages(where, said, Manner(rate, as_not_applied=as_not_applied, asks=not yes))

    return app
