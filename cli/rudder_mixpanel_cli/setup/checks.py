"""Checks a stack after it was set up, as `rudder-mixpanel doctor` does."""

import sys
from contextlib import redirect_stdout

import typer

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.checks import findings
from rudder_mixpanel_cli.doctor.output import print_lines


def check_stack(stack: DeployedStack) -> None:
    """Print what doctor finds, to stderr: stdout is for new keys and JSON.

    A finding does not fail the setup, which is done.
    """
    typer.echo("\nChecking the stack, as rudder-mixpanel doctor does:\n", err=True)
    with redirect_stdout(sys.stderr):
        print_lines(findings(DeployedStack(stack.name), send=False))
