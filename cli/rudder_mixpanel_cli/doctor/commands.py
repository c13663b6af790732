"""The options of `rudder-mixpanel doctor`."""

from typing import Annotated

import typer

from rudder_mixpanel_cli.errors import CommandError, UsageError, exit_on_error
from rudder_mixpanel_cli.options import AsJson, StackName


def doctor(
    stack: StackName = None,
    send: Annotated[  # noqa: FBT002 - a flag
        bool,
        typer.Option(
            "--send", help="Also send an event through the stack to Mixpanel, and follow it."
        ),
    ] = False,
    as_json: AsJson = False,  # noqa: FBT002 - a flag
) -> None:
    """Check a deployed stack, and say what to do.

    Prints a line for each check. Changes nothing, unless --send is given: then an event named
    "rudder-mixpanel doctor" appears in the Mixpanel project.

    The exit status is 0 when everything is fine, 1 when there are warnings or something could not
    be checked, and 2 when something does not work.
    """
    with exit_on_error():
        # Imported here so that `--help` does not load boto3 and httpx.
        from rudder_mixpanel_cli.aws import report_aws_errors  # noqa: PLC0415
        from rudder_mixpanel_cli.deployed_stack import DeployedStack  # noqa: PLC0415
        from rudder_mixpanel_cli.doctor.checks import findings  # noqa: PLC0415
        from rudder_mixpanel_cli.doctor.output import print_json, print_lines  # noqa: PLC0415
        from rudder_mixpanel_cli.doctor.run import exit_status  # noqa: PLC0415

        deployed = DeployedStack(stack)
        try:
            with report_aws_errors():
                lines = findings(deployed, send=send)
        except CommandError as error:
            # Status 1 would say that the stack works.
            raise UsageError(str(error)) from None
        (print_json if as_json else print_lines)(lines)
    raise typer.Exit(exit_status(lines))
