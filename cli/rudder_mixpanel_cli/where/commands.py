"""The options of `rudder-mixpanel where`."""

from typing import Annotated, Final

import typer

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.options import AsJson, StackName

DAY: Final = "24h"


def where(
    ids: Annotated[
        list[str],
        typer.Argument(
            metavar="ID...",
            help="The messageId of an event, what the log or reconcile shows of it, or"
            " the SQS id of a record.",
        ),
    ],
    stack: StackName = None,
    since: Annotated[
        str,
        typer.Option(
            metavar="TIME", help="How far back to look: 30m, 24h, 7d, or an ISO 8601 time."
        ),
    ] = DAY,
    follow: Annotated[  # noqa: FBT002 - a flag
        bool,
        typer.Option("--follow", help="Wait until the outcome is final, and print each change."),
    ] = False,
    json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Say what became of events, and what to do about those that are not delivered.

    Looks into the log of deliver_events, and for what is not delivered into the rejected queue,
    the dead-letter queue and the events queue. It changes nothing; messages that it reads are
    hidden from other readers until it ends.

    The exit status is 0 when every event was found, whatever became of it, 3 when one was not, and
    1 or 2 after an error.

    rudder-mixpanel where 6b0f0a4e-53f5-4ab8-9c8e-8d2ee9b7c1a1 --stack NAME
    """
    with exit_on_error():
        from rudder_mixpanel_cli.deployed_stack import DeployedStack  # noqa: PLC0415
        from rudder_mixpanel_cli.where.actions import print_answers  # noqa: PLC0415

        print_answers(DeployedStack(stack), ids, since=since, follow=follow, as_json=json)
