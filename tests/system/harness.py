"""The whole of delivery on this machine: queues, the built function, AWS and Mixpanel.

Queues and limits are those of the template, and everything goes by one clock, which stands still
until it is moved.
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
from tests.fakes.event_source import EventSource
from tests.fakes.runtime_api import LambdaRuntime
from tests.fakes.sqs.messages import Message
from tests.fakes.sqs.queue import Queue, Settings
from tests.fakes.sqs.server import Sqs
from tests.package.conftest import Built
from tests.system.deployed import Deployed
from tests.system.moved import Moved

FUNCTION: Final = "DeliverEventsFunction"
LEDGER: Final = "ledger"
SUPPRESSIONS = "suppressions"
# An outage of a fortnight has fewer rounds than this; a queue that never empties has more.
MOST_ROUNDS: Final = 5000


class System:
    """Everything from the events queue to Mixpanel, for as long as the `with` block lasts."""

    def __init__(self, built: Built, aws: str, clock: Clock, **config: Any) -> None:
        self.built = built
        self.aws = aws
        self.config: dict[str, Any] = {"dataResidency": "us", **config}
        self.clock = clock
        self.sent: dict[str, Message] = {}
        self._template = load(str(built.folder / "template.yaml"))["Resources"]
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        """Start all of it but the function's process, which the first batch starts."""
        self.sqs = self._stack.enter_context(Sqs(self.clock))
        self.mixpanel = self._stack.enter_context(Emulator(now=self.time_at_mixpanel))
        self.rejected = self._queue("rejected", "RejectedQueue")
        self.dead = self._queue("dead", "EventsDeadLetterQueue")
        self.events = self._queue("events", "EventsQueue", self.dead)
        self._fill_aws()
        folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="moved-")))
        self._moved = Moved(self.built.functions()[FUNCTION][0], folder, self.clock)
        self.function = self._stack.enter_context(Deployed(self._process))
        mapping = self._properties(FUNCTION)["Events"]["Events"]["Properties"]
        self.source = EventSource(
            self.events, self.invoke, batch_size=mapping["BatchSize"], alone=self.sqs.lock
        )
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all of it."""
        self._stack.close()

    def time_at_mixpanel(self) -> datetime:
        """What Mixpanel asks at each request."""
        return self.clock()

    def send(self, *bodies: Any) -> list[str]:
        """Put bodies on the events queue: text as it is, anything else as its JSON."""
        texts = [body if isinstance(body, str) else json.dumps(body) for body in bodies]
        messages = [self.events.send(text) for text in texts]
        self.sent |= {message.id: message for message in messages}
        return [message.id for message in messages]

    def invoke(self, event: Any) -> Any:
        """What the function answers to an event, at the time that it is now."""
        self._moved.tell()
        return self.function(event)

    def run_until_empty(self, *, step: float = 0) -> None:
        """Let the function work until all is done, and time pass where there is nothing to do.

        Time goes on to the next record, and at least by a step, so that records come together.
        """
        for _ in range(MOST_ROUNDS):
            if self.source.poll() is None:
                visible_at = self.events.next_visible_at()
                if visible_at is None:
                    return
                self.clock.advance(max(step, (visible_at - self.clock.milliseconds) / 1000))
        raise AssertionError(f"the queue is not empty after {MOST_ROUNDS} rounds")

    @contextmanager
    def killed_as_soon_as(self, happened: Callable[[], object]) -> Iterator[None]:
        """Within the block, kill the function's process once, as soon as this has happened."""
        over = threading.Event()
        process = self.function.pid

        def watch() -> None:
            while not over.wait(0.005):
                if happened():
                    os.kill(process, signal.SIGKILL)
                    return

        watching = threading.Thread(target=watch)
        watching.start()
        try:
            yield
        finally:
            over.set()
            watching.join()

    def _properties(self, resource: str) -> dict[str, Any]:
        properties: dict[str, Any] = self._template[resource]["Properties"]
        return properties

    def _queue(self, name: str, resource: str, dead_letters: Queue | None = None) -> Queue:
        """A queue as the template has it; what it does not say is as SQS has it."""
        said = self._properties(resource)
        usual = Settings()
        settings = Settings(
            visibility=said.get("VisibilityTimeout", usual.visibility),
            retention=said["MessageRetentionPeriod"],
            longest=said.get("MaximumMessageSize", usual.longest),
            dead_letters=dead_letters,
            most_receives=said.get("RedrivePolicy", {}).get("maxReceiveCount", 0),
        )
        return self.sqs.create(name, settings)

    def _fill_aws(self) -> None:
        """The destination's settings and secret, and the ledger's table."""
        ssm, secrets, dynamodb = map(self._client, ("ssm", "secretsmanager", "dynamodb"))
        ssm.put_parameter(Name="settings", Value=json.dumps(self.config), Type="String")
        secrets.create_secret(Name="credentials", SecretString=json.dumps({"token": TOKEN}))
        secrets.create_secret(Name="suppression-key", SecretString="k" * 64)
        for table in (LEDGER, SUPPRESSIONS):
            dynamodb.create_table(
                TableName=table,
                KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
                AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
                BillingMode="PAY_PER_REQUEST",
            )

    def _client(self, service: Any) -> Any:
        return boto3.client(service, endpoint_url=self.aws)

    def _process(self) -> LambdaRuntime:
        said = self._properties(FUNCTION)
        environment = self._environment()
        if unknown := said["Environment"]["Variables"].keys() - environment.keys():
            raise KeyError(f"the template sets what the harness does not know: {unknown}")
        return LambdaRuntime(
            self._moved.folder, self.built.layer, Moved.handler, environment, said["Timeout"]
        )

    def _environment(self) -> dict[str, str]:
        return {
            "AWS_ACCESS_KEY_ID": "testing",
            "AWS_SECRET_ACCESS_KEY": "testing",
            "AWS_ENDPOINT_URL_DYNAMODB": self.aws,
            "AWS_ENDPOINT_URL_SECRETS_MANAGER": self.aws,
            "AWS_ENDPOINT_URL_SQS": self.sqs.url,
            "AWS_ENDPOINT_URL_SSM": self.aws,
            "DELIVERY_CREDENTIALS_SECRET": "credentials",
            "DESTINATION_ID": "default",
            "DESTINATION_SETTINGS_PARAMETER": "settings",
            "EVENTS_QUEUE_URL": self.sqs.url_of(self.events),
            "LEDGER_TABLE": LEDGER,
            "SUPPRESSIONS_TABLE": SUPPRESSIONS,
            "SUPPRESSION_KEY_SECRET": "suppression-key",
            "MIXPANEL_BASE_URL": self.mixpanel.url,
            "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
            "POWERTOOLS_SERVICE_NAME": "deliver_events",
            "REJECTED_QUEUE_URL": self.sqs.url_of(self.rejected),
        }
