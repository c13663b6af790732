"""tools/deployment/run.py: what stops a deployment before anything is uploaded."""

from typing import Any, Self

import pytest
from rich.console import Console

from tools.deployment.cloudformation import CloudFormationStack
from tools.deployment.plan import Plan, Refused
from tools.deployment.run import Deployment, check_nothing_is_forgotten
from tools.parameters import CONFIG


class CloudFormation:
    """CloudFormation with one stack, which adopts a table of suppressions."""

    def describe_stacks(self: Self, **_: str) -> dict[str, Any]:
        """Describe the stack."""
        adopted = {"ParameterKey": "AdoptSuppressions", "ParameterValue": "suppressions-1"}
        return {"Stacks": [{"StackStatus": "UPDATE_COMPLETE", "Parameters": [adopted]}]}


def check(parameters: str) -> None:
    """Check an update with these parameters."""
    arguments = {"ENVIRONMENT": "prod", "PARAMETERS": parameters, "FRESH": "", "CONFIRM": ""}
    deployment = Deployment(CONFIG, arguments, Console())
    stack = CloudFormationStack(CloudFormation(), "mine")  # type: ignore[arg-type]  # a fake
    check_nothing_is_forgotten(deployment, Plan(creates=False), stack, {})


def test_update_that_empties_the_table_of_suppressions_is_refused() -> None:
    """The message names the table."""
    with pytest.raises(Refused, match="table suppressions-1, and would get an empty one"):
        check("AdoptSuppressions= AdoptSuppressionKey=")


def test_update_that_leaves_the_table_is_not_refused() -> None:
    """It keeps what it has adopted."""
    check("AlarmEmail=a@b.example")
