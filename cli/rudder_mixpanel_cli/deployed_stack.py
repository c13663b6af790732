"""A deployed stack: its outputs, parameters and resources, and clients of the services it uses."""

from functools import cached_property
from threading import RLock
from typing import Any, NamedTuple

import boto3

from rudder_mixpanel_cli.adoptable import ADOPTABLE, QUEUE, adopted_by
from rudder_mixpanel_cli.aws import describe_stack
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.options import NO_STACK


class StackResource(NamedTuple):
    """A resource: its type in CloudFormation, and its name, URL or ARN in AWS."""

    type: str
    id: str


class DeployedStack:
    """A stack by its name; everything is read when it is first needed, and only once."""

    def __init__(self, name: str | None) -> None:
        """Take the stack's name. Raises UsageError without one."""
        if not name:
            raise UsageError(NO_STACK)
        self.name = name
        self.clients: dict[str, Any] = {}
        # botocore's sessions may not make two clients at a time.
        self.lock = RLock()

    @cached_property
    def description(self) -> dict[str, Any]:
        """CloudFormation's description. Raises UsageError when the stack does not exist."""
        return describe_stack(self.client("cloudformation"), self.name)

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs by name. Raises UsageError when the stack does not exist."""
        outputs = self.description.get("Outputs", [])
        return {output["OutputKey"]: output["OutputValue"] for output in outputs}

    @cached_property
    def resources(self) -> dict[str, StackResource]:
        """The resources by their names in the template, own ones and adopted ones."""
        return self.own_resources | self.adopted

    @cached_property
    def adopted(self) -> dict[str, StackResource]:
        """The resources that a parameter puts in the place of own ones."""
        parameters = {
            parameter["ParameterKey"]: parameter.get("ParameterValue", "")
            for parameter in self.description.get("Parameters", [])
        }
        return {
            name: StackResource(
                ADOPTABLE[name],
                self.client("sqs").get_queue_url(QueueName=value)["QueueUrl"]
                if ADOPTABLE[name] == QUEUE
                else value,
            )
            for name, value in adopted_by(parameters).items()
        }

    @cached_property
    def own_resources(self) -> dict[str, StackResource]:
        """The resources that CloudFormation has made for the stack."""
        pages = self.client("cloudformation").get_paginator("list_stack_resources")
        return {
            resource["LogicalResourceId"]: StackResource(
                resource["ResourceType"], resource.get("PhysicalResourceId", "")
            )
            for page in pages.paginate(StackName=self.name)
            for resource in page["StackResourceSummaries"]
        }

    def of_type(self, resource_type: str) -> dict[str, str]:
        """The physical ids of the resources of a type, by their names in the template."""
        return {
            name: resource.id
            for name, resource in sorted(self.resources.items())
            if resource.type == resource_type
        }

    def output(self, name: str) -> str:
        """One output. Raises UsageError when the stack does not have it."""
        if name not in self.outputs:
            raise UsageError(f"--stack: stack {self.name} has no output {name}")
        return self.outputs[name]

    def client(self, service: str) -> Any:
        """The client of a service, such as `sqs` or `logs`."""
        with self.lock:
            if service not in self.clients:
                self.clients[service] = boto3.client(service)  # type: ignore[call-overload]
            return self.clients[service]
