"""A check of the policies of the stack's queues."""

import json
from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import CHANGED_BY_HAND, Finding, check, ok, warning

WITHOUT_TLS: Final = {"Bool": {"aws:SecureTransport": "false"}}


@check("queue policies")
def check_queue_policies(stack: DeployedStack) -> Iterator[Finding]:
    """Every queue refuses requests without TLS.

    Somebody has replaced the policy of the queue, which has only one: see
    [Something was changed by hand](#something-was-changed-by-hand).
    """
    queues = stack.of_type("AWS::SQS::Queue")
    without = [name for name, url in queues.items() if not demands_tls(policy_of(stack, url))]
    if without:
        text = f"The policy of {', '.join(without)} allows requests without TLS."
        yield warning(text, CHANGED_BY_HAND)
    else:
        yield ok(f"All {len(queues)} queues demand TLS.")


def policy_of(stack: DeployedStack, url: str) -> dict[str, Any]:
    """The policy of a queue; empty without one."""
    sqs = stack.client("sqs")
    answer = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])
    policy: dict[str, Any] = json.loads(answer.get("Attributes", {}).get("Policy") or "{}")
    return policy


def demands_tls(policy: dict[str, Any]) -> bool:
    """Whether a policy denies everything that comes without TLS."""
    return any(
        statement["Effect"] == "Deny" and statement.get("Condition") == WITHOUT_TLS
        for statement in policy.get("Statement", [])
    )
