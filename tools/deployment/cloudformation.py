"""The calls of a deployment to CloudFormation."""

import os
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import ClientError

from tools.deployment.change_set import (
    Change,
    changes_of,
    given_back,
    parameter_changes,
)

if TYPE_CHECKING:
    from mypy_boto3_cloudformation import CloudFormationClient

# Seconds between two looks at a stack that changes; sam reads the same variable.
POLL_DELAY: Final = float(os.environ.get("SAM_CLI_POLL_DELAY", "3"))
STARTED: Final = frozenset({"CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"})
GONE: Final = frozenset({"DELETE_COMPLETE", "CREATE_FAILED"})


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """What a change set will do."""

    arn: str
    changes: list[Change]
    parameters: list[str]

    @property
    def touches_data(self) -> bool:
        """Whether a resource that holds data is removed, or another one takes its place."""
        return any(change.data for change in self.changes)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a deployment has ended."""

    status: str
    failures: list[str]
    # The resources of a creation that was rolled back, and that still exist.
    left: list[str]


class CloudFormationStack:
    """A stack of CloudFormation, whether it exists or not."""

    def __init__(self, client: "CloudFormationClient", name: str) -> None:
        self.client = client
        self.name = name

    def describe(self) -> Mapping[str, Any]:
        """Describe the stack; empty if there is none."""
        try:
            return dict(self.client.describe_stacks(StackName=self.name)["Stacks"][0])
        except ClientError as error:
            if "does not exist" in str(error):
                return {}
            raise

    def status(self) -> str | None:
        """The state that it is in; None if there is no such stack."""
        status: str | None = self.describe().get("StackStatus")
        return status

    def parameters(self) -> dict[str, str]:
        """The values of its parameters by name; empty if there is no stack."""
        return values_of(self.describe().get("Parameters", []))

    def read_change_set(self, arn: str) -> ChangeSet:
        """Read what a change set will do."""
        pages = list(
            self.client.get_paginator("describe_change_set").paginate(
                ChangeSetName=arn, StackName=self.name
            )
        )
        before, after = self.parameters(), values_of(pages[0].get("Parameters", []))
        changes = changes_of(
            (change for page in pages for change in page["Changes"]), given_back(before, after)
        )
        is_new = self.status() == "REVIEW_IN_PROGRESS"
        return ChangeSet(arn, changes, [] if is_new else parameter_changes(before, after))

    def execute(self, arn: str) -> Outcome:
        """Carry out a change set; return how that has ended."""
        self.client.execute_change_set(ChangeSetName=arn, StackName=self.name)
        status = self.wait() or ""
        left = self.left_resources() if status.startswith("ROLLBACK") else []
        return Outcome(status, self.failures(), left)

    def wait(self) -> str | None:
        """Wait until nothing changes the stack; return its state."""
        while (status := self.status()) and status.endswith("_IN_PROGRESS"):
            time.sleep(POLL_DELAY)
        return status

    def discard(self, arn: str) -> None:
        """Delete a change set, and the stack without resources that it may have made."""
        self.client.delete_change_set(ChangeSetName=arn, StackName=self.name)
        if self.status() == "REVIEW_IN_PROGRESS":
            self.client.delete_stack(StackName=self.name)

    def remove(self) -> None:
        """Delete the stack, and wait until it is gone."""
        self.client.delete_stack(StackName=self.name)
        self.wait()

    def failures(self) -> list[str]:
        """Say what failed in the last deployment, and why, in the order in which it happened."""
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=self.name)
        return failures_in(event for page in pages for event in page["StackEvents"])

    def left_resources(self) -> list[str]:
        """The resources of a creation that was rolled back, and that still exist."""
        pages = self.client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [
            f"{resource['LogicalResourceId']}: {resource.get('PhysicalResourceId', '')}"
            for page in pages
            for resource in page["StackResourceSummaries"]
            if resource["ResourceStatus"] not in GONE
        ]


def values_of(parameters: Iterable[Any]) -> dict[str, str]:
    """Return the values of a stack's parameters by name."""
    return {each["ParameterKey"]: each.get("ParameterValue", "") for each in parameters}


def failures_in(events: Iterable[Any]) -> list[str]:
    """Return a line for each failure of the last deployment, of its events, newest first."""
    return list(reversed(list(map(described, failed(events)))))


def failed(events: Iterable[Any]) -> Iterator[Any]:
    """Yield what failed by itself, and not because something else did."""
    for event in events:
        is_stack = event.get("PhysicalResourceId") == event["StackId"]
        if is_stack and event["ResourceStatus"] in STARTED:
            return
        is_cancelled = "cancelled" in event.get("ResourceStatusReason", "")
        if event["ResourceStatus"].endswith("_FAILED") and not is_stack and not is_cancelled:
            yield event


def described(event: Any) -> str:
    """Describe an event that is a failure."""
    reason = event.get("ResourceStatusReason", "CloudFormation gives no reason")
    return f"{event['LogicalResourceId']} ({event['ResourceType']}): {reason}"
