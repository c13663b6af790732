"""The built function, with the real runtime client, delivers to the emulator."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import boto3
import httpx
import pytest
from moto.server import ThreadedMotoServer

from mixpanel_emulator import Emulator
from tests.build import SENT_AT, TOKEN, identify, sqs_event, track
from tests.fakes.dynamodb import create_table
from tests.fakes.runtime_api import LambdaRuntime
from tests.package.conftest import Built

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@pytest.fixture
def aws() -> Iterator[str]:
    """The URL of an empty AWS on this machine."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    # moto keeps its state when a server stops.
    httpx.post(f"{url}/moto-api/reset", trust_env=False)
    yield url
    server.stop()


@pytest.fixture
def mixpanel() -> Iterator[Emulator]:
    """The emulator, at the time when the records were sent."""
    with Emulator(now=lambda: datetime.fromtimestamp(SENT_AT / 1000, UTC)) as emulator:
        yield emulator


def client(name: Any, url: str) -> Any:
    """A client without credentials of a real account."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    return session.client(name, endpoint_url=url)


@pytest.fixture
def runtime(built: Built, aws: str, mixpanel: Emulator) -> Iterator[LambdaRuntime]:
    """The built function, connected to both."""
    client("ssm", aws).put_parameter(Name="settings", Value="{}", Type="String")
    secret = json.dumps({"token": TOKEN})
    client("secretsmanager", aws).create_secret(Name="credentials", SecretString=secret)
    client("secretsmanager", aws).create_secret(Name="suppression-key", SecretString="k" * 64)
    for table in ("suppressions", "profiles"):
        create_table(client("dynamodb", aws), table)
    queue = client("sqs", aws).create_queue(QueueName="rejected")["QueueUrl"]
    function, handler = built.functions()["DeliverEventsFunction"]
    environment = {
        "AWS_ENDPOINT_URL": aws,
        "DESTINATION_ID": "default",
        "DESTINATION_SETTINGS_PARAMETER": "settings",
        "DELIVERY_CREDENTIALS_SECRET": "credentials",
        "EVENTS_QUEUE_URL": queue,
        "REJECTED_QUEUE_URL": queue,
        "LEDGER_TABLE": "ledger",
        "PROFILES_TABLE": "profiles",
        "SUPPRESSIONS_TABLE": "suppressions",
        "SUPPRESSION_KEY_SECRET": "suppression-key",
        "MIXPANEL_BASE_URL": mixpanel.url,
        "POWERTOOLS_SERVICE_NAME": "deliver_events",
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        **KEYS,
    }
    with LambdaRuntime(function, built.layer, handler, environment, timeout=60) as started:
        yield started


def test_built_function_delivers(runtime: LambdaRuntime, mixpanel: Emulator) -> None:
    """A track and an identify become an event, a merge and a profile, without violations."""
    response = runtime.invoke(sqs_event(track(), identify()))
    held = (
        sorted(event["event"] for event in mixpanel.events()),
        [profile["distinct_id"] for profile in mixpanel.profiles()],
        mixpanel.violations(),
    )
    assert (response.payload, held) == (
        {"batchItemFailures": []},
        (["$merge", "Order Completed"], ["user-1"], []),
    )


def test_built_function_keeps_records_without_mixpanel(
    runtime: LambdaRuntime, mixpanel: Emulator
) -> None:
    """The record stays on the queue."""
    mixpanel.__exit__()
    response = runtime.invoke(sqs_event(track()))
    assert response.payload == {"batchItemFailures": [{"itemIdentifier": "record-1"}]}


def test_built_function_logs_metrics(runtime: LambdaRuntime) -> None:
    """One log line has the metrics: received, delivered and rejected events."""
    response = runtime.invoke(sqs_event(track(), "not JSON"))
    metrics = [json.loads(line) for line in response.log if '"CloudWatchMetrics"' in line]
    counts = [(values["Received"], values["Delivered"], values["Rejected"]) for values in metrics]
    assert counts == [([2.0], [1.0], [1.0])]
