"""tools/deployment/plan.py: what a deployment does with a stack in each state."""

from typing import get_args

import pytest
from mypy_boto3_cloudformation.literals import StackStatusType

from tools.deployment.plan import ADVICE, COMPLETE, Plan, Refused, must_ask, plan_for, protected

CREATE = Plan(creates=True)
UPDATE = Plan(creates=False)


@pytest.mark.parametrize("status", [None, "REVIEW_IN_PROGRESS"])
def test_stack_without_resources_is_created(status: str | None) -> None:
    """A change set that nobody executed leaves an empty stack."""
    assert plan_for("mine", status) == CREATE


def test_stack_whose_creation_was_rolled_back_is_removed_and_created() -> None:
    """CloudFormation can do nothing else with it."""
    assert plan_for("mine", "ROLLBACK_COMPLETE") == Plan(creates=True, removes_empty=True)


@pytest.mark.parametrize("status", sorted(COMPLETE))
def test_complete_stack_is_updated(status: str) -> None:
    """Also one whose last deployment was rolled back."""
    assert plan_for("mine", status) == UPDATE


@pytest.mark.parametrize("status", sorted(ADVICE))
def test_broken_stack_gets_advice(status: str) -> None:
    """The message has the command that helps, and what failed."""
    with pytest.raises(Refused) as refused:
        plan_for("mine", status, ["Ledger (AWS::DynamoDB::Table): it is protected"])
    lines = str(refused.value).splitlines()
    assert (lines[0], "--stack-name mine" in lines[2], lines[3:]) == (
        f"The stack mine is in the state {status}.",
        True,
        ["  Ledger (AWS::DynamoDB::Table): it is protected"],
    )


def test_every_other_state_passes_by_itself() -> None:
    """Each state of CloudFormation is planned for, has advice, or ends."""
    planned = {"REVIEW_IN_PROGRESS", "ROLLBACK_COMPLETE", "DELETE_COMPLETE", *COMPLETE, *ADVICE}
    # Of imports that AWS rolls back, which this project does not do.
    rest = set(get_args(StackStatusType)) - planned - {"IMPORT_ROLLBACK_FAILED"}
    assert {status for status in rest if not status.endswith("_IN_PROGRESS")} == set()


def test_stack_that_changes_is_left_alone() -> None:
    """Somebody else deploys it."""
    with pytest.raises(Refused, match="Something else changes it"):
        plan_for("mine", "UPDATE_IN_PROGRESS")


@pytest.mark.parametrize(
    ("plan", "parameters", "added"),
    [
        (CREATE, [], []),
        (UPDATE, ["DestinationId=x"], ["Protection=yes"]),
        (UPDATE, ["Protection=no"], []),
        (UPDATE, ["Protection=yes"], []),
    ],
)
def test_only_a_stack_that_exists_is_protected(
    plan: Plan, parameters: list[str], added: list[str]
) -> None:
    """Unless the parameters say something of it."""
    assert protected(plan, parameters) == added


@pytest.mark.parametrize(
    ("reasons", "answer", "asks"),
    [
        ([], "", False),
        (["wanted"], "", True),
        (["touches_data"], "", True),
        (["wanted", "touches_data"], "no", False),
        ([], "yes", True),
    ],
)
def test_somebody_confirms_what_is_wanted_or_touches_data(
    reasons: list[str], answer: str, asks: object
) -> None:
    """CONFIRM decides if it is given."""
    flags = {name: name in reasons for name in ("wanted", "touches_data")}
    assert must_ask(**flags, answer=answer) is asks
