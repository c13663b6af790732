"""The options of `rudder-mixpanel retained`."""

from typing import Annotated

import typer

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.options import AsJson, StackName


def retained(
    stack: StackName = None,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
    destroy: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--destroy", help="Delete all of it, after you type the stack's name.")
    ] = False,
    yes: Annotated[  # noqa: FBT002 - a flag
        bool, typer.Option("--yes", help="Do not ask.")
    ] = False,
) -> None:
    """List what removed stacks have left, and the parameters to adopt it.

    Queues, tables, secrets and log groups outlive a stack. What a living stack owns or adopts is
    not listed, and never destroyed. A destroyed secret can be restored for 7 days; everything else
    is gone at once, unless there is a backup.

    The exit status is 1 when something could not be destroyed.

    rudder-mixpanel retained --stack NAME
    """
    with exit_on_error("what is destroyed stays so; run the command again to see the rest"):
        from rudder_mixpanel_cli.deployed_stack import DeployedStack  # noqa: PLC0415
        from rudder_mixpanel_cli.retained.actions import run_retained  # noqa: PLC0415

        run_retained(DeployedStack(stack), as_json=as_json, destroying=destroy, yes=yes)
