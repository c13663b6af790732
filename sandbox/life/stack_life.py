"""A stack that is deployed as `make deploy` does it, again and again, and what there is of it."""

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final, Literal

from sandbox.aws import ROOT, tool_environment
from sandbox.deletion import DELIVERY_TIMEOUT, wait_until
from sandbox.mixpanel import Emulator
from sandbox.operator_command import run_command
from sandbox.running import Sandbox
from sandbox.stack import ARCHITECTURE, NAME, NOT_IN_MINISTACK, Stack

CONFIG: Final = """\
version = 0.1

[default.global.parameters]
stack_name = "{name}"
parameter_overrides = "{parameters}"

[default.deploy.parameters]
template_file = "{template}"
s3_bucket = "{name}"
capabilities = "CAPABILITY_IAM"
fail_on_empty_changeset = false
"""

# Seconds until events must have left the queue: many, for a machine that does much else.
TIMEOUT: Final = 240

type Inventory = dict[str, list[str]]


class Broken(Exception):
    """A promise about the life of a stack that does not hold; the message says which."""


@dataclass(slots=True)
class Life:
    """An account, a Mixpanel, and the stack that lives in the one and sends to the other."""

    aws_url: str
    mixpanel: Emulator
    folder: Path
    template: Path
    # What later steps need from earlier ones: parameters that adopt, and names of tables.
    adoption: dict[str, str] = field(default_factory=dict)
    numbers: Any = field(default_factory=lambda: count(1))

    def __post_init__(self) -> None:
        """Make the bucket for what is deployed."""
        self.client("s3").create_bucket(Bucket=NAME)

    def client(self, service: Any) -> Any:
        """A client of a service of the account."""
        return self.stack.session.client(service, endpoint_url=self.aws_url)

    @property
    def stack(self) -> Stack:
        """The stack as it is now; another one after it was removed and created again."""
        return Stack(self.aws_url, self.folder)

    @property
    def sandbox(self) -> Sandbox:
        """The stack and its Mixpanel."""
        return Sandbox(self.stack, self.mixpanel)

    @property
    def parameters(self) -> list[str]:
        """The parameters that the stack always has."""
        return [
            f"Architecture={ARCHITECTURE}",
            f"MixpanelBaseUrl={self.mixpanel.url}",
            "ReceiveEvents=yes",
            *(f"{parameter}=no" for parameter in NOT_IN_MINISTACK.values()),
        ]

    def try_to_deploy(
        self, *parameters: str, fresh: Literal["yes", ""] = ""
    ) -> "subprocess.CompletedProcess[str]":
        """Run what `make deploy` runs after the build, and return what it printed."""
        config = self.folder / "samconfig.toml"
        config.write_text(
            CONFIG.format(name=NAME, template=self.template, parameters=" ".join(self.parameters))
        )
        options = [f"--parameters={' '.join(parameters)}", f"--fresh={fresh}", "--confirm=no"]
        return subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-m", "tools.deployment", f"--config={config}", *options],
            cwd=ROOT,
            env=tool_environment(self.aws_url, self.folder),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    def deploy(self, *parameters: str, fresh: Literal["yes", ""] = "") -> str:
        """Deploy, and return what was printed; raises Broken when that fails."""
        done = self.try_to_deploy(*parameters, fresh=fresh)
        expect(done.returncode == 0, f"make deploy fails: {done.stdout}{done.stderr}")
        self.adjust()
        return done.stdout

    def adjust(self) -> None:
        """Let regulations take effect within seconds, and the event sources work in MiniStack."""
        self.stack.fix_concurrency()
        self.stack.set_delivery_timeout(DELIVERY_TIMEOUT)

    def remove(self) -> None:
        """Delete the stack, with nothing but it; raises Broken when that fails."""
        self.client("cloudformation").delete_stack(StackName=NAME)
        waiter = self.client("cloudformation").get_waiter("stack_delete_complete")
        waiter.wait(StackName=NAME, WaiterConfig={"Delay": 1})

    def retained(self) -> dict[str, Any]:
        """What `rudder-mixpanel retained` finds; raises Broken when it fails."""
        done = run_command(self.stack, "retained", "--json")
        expect(done.returncode == 0, f"retained fails: {done.stderr}")
        document: dict[str, Any] = json.loads(done.stdout)
        return document

    def deliver(self, *users: str) -> set[str]:
        """Send an event of each user; return the users whose event Mixpanel has afterwards.

        Raises Broken when events stay on the queue.
        """
        sent = {f"life-{next(self.numbers)}": user for user in users}
        for message_id, user in sent.items():
            self.stack.send(event_of(message_id, user))
        stack = self.stack
        expect(
            wait_until(lambda: stack.queue_length("EventsQueueUrl") == 0, TIMEOUT),
            "events stay on the queue",
        )
        return {user for message_id, user in sent.items() if message_id in self.delivered()}

    def delivered(self) -> set[str]:
        """The ids of the events that Mixpanel has."""
        return {event["properties"]["$insert_id"] for event in self.mixpanel.items("events")}

    def inventory(self) -> Inventory:
        """What there is of the stack, and of earlier ones, by the services that have it."""
        listed: dict[str, Callable[[], list[str]]] = {
            "tables": lambda: self.client("dynamodb").list_tables()["TableNames"],
            "queues": lambda: self.client("sqs").list_queues().get("QueueUrls", []),
            "secrets": lambda: [
                secret["ARN"]
                for secret in self.client("secretsmanager").list_secrets()["SecretList"]
            ],
            "log groups": lambda: [
                group["logGroupName"]
                for group in self.client("logs").describe_log_groups()["logGroups"]
            ],
            "functions": lambda: [
                function["FunctionName"]
                for function in self.client("lambda").list_functions()["Functions"]
            ],
        }
        return {kind: names for kind, list_names in listed.items() if (names := list_names())}

    def table(self, variable: str = "SUPPRESSIONS_TABLE") -> str:
        """The name of a table that the deployed function uses."""
        function = self.client("lambda").get_function_configuration(
            FunctionName=self.stack.outputs["DeliverEventsFunctionName"]
        )
        name: str = function["Environment"]["Variables"][variable]
        return name

    def settings(self) -> str:
        """The stored settings."""
        parameter = self.client("ssm").get_parameter(
            Name=self.stack.outputs["SettingsParameterName"]
        )
        value: str = parameter["Parameter"]["Value"]
        return value


def event_of(message_id: str, user: str) -> str:
    """Return an event of a user, as it is sent."""
    return json.dumps({"type": "track", "event": "Lived", "userId": user, "messageId": message_id})


def expect(holds: object, otherwise: str) -> None:
    """Raise Broken unless this holds."""
    if not holds:
        raise Broken(otherwise)
