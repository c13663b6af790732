"""`rudder-mixpanel rejected` and `rudder-mixpanel dead`, a command for each action.

Actions are imported inside the commands so that `--help` does not load boto3.
"""

from typing import Annotated

import typer

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.queues.options import (
    READ_LIMIT,
    SHOW_LIMIT,
    AsNotApplied,
    Body,
    EventsQueueUrl,
    ListLimit,
    MessageIds,
    QueueLocation,
    QueueUrl,
    Quotes,
    Rate,
    ReplayOptions,
    Selection,
    ShowLimit,
    Since,
    Source,
    Stack,
    Until,
    Yes,
    code_option,
    endpoint_option,
)


def queue_commands(source: Source) -> typer.Typer:
    """The commands of one queue."""
    app = typer.Typer(help=source.help, no_args_is_help=True, rich_markup_mode=None)
    add_list(app, source)
    add_show(app, source)
    add_replay(app, source)
    return app


def add_list(app: typer.Typer, source: Source) -> None:
    """Add `list`."""

    @app.command("list")
    def list_(
        stack: Stack = None,
        queue_url: QueueUrl = None,
        limit: ListLimit = READ_LIMIT,
        quotes: Quotes = False,  # noqa: FBT002 - a flag
    ) -> None:
        """List the causes, and what to do about each.

        Counts the messages of each cause and shows no personal data. The messages stay in the
        queue; other consumers cannot see them while the command runs.
        """
        with exit_on_error():
            from rudder_mixpanel_cli.queues.actions import list_causes  # noqa: PLC0415

            list_causes(QueueLocation(source, stack, queue_url), limit=limit, quotes=quotes)


def add_show(app: typer.Typer, source: Source) -> None:
    """Add `show`."""
    codes, endpoints = code_option(source), endpoint_option(source)

    @app.command()
    def show(  # noqa: PLR0913, PLR0917 - one for each option
        stack: Stack = None,
        queue_url: QueueUrl = None,
        code: Annotated[list[Code] | None, codes] = None,
        endpoint: Annotated[list[str] | None, endpoints] = None,
        message_id: MessageIds = None,
        since: Since = None,
        until: Until = None,
        limit: ShowLimit = SHOW_LIMIT,
        quotes: Quotes = False,  # noqa: FBT002 - a flag
        body: Body = False,  # noqa: FBT002 - a flag
    ) -> None:
        """Show messages as JSON, one a line.

        The messages stay in the queue. A message must match every option; an option that is
        repeated matches any of its values.
        """
        with exit_on_error():
            from rudder_mixpanel_cli.queues.actions import show_messages  # noqa: PLC0415

            selection = Selection(code, endpoint, message_id, since, until)
            location = QueueLocation(source, stack, queue_url)
            show_messages(location, selection, limit=limit, quotes=quotes, body=body)


def add_replay(app: typer.Typer, source: Source) -> None:
    """Add `replay`."""
    codes, endpoints = code_option(source), endpoint_option(source)

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
        as_not_applied: AsNotApplied = False,  # noqa: FBT002 - a flag
        rate: Rate = None,
        yes: Yes = False,  # noqa: FBT002 - a flag
    ) -> None:
        """Send messages to the events queue again.

        Sends all messages, or those that match the options. Each message is deleted only after
        it is sent. Only the rejected operations of an event are repeated, and the event keeps the
        time at which it was first sent. Ctrl-C stops after the current batch; run the command
        again to continue.
        """
        with exit_on_error():
            from rudder_mixpanel_cli.queues.actions import replay_messages  # noqa: PLC0415

            selection = Selection(code, endpoint, message_id, since, until)
            location = QueueLocation(source, stack, queue_url, events_queue_url)
            options = ReplayOptions(rate, as_not_applied=as_not_applied, confirm=not yes)
            replay_messages(location, selection, options)
