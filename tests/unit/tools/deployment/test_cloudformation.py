"""tools/deployment/cloudformation.py: why a deployment failed."""

from typing import Any

from tools.deployment.cloudformation import failures_in

STACK = "arn:aws:cloudformation:eu-west-1:111111111111:stack/mine/1"


def event(name: str, status: str, reason: str = "", physical: str = "x") -> dict[str, Any]:
    """An event of the stack's history."""
    return {
        "StackId": STACK,
        "LogicalResourceId": name,
        "PhysicalResourceId": physical,
        "ResourceType": "AWS::Events::Rule",
        "ResourceStatus": status,
        "ResourceStatusReason": reason,
    }


HISTORY = [
    event("mine", "ROLLBACK_COMPLETE", physical=STACK),
    event("mine", "ROLLBACK_IN_PROGRESS", "The following failed: [Rule]", physical=STACK),
    event("Queue", "CREATE_FAILED", "Resource creation cancelled"),
    event("Second", "CREATE_FAILED", "limit"),
    event("Rule", "CREATE_FAILED", "no such bus"),
    event("mine", "CREATE_IN_PROGRESS", physical=STACK),
    event("Earlier", "CREATE_FAILED", "of an earlier deployment"),
]


def test_failures_are_those_of_the_last_deployment_in_their_order() -> None:
    """What was cancelled because something else failed is not one."""
    assert failures_in(HISTORY) == [
        "Rule (AWS::Events::Rule): no such bus",
        "Second (AWS::Events::Rule): limit",
    ]
