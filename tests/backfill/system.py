"""A stack for the real command: SQS over HTTP, the delivery behind it, and a strict Mixpanel.

The function is the use case in a thread of this process. The command is a process of its own.
"""

import json
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self
from unittest import mock

import boto3
import httpx
from moto.server import ThreadedMotoServer

from mixpanel_emulator.state.store import Store
from rudder_mixpanel import __version__
from tests.fakes.clock import Clock
from tests.fakes.event_source import EventSource
from tests.fakes.sqs.actions import Json
from tests.fakes.sqs.queue import TWO_WEEKS, Queue, Settings
from tests.fakes.sqs.server import SqsServer
from tests.simulation.failures import Failures
from tests.simulation.simulation import FaultyQueueClient, Simulation
from tests.simulation.traffic import CONFIG

STACK: Final = "backfilled"
CREDENTIALS: Final = {
    "AWS_ACCESS_KEY_ID": "testing",
    "AWS_SECRET_ACCESS_KEY": "testing",
    "AWS_DEFAULT_REGION": "us-east-1",
}
IDLE: Final = 0.005
PATIENCE: Final = 600.0


class LockedQueueClient(FaultyQueueClient):
    """A queue that the command uses over HTTP at the same time."""

    def __init__(self, queue: Queue, failures: Failures, lock: Any) -> None:
        super().__init__(queue, failures)
        self.lock = lock

    def call(self, action: Callable[[Queue, Json], Json], entries: Sequence[Any]) -> Json:
        """Run an action while nobody else uses the queue."""
        with self.lock:
            return super().call(action, entries)


class BackfilledSimulation(Simulation):
    """Delivery of what arrives on the queues of an SQS server."""

    def __init__(self, sqs: SqsServer, config: dict[str, Any]) -> None:
        self.sqs = sqs
        super().__init__(config, Failures(), clock=sqs.clock)
        self.copies: Counter[tuple[str, str, str, int]] = Counter()
        # Profiles are kept, and of events only what tells one from another.
        self.store = Store(limit=1_000_000)
        self.store.subscribers.append(self.count)
        self.source = EventSource(
            self.events, self.invoke, batch_size=self.batch_size, lock=sqs.lock
        )

    def _create_queues(self) -> None:
        self.dead = self.sqs.create("dead", Settings(retention=TWO_WEEKS))
        self.rejected = self.sqs.create("rejected", Settings(retention=TWO_WEEKS))
        settings = Settings(visibility=365, retention=TWO_WEEKS, dead_letters=self.dead)
        self.events = self.sqs.create("events", settings)
        self.events_client = LockedQueueClient(self.events, self.failures, self.sqs.lock)

    def count(self, kind: str, item: dict[str, Any]) -> None:
        """Count an event that has arrived, and forget the rest of it."""
        if kind == "events":
            properties = item["properties"]
            self.copies[
                item["event"],
                str(properties.get("distinct_id")),
                properties["$insert_id"],
                properties["time"],
            ] += 1
        for arrived in self.store.arrivals.values():
            arrived.clear()

    @property
    def counted(self) -> dict[str, tuple[Any, int]]:
        """Of each user with counters, the points and the number of transactions."""
        profiles = {key[-1]: item.properties for key, item in self.store.profiles.items()}
        return {
            user: (properties.get("loyalty_points"), len(properties.get("$transactions", [])))
            for user, properties in profiles.items()
            if user.startswith("buyer")
        }


