"""The options of `rudder-mixpanel send`."""

from typing import Annotated

import typer

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.options import AsJson, EventFiles, StackName


def send(
    files: EventFiles = None,
    *,
    stack: StackName = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for what becomes of each event, and print it.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    json: AsJson = False,
) -> None:
    """Send events through a stack to Mixpanel, to test them.

    Reads JSON in any layout, also as gzip: lines, indented values, arrays, envelopes with
    several events. Each event gets what RudderStack's gateway adds and it does not have: a
    messageId, its times, and so on. It becomes a record of its own on the events queue. When a
    part of the input is not an event, nothing is sent.

    The events are stored in the project of the stack, and count there like any others. To see what
    would be sent without sending anything, use preview.

    With --follow, prints Mixpanel's own message about a rejected event, and the exit status is 1
    when an event is not delivered.

    rudder-mixpanel send event.json --stack NAME --follow
    """
    interrupted = "the events that are listed were sent, and perhaps up to ten others"
    with exit_on_error(interrupted):
        from rudder_mixpanel_cli.deployed_stack import DeployedStack  # noqa: PLC0415
        from rudder_mixpanel_cli.send.actions import send_events  # noqa: PLC0415

        send_events(DeployedStack(stack), files or [], follow=follow, confirmed=yes, as_json=json)
