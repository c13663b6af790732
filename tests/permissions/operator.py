"""Commands that are refused what their permissions do not contain.

While `rudder-mixpanel` runs in this process, every call of botocore is its own, in every thread.
Names are checked for stacks of template.yaml: other tests give their resources any name.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from itertools import pairwise
from typing import Any, Final

import pytest
from botocore.client import BaseClient

from rudder_mixpanel_cli.command_group import CommandGroup
from rudder_mixpanel_cli.permissions import ACTING, LOOKING, is_part_of, needs_of, policy_document
from tests.fakes import moto_stack
from tests.permissions.errors import access_denied
from tests.permissions.policy import Policy, Statement
from tests.permissions.requests import ACCOUNT, REGION, requests_of


class OperatorEnforcement:
    """Which permissions of commands were used, and what was denied."""

    def __init__(self) -> None:
        self.used: set[tuple[str, str, str]] = set()
        self.denied: list[str] = []
        self.running: Policy | None = None

    @contextmanager
    def installed(self) -> Iterator[None]:
        """Check every call that a command makes."""
        run = CommandGroup.main
        call = BaseClient._make_api_call  # type: ignore[attr-defined]  # not in its stubs

        def run_with_policy(group: CommandGroup, *arguments: Any, **options: Any) -> Any:
            words = [*(arguments[0] if arguments else options.get("args") or ())]
            with self.under(words):
                return run(group, *arguments, **options)

        def call_if_allowed(client: BaseClient, operation: str, parameters: Any) -> Any:
            self.check(client, operation, parameters)
            return call(client, operation, parameters)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(CommandGroup, "main", run_with_policy)
            patch.setattr(BaseClient, "_make_api_call", call_if_allowed)
            yield

    def under(self, words: list[str]) -> AbstractContextManager[None]:
        """Allow what a command line needs, in a block."""
        return self.run_as(policy_for(words))

    @contextmanager
    def run_as(self, policy: Policy | None) -> Iterator[None]:
        """Allow what a policy allows in this block, or everything, as to somebody else."""
        before, self.running = self.running, policy
        try:
            yield
        finally:
            self.running = before

    def check(self, client: BaseClient, operation: str, parameters: Any) -> None:
        """Raise a ClientError if the command that runs may not do this."""
        if self.running is None:
            return
        policy = self.running
        for request in requests_of(client.meta.service_model.service_name, operation, parameters):
            allowing = policy.allowing(request)
            if not allowing:
                self.denied.append(f"{policy.role}: {request.action} on {request.resource}")
                raise access_denied(client, operation, policy.role, request)
            self.used |= {
                (policy.role, permission.sid, permission.action) for permission in allowing
            }

    def take_denied(self) -> list[str]:
        """What was denied since the last time, also what the command did not mind."""
        denied, self.denied = self.denied, []
        return denied


OPERATOR: Final = OperatorEnforcement()


def command_in(words: list[str]) -> str:
    """The command that the words call: the longest name that is declared, with its option."""
    called = [name for name in {**LOOKING, **ACTING} if is_part_of(name.split(), words)]
    return max(called, key=len, default=" ".join(words[:2]))


def stack_in(words: list[str]) -> str | None:
    """The stack of template.yaml that the words name."""
    named = [after for option, after in pairwise(words) if option == "--stack"]
    return named[-1] if named and named[-1] in moto_stack.DEPLOYED else None


def bucket_in(words: list[str]) -> str:
    """The bucket of S3 that the words name, if there is one."""
    addresses = (word.removeprefix("s3://") for word in words if word.startswith("s3://"))
    return next((address.partition("/")[0] for address in addresses), "none")


def declared() -> set[tuple[str, str, str]]:
    """Every command with each action that it may need, and the statement that allows it."""
    return {
        (command, need.sid, action)
        for command, needs in {**LOOKING, **ACTING}.items()
        for need in needs
        for action in need.actions
    }


def policy_for(words: list[str]) -> Policy:
    """The policy of a command line, for the stack that it names."""
    stack = stack_in(words)
    document = policy_document(
        needs_of(words),
        stack=stack or "*",
        account=ACCOUNT,
        region=REGION,
        bucket=bucket_in(words),
    )
    any_name = {} if stack else {"Resource": "*"}
    statements = (Statement.of(element | any_name, {}) for element in document["Statement"])
    return Policy(command_in(words), tuple(statements))
