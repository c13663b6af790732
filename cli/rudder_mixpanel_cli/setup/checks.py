"""Checks a stack after it was set up, as `rudder-mixpanel doctor` does."""

from rudder_mixpanel_cli.deployed_stack import DeployedStack


def check_stack(stack: DeployedStack) -> None:
    """Print what doctor finds."""
