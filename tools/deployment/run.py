"""Runs a deployment: plan, guard, change set, question, execution, report."""

import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import boto3
from rich.console import Console

from tools.deployment import report
from tools.deployment.cloudformation import ChangeSet, CloudFormationStack
from tools.deployment.commands import create_change_set, find_retained
from tools.deployment.environment import Environment
from tools.deployment.guard import emptied, forgotten, refusal, refusal_to_empty
from tools.deployment.plan import Plan, Refused, must_ask, plan_for, protected
from tools.parameters import configured_environments, sam_options

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient


@dataclass(frozen=True, slots=True)
class Deployment:
    """A `make deploy`, its arguments, and where it prints."""

    config: Path
    # ENVIRONMENT, PARAMETERS, FRESH and CONFIRM, as they were given.
    arguments: Mapping[str, str]
    console: Console

    @property
    def environment(self) -> Environment:
        """The environment of the configuration."""
        return Environment.read(self.config, self.arguments["ENVIRONMENT"])

    @property
    def overrides(self) -> list[str]:
        """The parameters of the command line."""
        return self.arguments["PARAMETERS"].split()

    @property
    def parameters(self) -> list[str]:
        """The parameters of the environment, and then those of the command line."""
        configured = configured_environments(self.config)
        return [*configured[self.arguments["ENVIRONMENT"]], *self.overrides]


def deploy(deployment: Deployment) -> int:
    """Deploy; return the exit status.

    Raises Refused when nothing is deployed, InvalidArgument for a wrong argument.
    """
    # An error in the arguments comes before the first call.
    sam_options(deployment.arguments["ENVIRONMENT"], deployment.overrides, deployment.config)
    environment, console = deployment.environment, deployment.console
    environ = {**os.environ, **environment.variables}
    stack = CloudFormationStack(client(environment.variables), environment.stack)
    plan = plan_of(stack)
    if deployment.arguments["FRESH"] != "yes":
        check_nothing_is_forgotten(deployment, plan, stack, environ)
    if plan.removes_empty:
        report.say(console, f"Removing {stack.name}, whose first deployment left it empty")
        stack.remove()
    with console.status("Uploading what was built"):
        arn = create_change_set(options_of(deployment, plan), environ)
    if arn is None:
        report.show_nothing(console, stack.name)
        return 0
    return carry_out(deployment, plan, stack, stack.read_change_set(arn))


def plan_of(stack: CloudFormationStack) -> Plan:
    """Return what a deployment does with the stack; raises Refused when it can do nothing."""
    status = stack.status()
    is_broken = status is not None and status.endswith("_FAILED")
    return plan_for(stack.name, status, stack.failures() if is_broken else ())


def client(variables: Mapping[str, str]) -> "CloudFormationClient":
    """Return a client of CloudFormation, where sam deploys to."""
    session = boto3.Session(
        profile_name=variables.get("AWS_PROFILE"), region_name=variables.get("AWS_DEFAULT_REGION")
    )
    return session.client("cloudformation")


def check_nothing_is_forgotten(
    deployment: Deployment, plan: Plan, stack: CloudFormationStack, environ: Mapping[str, str]
) -> None:
    """Raise Refused when the stack, a new one or as it will be, would forget suppressions."""
    given = {name: value for name, value in deployment.arguments.items() if name != "CONFIRM"}
    if given["ENVIRONMENT"] == "default":
        del given["ENVIRONMENT"]
    if plan.creates:
        retained = find_retained(stack.name, environ)
        if forgotten(retained, deployment.parameters):
            raise Refused(refusal(stack.name, retained, given))
    elif table := emptied(stack.parameters(), deployment.parameters):
        raise Refused(refusal_to_empty(stack.name, table, given))


def options_of(deployment: Deployment, plan: Plan) -> list[str]:
    """Return the options of `sam deploy`."""
    added = protected(plan, deployment.parameters)
    return sam_options(
        deployment.arguments["ENVIRONMENT"], [*deployment.overrides, *added], deployment.config
    )


def carry_out(
    deployment: Deployment, plan: Plan, stack: CloudFormationStack, change_set: ChangeSet
) -> int:
    """Show the change set, ask if need be, and carry it out; return the exit status.

    Raises Refused when somebody must confirm, and nobody can or does.
    """
    console = deployment.console
    report.show_changes(console, stack.name, plan, change_set)
    if must_ask(
        wanted=deployment.environment.confirm,
        touches_data=change_set.touches_data,
        answer=deployment.arguments["CONFIRM"],
    ):
        confirm(lambda: stack.discard(change_set.arn))
    with console.status(f"Deploying {stack.name}"):
        outcome = stack.execute(change_set.arn)
    if outcome.status in {"CREATE_COMPLETE", "UPDATE_COMPLETE"}:
        report.show_next_step(console, stack.name, plan, change_set)
        return 0
    report.show_failure(console, stack.name, outcome)
    return 1


def confirm(discard: Callable[[], None]) -> None:
    """Ask whether to deploy; raises Refused, after `discard`, unless the answer is yes."""
    if not sys.stdin.isatty():
        discard()
        raise Refused(
            "Nobody can be asked here. With CONFIRM=no, it is deployed without a question."
        )
    try:
        answer = input("Deploy this? [y/N] ")
    except (EOFError, KeyboardInterrupt):
        answer = ""
    if answer.strip().lower() not in {"y", "yes"}:
        discard()
        raise Refused("Nothing was deployed.")
