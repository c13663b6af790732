"""`rudder-mixpanel rejected` and `rudder-mixpanel dead`, a command for each action.

Actions are imported inside the commands so that `--help` does not load boto3.
"""

from typing import Annotated

import typer

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.options import AsJson, StackName
from rudder_mixpanel_cli.queues.options import (
    READ_LIMIT,
    SHOW_LIMIT,
    AsNotApplied,
    Body,
    By,
    DeleteOptions,
    DryRun,
    EventsQueueUrl,
    Everything,
    ListLimit,
    ListOptions,
    MessageIds,
    QueueLocation,
    QueueUrl,
    Quotes,
    Rate,
    ReplayOptions,
    Selection,
    ShowLimit,
    ShowOptions,
    Since,
    Source,
    Until,
    Yes,
    code_option,
    endpoint_option,
)


def queue_commands(source: Source) -> typer.Typer:
    """The commands of one queue."""
    app = typer.Typer(help=source.help, no_args_is_help=True, rich_markup_mode=None)
    for add_command in (add_list, add_show, add_replay, add_delete):
        add_command(app, source)
    return app


def add_list(app: typer.Typer, source: Source) -> None:
    """Add `list`."""

    @app.command("list")
    def list_(  # noqa: PLR0913 - one for each option
        *,
        stack: StackName = None,
        queue_url: QueueUrl = None,
        by: By = "cause",
        limit: ListLimit = READ_LIMIT,
        quotes: Quotes = False,
        json: AsJson = False,
    ) -> None:
        """List the causes, and what to do about each.

        Counts the messages of each cause, or the events of each name, and shows no personal data.
        The messages stay in the queue; other consumers cannot see them while the command runs.
        With --json, prints one JSON document.
        """
        with exit_on_error():
            from rudder_mixpanel_cli.queues.listing import list_messages  # noqa: PLC0415

            options = ListOptions(by, limit, quotes=quotes, as_json=json)
            list_messages(QueueLocation(source, stack, queue_url), options)


def add_show(app: typer.Typer, source: Source) -> None:
    """Add `show`."""
    codes, endpoints = code_option(source), endpoint_option(source)

    @app.command()
    def show(  # noqa: PLR0913 - one for each option
        message_id: MessageIds = None,
        *,
        stack: StackName = None,
        queue_url: QueueUrl = None,
        code: Annotated[list[Code] | None, codes] = None,
        endpoint: Annotated[list[str] | None, endpoints] = None,
        since: Since = None,
        until: Until = None,
        limit: ShowLimit = SHOW_LIMIT,
        quotes: Quotes = False,
        body: Body = False,
        json: AsJson = False,
    ) -> None:
        """Show single messages, by id or by what the options select.

        The messages stay in the queue. A message must match every option; an option that is
        repeated matches any of its values. With --json, and in a pipe, prints JSON, one message a
        line. Exit status 1 means that no message has one of the ids.
        """
        with exit_on_error():
            from rudder_mixpanel_cli.queues.showing import show_messages  # noqa: PLC0415

            selection = Selection(code, endpoint, message_id, since, until)
            options = ShowOptions(limit, quotes=quotes, body=body, as_json=json)
            show_messages(QueueLocation(source, stack, queue_url), selection, options)


def add_replay(app: typer.Typer, source: Source) -> None:
    """Add `replay`."""
    codes, endpoints = code_option(source), endpoint_option(source)

    @app.command()
    def replay(  # noqa: PLR0913 - one for each option
        message_id: MessageIds = None,
        *,
        stack: StackName = None,
        queue_url: QueueUrl = None,
        events_queue_url: EventsQueueUrl = None,
        code: Annotated[list[Code] | None, codes] = None,
        endpoint: Annotated[list[str] | None, endpoints] = None,
        since: Since = None,
        until: Until = None,
        as_not_applied: AsNotApplied = False,
        rate: Rate = None,
        dry_run: DryRun = False,
        yes: Yes = False,
        json: AsJson = False,
    ) -> None:
        """Send messages to the events queue again.

        Sends all messages, or those with the ids or that match the options. Each message is
        deleted only after it is sent. Only the rejected operations of an event are repeated, and
        the event keeps the time at which it was first sent. Ctrl-C stops after the current batch;
        run the command again to continue.
        """
        with exit_on_error("run the same command again to send the rest"):
            from rudder_mixpanel_cli.queues.replaying import replay_messages  # noqa: PLC0415

            selection = Selection(code, endpoint, message_id, since, until)
            location = QueueLocation(source, stack, queue_url, events_queue_url)
            options = ReplayOptions(
                rate,
                as_not_applied=as_not_applied,
                dry_run=dry_run,
                confirm=not yes,
                as_json=json,
            )
            replay_messages(location, selection, options)


def add_delete(app: typer.Typer, source: Source) -> None:
    """Add `delete`."""
    codes, endpoints = code_option(source), endpoint_option(source)

    @app.command()
    def delete(  # noqa: PLR0913 - one for each option
        message_id: MessageIds = None,
        *,
        stack: StackName = None,
        queue_url: QueueUrl = None,
        code: Annotated[list[Code] | None, codes] = None,
        endpoint: Annotated[list[str] | None, endpoints] = None,
        since: Since = None,
        until: Until = None,
        everything: Everything = False,
        dry_run: DryRun = False,
        yes: Yes = False,
        json: AsJson = False,
    ) -> None:
        """Delete messages that nobody needs any more.

        Needs ids, options that select messages, or --all. Shows how many messages match, by cause,
        asks, and deletes exactly these. They cannot be restored.
        """
        with exit_on_error("what was not deleted yet stays in the queue"):
            from rudder_mixpanel_cli.queues.deleting import delete_messages  # noqa: PLC0415

            selection = Selection(code, endpoint, message_id, since, until)
            options = DeleteOptions(
                everything=everything, dry_run=dry_run, confirm=not yes, as_json=json
            )
            delete_messages(QueueLocation(source, stack, queue_url), selection, options)
