"""Run checks side by side; one that cannot look never ends the others."""

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Final, NamedTuple

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Check, Finding, Level, WaitsFor, skipped

SIDE_BY_SIDE: Final = 12
DENIED: Final = re.compile(r"not authorized to perform: ([\w-]+:\w+)")
DENIALS: Final = ("AccessDenied", "Unauthorized", "AuthorizationError")
STATUSES: Final = {Level.OK: 0, Level.WARNING: 1, Level.SKIPPED: 1, Level.FAILURE: 2}


class Line(NamedTuple):
    """One line of the output: a finding under the name of its check."""

    name: str
    finding: Finding


def run_checks(stack: DeployedStack, checks: Sequence[Check]) -> list[Line]:
    """Run the checks, and return what they found in their order."""
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        found = list(threads.map(partial(run_check, stack), checks))
    return [
        Line(check.name, finding)
        for check, findings in zip(checks, found, strict=True)
        for finding in findings
    ]


def run_check(stack: DeployedStack, check: Check) -> list[Finding]:
    """What one check finds, or why it could not look."""
    try:
        return list(check.run(stack))
    except WaitsFor as premise:
        return [skipped(f'Not checked until "{premise}" is fixed.')]
    except ClientError as error:
        return [not_allowed(error) if is_denied(error) else rejected_by_aws(error)]
    except BotoCoreError as error:
        return [skipped(f"AWS cannot be reached: {type(error).__name__}.", "Try again.")]
    except Exception as error:  # noqa: BLE001 - its text may quote a secret
        text = f"The check itself failed: {type(error).__name__}."
        return [skipped(text, "Please report it.")]


def is_denied(error: ClientError) -> bool:
    """Whether the caller lacks a permission."""
    return any(denial in error.response["Error"]["Code"] for denial in DENIALS)


def not_allowed(error: ClientError) -> Finding:
    """Which permission the caller lacks."""
    named = DENIED.search(error.response["Error"].get("Message", ""))
    action = named[1] if named else error.operation_name
    advice = f"Run doctor with credentials that allow {action}."
    return skipped(f"Your AWS credentials do not allow {action}.", advice)


def rejected_by_aws(error: ClientError) -> Finding:
    """Which call failed, by the code of the error; its message may quote anything."""
    code = error.response["Error"]["Code"]
    return skipped(f"AWS rejected {error.operation_name}: {code}.", "Try again.")


def exit_status(lines: Sequence[Line]) -> int:
    """0 when everything was checked and is fine, 1 with warnings, 2 with failures."""
    return max((STATUSES[line.finding.level] for line in lines), default=0)