class BackfillSystem:
    """All of it, while the `with` block lasts; `folder` is where the command runs."""

    def __init__(self, folder: Path, **config: Any) -> None:
        self.folder = folder
        self.config = {**CONFIG, **config}
        self.stack = ExitStack()

    def __enter__(self) -> Self:
        """Start SQS, the delivery, and the rest of AWS."""
        self.sqs = self.stack.enter_context(SqsServer(Clock(datetime.now(UTC))))  # noqa: TID251 - the command reads the same clock
        self.simulation = BackfilledSimulation(self.sqs, self.config)
        logging.getLogger("werkzeug").setLevel(logging.ERROR)
        moto = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        moto.start()
        self.stack.callback(moto.stop)
        host, port = moto.get_host_and_port()
        self.aws = f"http://{host}:{port}"
        self.fill_aws()
        self.stack.enter_context(self.delivering())
        return self

    def __exit__(self, *_: object) -> None:
        """Stop all of it."""
        self.stack.close()

    def fill_aws(self) -> None:
        """Create the stack's outputs, its settings, and the credentials."""
        secrets = {"token": self.config["token"]}
        settings = {name: value for name, value in self.config.items() if name != "token"}
        outputs = {
            "EventsQueueUrl": self.sqs.url_of(self.simulation.events),
            "RejectedQueueUrl": self.sqs.url_of(self.simulation.rejected),
            "SettingsParameterName": "settings",
            "CredentialsSecretName": "credentials",
            "Version": __version__,
        }
        template = {
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {name: {"Value": value} for name, value in outputs.items()},
        }
        # Of other systems in this process.
        httpx.post(f"{self.aws}/moto-api/reset", trust_env=False)
        with mock.patch.dict(os.environ, CREDENTIALS):
            client = {"endpoint_url": self.aws}
            boto3.client("ssm", **client).put_parameter(  # type: ignore[call-overload]
                Name="settings", Value=json.dumps(settings), Type="String"
            )
            boto3.client("secretsmanager", **client).create_secret(  # type: ignore[call-overload]
                Name="credentials", SecretString=json.dumps(secrets)
            )
            boto3.client("cloudformation", **client).create_stack(  # type: ignore[call-overload]
                StackName=STACK, TemplateBody=json.dumps(template)
            )

    @contextmanager
    def delivering(self) -> Iterator[None]:
        """Deliver what arrives, in a thread."""
        stopped = threading.Event()

        def poll() -> None:
            while not stopped.is_set():
                if not self.simulation.poll():
                    stopped.wait(IDLE)

        thread = threading.Thread(target=poll)
        thread.start()
        try:
            yield
        finally:
            stopped.set()
            thread.join()

    def start_command(self, *options: str) -> subprocess.Popen[str]:
        """Start the command on the folder `events`."""
        environment = {
            **os.environ,
            **CREDENTIALS,
            "AWS_ENDPOINT_URL": self.aws,
            "AWS_ENDPOINT_URL_SQS": self.sqs.url,
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }
        words = ["backfill", "events", "--stack", STACK, "--yes", "--json", *options]
        return subprocess.Popen(  # noqa: S603 - our own command
            [sys.executable, "-m", "rudder_mixpanel_cli.command", *words],
            cwd=self.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def finish(self, *options: str) -> tuple[int, dict[str, Any]]:
        """Run the command to its end and the delivery after it; its status and its result."""
        process = self.start_command(*options)
        out, error = process.communicate(timeout=PATIENCE)
        self.wait_until_delivered()
        if not out:
            raise AssertionError(error)
        return process.returncode, json.loads(out)

    def wait_until_delivered(self) -> None:
        """Wait until the queue is empty."""
        end = time.monotonic() + PATIENCE
        while len(self.simulation.events):
            if time.monotonic() > end:
                raise AssertionError("the queue is not empty")
            time.sleep(IDLE)

    @property
    def checkpoint(self) -> str:
        """The checkpoint as text, empty as long as there is none."""
        file = self.folder / f"rudder-mixpanel-backfill.{STACK}.json"
        return file.read_text() if file.exists() else ""


def kill(process: subprocess.Popen[str]) -> bool:
    """End a process without a warning; whether it was still running."""
    process.send_signal(signal.SIGKILL)
    process.communicate()
    return process.returncode == -signal.SIGKILL
