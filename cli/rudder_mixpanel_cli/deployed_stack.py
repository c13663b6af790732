"""A deployed stack: its outputs, and clients of the AWS services that it uses."""

from functools import cached_property
from typing import Any

import boto3

from rudder_mixpanel_cli.aws import stack_outputs
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.options import STACK_VARIABLE


class DeployedStack:
    """A stack by its name; everything is read when it is first needed, and only once."""

    def __init__(self, name: str | None) -> None:
        """Take the stack's name. Raises UsageError without one."""
        if not name:
            raise UsageError(f"expected --stack NAME, or the variable {STACK_VARIABLE}")
        self.name = name
        self.clients: dict[str, Any] = {}

    @cached_property
    def outputs(self) -> dict[str, str]:
        """The outputs by name. Raises UsageError when the stack does not exist."""
        return stack_outputs(self.name)

    def output(self, name: str) -> str:
        """One output. Raises UsageError when the stack does not have it."""
        if name not in self.outputs:
            raise UsageError(f"--stack: stack {self.name} has no output {name}")
        return self.outputs[name]

    def client(self, service: str) -> Any:
        """The client of a service, such as `sqs` or `logs`."""
        if service not in self.clients:
            self.clients[service] = boto3.client(service)  # type: ignore[call-overload]
        return self.clients[service]
