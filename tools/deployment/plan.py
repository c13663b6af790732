"""Decides what a deployment does with a stack, from the state that the stack is in."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final


class Refused(Exception):
    """The deployment does not start; the message says why, and what to do."""


@dataclass(frozen=True, slots=True)
class Plan:
    """Whether the deployment creates the stack, and whether an empty one is removed before."""

    creates: bool
    removes_empty: bool = False


COMPLETE: Final = frozenset(
    {
        "CREATE_COMPLETE",
        "UPDATE_COMPLETE",
        "UPDATE_ROLLBACK_COMPLETE",
        "IMPORT_COMPLETE",
        "IMPORT_ROLLBACK_COMPLETE",
    }
)
# Why a stack in such a state cannot be deployed, and what helps.
ADVICE: Final = {
    "CREATE_FAILED": (
        "Its first deployment failed and was not rolled back. Remove it",
        "delete-stack",
    ),
    "ROLLBACK_FAILED": (
        "Its first deployment failed, and so did its removal. Remove it",
        "delete-stack",
    ),
    "DELETE_FAILED": ("It could not be removed completely. Remove the rest", "delete-stack"),
    "UPDATE_FAILED": (
        "Its last deployment failed and was not rolled back. Do that",
        "rollback-stack",
    ),
    "UPDATE_ROLLBACK_FAILED": (
        "Its last deployment failed, and so did the roll-back. Correct the cause, let it go on",
        "continue-update-rollback",
    ),
}
IN_PROGRESS: Final = (
    "Something else changes it at the moment. Wait until that is over, and deploy again."
)


def plan_for(stack: str, status: str | None, failures: Sequence[str] = ()) -> Plan:
    """Return the plan for a stack with this status; None: there is no such stack.

    `failures` says what failed in such a stack, and why.

    Raises Refused when CloudFormation would not deploy it.
    """
    match status:
        # A change set that nobody executed leaves a stack without resources.
        case None | "REVIEW_IN_PROGRESS":
            return Plan(creates=True)
        # Its first deployment failed; it has no resources, and can only be deleted.
        case "ROLLBACK_COMPLETE":
            return Plan(creates=True, removes_empty=True)
        case _ if status in COMPLETE:
            return Plan(creates=False)
        case _:
            lines = [f"The stack {stack} is in the state {status}.", *advice(stack, status)]
            raise Refused("\n".join([*lines, *(f"  {failure}" for failure in failures)]))


def advice(stack: str, status: str) -> list[str]:
    """Say what helps a stack in a state that cannot be deployed."""
    if status not in ADVICE:
        return [IN_PROGRESS]
    text, command = ADVICE[status]
    return [
        f"{text}, and then deploy again:",
        f"  aws cloudformation {command} --stack-name {stack}",
    ]


def protected(plan: Plan, parameters: list[str]) -> list[str]:
    """Return what is added to the parameters: the tables of a stack that exists get protected.

    Not those of a new one: CloudFormation cannot roll back the creation of a protected table. What
    the parameters say of it is left as it is.
    """
    is_given = any(parameter.startswith("Protection=") for parameter in parameters)
    return [] if plan.creates or is_given else ["Protection=yes"]


def must_ask(*, wanted: bool, touches_data: bool, answer: str) -> bool:
    """Return whether somebody has to confirm.

    `wanted` is what the environment says, and `answer` what CONFIRM says: yes, no or nothing.
    """
    return answer == "yes" or (answer != "no" and (wanted or touches_data))
