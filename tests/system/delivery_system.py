"""All of delivery on this machine: queues, the built function, AWS and Mixpanel.

Queues and limits are those of the template. All parts use one clock, which stands still until a
test advances it.
"""

import json
import os
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Self

import boto3
from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # brings no types

from mixpanel_emulator import Emulator
from tests.build import TOKEN
from tests.fakes.clock import Clock
from tests.fakes.dynamodb import create_table
from tests.fakes.event_source import EventSource
from tests.fakes.lambda_function import LambdaFunction
from tests.fakes.runtime_api import LambdaRuntime
from tests.fakes.sqs.messages import Message
from tests.fakes.sqs.queue import Queue, Settings
from tests.fakes.sqs.server import SqsServer
from tests.package.conftest import Built
from tests.system.clocked_function import ClockedFunction

FUNCTION: Final = "DeliverEventsFunction"
LEDGER: Final = "ledger"
PROFILES: Final = "profiles"
SUPPRESSIONS = "suppressions"
# An outage of two weeks takes fewer rounds than this.
MAX_ROUNDS: Final = 5000


class DeliverySystem:
    """Everything from the events queue to Mixpanel, while the `with` block lasts."""

    # Code that runs beside the handler, before the first invocation
    addition = ""

    def __init__(self, built: Built, aws: str, clock: Clock, **config: Any) -> None:
        self.built = built
        self.aws = aws
        # Where the function reaches DynamoDB.
        self.dynamodb = aws
        self.config: dict[str, Any] = {"dataResidency": "us", **config}
        self.clock = clock
        self.sent: dict[str, Message] = {}
        self._template = load(str(built.folder / "template.yaml"))["Resources"]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start all parts but the function's process, which the first batch starts."""
        self.sqs = self._stack.enter_context(SqsServer(self.clock))
        self.mixpanel = self._stack.enter_context(Emulator(now=self.time_at_mixpanel))
        self.rejected = self._queue("rejected", "RejectedQueue")
        self.dead = self._queue("dead", "EventsDeadLetterQueue")
        self.events = self._queue("events", "EventsQueue", self.dead)
        self._fill_aws()
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="clocked-")))
        self._clocked = ClockedFunction(
            self.built.functions()[FUNCTION][0], folder, self.clock, addition=self.addition
        )
        self.function = self._stack.enter_context(LambdaFunction(self._process))
        mapping = self._properties(FUNCTION)["Events"]["Events"]["Properties"]
        self.source = EventSource(
            self.events, self.invoke, batch_size=mapping["BatchSize"], lock=self.sqs.lock
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all parts."""
        self._stack.close()

    def time_at_mixpanel(self) -> datetime:
        """The time as Mixpanel reads it at each request."""
        return self.clock()

    @property
    def mixpanel_url(self) -> str:
        """The URL at which the function finds Mixpanel."""
        return self.mixpanel.url

    def send(self, *bodies: Any) -> list[str]:
        """Send text, or anything else as JSON, to the events queue; return the message ids."""
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        messages = [self.events.send(text) for text in texts]
        self.sent |= {message.id: message for message in messages}
        return [message.id for message in messages]

    def put_credentials(self, **credentials: str) -> None:
        """Write the secret; the next invocation runs in a new container, which reads it."""
        self._client("secretsmanager").put_secret_value(
            SecretId="credentials", SecretString=json.dumps(credentials)
        )
        self.function.end_process()

    def invoke(self, event: Any) -> Any:
        """Invoke the function, and return its response."""
        self._clocked.show_time()
        return self.function(event)

    def run_until_empty(self, *, step: float = 0) -> None:
        """Invoke the function until the queue is empty, and advance the clock while it has to wait.

        The clock advances to the next visible record, but at least by `step` seconds, so that more
        records share a batch.
        """
        for _ in range(MAX_ROUNDS):
            if self.source.poll() is None:
                visible_at = self.events.next_visible_at()
                if visible_at is None:
                    return
                self.clock.advance(max(step, (visible_at - self.clock.milliseconds) / 1000))
        raise AssertionError(f"the queue is not empty after {MAX_ROUNDS} rounds")

    @contextmanager
    def kill_as_soon_as(self, condition: Callable[[], object]) -> Iterator[None]:
        """Within the block, kill the function's process once, as soon as the condition holds."""
        stopped = threading.Event()
        process = self.function.pid

        def watch() -> None:
            while not stopped.wait(0.005):
                if condition():
                    os.kill(process, signal.SIGKILL)
                    return

        watcher = threading.Thread(target=watch)
        watcher.start()
        try:
            yield
        finally:
            stopped.set()
            watcher.join()

    def _properties(self, resource: str) -> dict[str, Any]:
        properties: dict[str, Any] = self._template[resource]["Properties"]
        return properties

    def _queue(self, name: str, resource: str, dead_letters: Queue | None = None) -> Queue:
        """A queue with the template's attributes, and SQS's defaults for all others."""
        properties = self._properties(resource)
        default = Settings()
        settings = Settings(
            visibility=properties.get("VisibilityTimeout", default.visibility),
            retention=properties["MessageRetentionPeriod"],
            max_bytes=properties.get("MaximumMessageSize", default.max_bytes),
            dead_letters=dead_letters,
            max_receives=properties.get("RedrivePolicy", {}).get("maxReceiveCount", 0),
        )
        return self.sqs.create(name, settings)

    def _fill_aws(self) -> None:
        """Create the settings, the secrets and the tables that the function reads."""
        ssm, secrets, dynamodb = map(self._client, ("ssm", "secretsmanager", "dynamodb"))
        ssm.put_parameter(Name="settings", Value=json.dumps(self.config), Type="String")
        secrets.create_secret(Name="credentials", SecretString=json.dumps({"token": TOKEN}))
        secrets.create_secret(Name="suppression-key", SecretString="k" * 64)
        for table in (LEDGER, PROFILES, SUPPRESSIONS):
            create_table(dynamodb, table)

    def _client(self, service: Any) -> Any:
        return boto3.client(service, endpoint_url=self.aws)

    def _process(self) -> LambdaRuntime:
        properties = self._properties(FUNCTION)
        environment = self._environment()
        if unknown := properties["Environment"]["Variables"].keys() - environment.keys():
            raise KeyError(f"the template sets variables that are not set here: {unknown}")
        return LambdaRuntime(
            self._clocked.folder,
            self.built.layer,
            ClockedFunction.handler,
            environment,
            properties["Timeout"],
        )

    def _environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL_DYNAMODB": self.dynamodb,
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.aws,
            "AWS_ENDPOINT_URL_SQS": self.sqs.url,
            "AWS_ENDPOINT_URL_SSM": self.aws,
            "DELIVERY_CREDENTIALS_SECRET": "credentials",
            "DESTINATION_ID": "default",
            "DESTINATION_SETTINGS_PARAMETER": "settings",
            "EVENTS_QUEUE_URL": self.sqs.url_of(self.events),
            "LEDGER_TABLE": LEDGER,
            "PROFILES_TABLE": PROFILES,
            "SUPPRESSIONS_TABLE": SUPPRESSIONS,
            "SUPPRESSION_KEY_SECRET": "suppression-key",
            "MIXPANEL_BASE_URL": self.mixpanel_url,
            "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
            "POWERTOOLS_SERVICE_NAME": "deliver_events",
            "REJECTED_QUEUE_URL": self.sqs.url_of(self.rejected),
        }
