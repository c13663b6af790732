"""Connect to the regulations APIs that the options name."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rudder_mixpanel_cli.aws import report_aws_errors, stack_outputs
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.options import NO_STACK
from rudder_mixpanel_cli.regulations import client
from rudder_mixpanel_cli.regulations.options import TOKEN_VARIABLE


@dataclass(frozen=True, slots=True)
class Connection:
    """A stack's regulations API, the id of the stack's destination, and the name of its settings.

    `stack` is empty when only a URL is known; then so is `settings`.
    """

    api: client.RegulationsClient
    destination: str
    stack: str = ""
    settings: str = ""

    @property
    def name(self) -> str:
        """What people call it."""
        return self.stack or self.api.url


def connect(stack: str | None, url: str | None, token: str) -> Connection:
    """Connect as the options say, and read what they omit from the stack's outputs.

    Raises UsageError when an option is missing, CommandError when AWS fails.
    """
    if not stack and not url:
        raise UsageError(f"{NO_STACK}, or --url URL")
    token = os.environ.get(token_variable(stack or ""), token)
    if not token:
        names = [TOKEN_VARIABLE, *([token_variable(stack)] if stack else [])]
        raise UsageError(f"expected a token in {' or '.join(names)}")
    outputs: dict[str, str] = {}
    if stack:
        with report_aws_errors():
            outputs = stack_outputs(stack)
    address = url or outputs.get("RegulationsApiUrl")
    if not address:
        raise UsageError(f"--stack: stack {stack} has no output RegulationsApiUrl")
    api = client.RegulationsClient(address, token)
    destination = outputs.get("DestinationId", "default")
    return Connection(api, destination, stack or "", outputs.get("SettingsParameterName", ""))


def connect_all(stacks: Sequence[str] | None, url: str | None, token: str) -> list[Connection]:
    """Connect to each stack, or to the URL alone; raises UsageError or CommandError."""
    names = [name.strip() for text in stacks or () for name in text.split(",")]
    distinct: list[str | None] = [*dict.fromkeys(name for name in names if name)]
    if url and len(distinct) > 1:
        raise UsageError("--url: expected one --stack at most")
    return [connect(stack, url, token) for stack in distinct or [None]]


def token_variable(stack: str) -> str:
    """The environment variable with the token of one stack."""
    return f"{TOKEN_VARIABLE}_{re.sub('[^A-Z0-9]', '_', stack.upper())}"
