"""All checks, in the order of the output."""

from collections.abc import Sequence
from types import ModuleType
from typing import Final

from rudder_mixpanel_cli.alarms import checks as alarms
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import CHECKS, Check
from rudder_mixpanel_cli.doctor.end_to_end import END_TO_END
from rudder_mixpanel_cli.doctor.run import Line, run_checks
from rudder_mixpanel_cli.mixpanel import checks as mixpanel
from rudder_mixpanel_cli.queues import checks as queues
from rudder_mixpanel_cli.queues import policies
from rudder_mixpanel_cli.receiving import checks as receiving
from rudder_mixpanel_cli.regulations import checks as regulations
from rudder_mixpanel_cli.resources import checks as resources
from rudder_mixpanel_cli.resources import concurrency, gateways
from rudder_mixpanel_cli.retained import adopted
from rudder_mixpanel_cli.retained import checks as leftovers
from rudder_mixpanel_cli.settings import checks as settings
from rudder_mixpanel_cli.settings import choices, delivery_secret
from rudder_mixpanel_cli.where import checks as deliveries

# The modules whose checks have registered themselves, in the order in which they are shown.
SUBJECTS: Final[Sequence[ModuleType]] = (
    *(resources, concurrency, settings, delivery_secret, choices, mixpanel, deliveries, queues),
    *(policies, gateways, regulations, receiving, alarms, leftovers, adopted),
)


def ordered_checks() -> list[Check]:
    """Every check in the order of the output."""
    places = {module.__name__: place for place, module in enumerate(SUBJECTS)}
    return sorted(CHECKS, key=lambda check: places[check.run.__module__])


def findings(stack: DeployedStack, *, send: bool) -> list[Line]:
    """Run every check and, with `send`, send an event when they are done.

    Raises UsageError when the stack does not exist.
    """
    # Before the checks: without it, none of them can look.
    _ = stack.description
    lines = run_checks(stack, ordered_checks())
    return lines + (run_checks(stack, [END_TO_END]) if send else [])
