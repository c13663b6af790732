"""Sends an event through the stack to Mixpanel, and follows it to its end."""

from collections.abc import Iterator

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Check, Finding, skipped


def check_end_to_end(stack: DeployedStack) -> Iterator[Finding]:
    """With `--send`, an event reaches Mixpanel.

    The line says what became of it; `rudder-mixpanel where` follows it further.
    """
    yield skipped("to do")


END_TO_END = Check("event sent", check_end_to_end)
