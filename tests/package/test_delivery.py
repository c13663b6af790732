"""The built function, under the real runtime client, delivers to a Mixpanel that checks."""

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
from tests.fakes.runtime_api import LambdaRuntime
from tests.package.conftest import Built

KEYS = {"AWS_ACCESS_KEY_ID": "testing", "AWS_SECRET_ACCESS_KEY": "testing"}


@pytest.fixture
def aws() -> Iterator[str]:
    """AWS on this machine, holding a destination's settings, secret and rejected queue."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
    # What it holds outlives a server.
    httpx.post(f"{url}/moto-api/reset", trust_env=False)
    yield url
    server.stop()


@pytest.fixture
def mixpanel() -> Iterator[Emulator]:
    """A Mixpanel that checks everything, at the time when the records were sent."""
    with Emulator(now=lambda: datetime.fromtimestamp(SENT_AT / 1000, UTC)) as emulator:
        yield emulator


def client(name: Any, url: str) -> Any:
    """A client that knows no real account."""
    session = boto3.Session("testing", "testing", region_name="us-east-1")
    return session.client(name, endpoint_url=url)


@pytest.fixture
def runtime(built: Built, aws: str, mixpanel: Emulator) -> Iterator[LambdaRuntime]:
    """The built function in Lambda's place, connected to both."""
    client("ssm", aws).put_parameter(Name="settings", Value="{}", Type="String")
    secret = json.dumps({"token": TOKEN})
    client("secretsmanager", aws).create_secret(Name="credentials", SecretString=secret)
    client("secretsmanager", aws).create_secret(Name="suppression-key", SecretString="k" * 64)
    client("dynamodb", aws).create_table(
        TableName="suppressions",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
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
    """A track and an identify arrive as an event, a merge and a profile, with no complaint."""
    answer = runtime.invoke(sqs_event(track(), identify()))
    held = (
        sorted(event["event"] for event in mixpanel.events()),
        [profile["distinct_id"] for profile in mixpanel.profiles()],
        mixpanel.violations(),
    )
    assert (answer.payload, held) == (
        {"batchItemFailures": []},
        (["$merge", "Order Completed"], ["user-1"], []),
    )


def test_built_function_keeps_what_mixpanel_cannot_take(
    runtime: LambdaRuntime, mixpanel: Emulator
) -> None:
    """With Mixpanel gone, the record stays on the queue."""
    mixpanel.__exit__()
    answer = runtime.invoke(sqs_event(track()))
    assert answer.payload == {"batchItemFailures": [{"itemIdentifier": "record-1"}]}


def test_built_function_tells_its_account_as_metrics(runtime: LambdaRuntime) -> None:
    """One log line of an invocation is CloudWatch's: received, delivered and rejected add up."""
    answer = runtime.invoke(sqs_event(track(), "not JSON"))
    metrics = [json.loads(line) for line in answer.log if '"CloudWatchMetrics"' in line]
    told = [(one["Received"], one["Delivered"], one["Rejected"]) for one in metrics]
    assert told == [([2.0], [1.0], [1.0])]
