"""What the functions write to their logs when all that dashboards and queries look for happens."""

import io
import json
from collections.abc import Callable
from contextlib import redirect_stdout
from datetime import timedelta
from functools import cache
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws

from mixpanel_emulator import Emulator
from rudder_mixpanel.deletion import bootstrap
from rudder_mixpanel.mixpanel.outcomes import SUPERSEDED
from tests.build import TOKEN, sqs_event, track
from tests.conftest import FAKE_ACCOUNT
from tests.fakes.ingestion import accept_all
from tests.functions.conftest import NOW
from tests.functions.delivery import DeliveryFunction, deploy
from tests.functions.logs import lines
from tests.functions.receiving import SECRET, ReceivingFunction
from tests.functions.regulations import RegulationsFunctions
from tests.functions.test_delivery_logs import rejecting_all
from tests.functions.test_suppression_key import OTHER_KEY, put_check

# Nothing listens there.
NOWHERE = "http://127.0.0.1:9"

# The line that Lambda writes after each invocation, as AWS documents it:
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html#platform-report
REPORT: dict[str, Any] = {
    "time": "2027-01-01T00:00:00.000Z",
    "type": "platform.report",
    "record": {
        "requestId": "b2b8a8a2-57a3-4d8c-9d4f-111111111111",
        "status": "success",
        "metrics": {
            "durationMs": 220.0,
            "billedDurationMs": 300,
            "memorySizeMB": 1024,
            "maxMemoryUsedMB": 120,
            "initDurationMs": 800.0,
        },
    },
}


@cache
def log_samples() -> list[dict[str, Any]]:
    """The lines of all functions, in each scenario."""
    scenarios = (
        deliver,
        supersede,
        reject,
        keep,
        keep_for_a_wrong_key,
        postpone_deletions,
        replace_a_time,
    )
    return [REPORT, *(line for scenario in scenarios for line in lines_of(scenario))]


def metric_samples() -> list[dict[str, Any]]:
    """The lines that CloudWatch reads as metrics."""
    return [line for line in log_samples() if "_aws" in line]


def lines_of(scenario: Callable[[pytest.MonkeyPatch], None]) -> list[dict[str, Any]]:
    """The log of a function during a scenario, in an account of its own."""
    output = io.StringIO()
    with mock_aws(), pytest.MonkeyPatch.context() as patch, redirect_stdout(output):
        for name, value in FAKE_ACCOUNT.items():
            patch.setenv(name, value)
        scenario(patch)
    return lines(output.getvalue())


def deployed(patch: pytest.MonkeyPatch, mixpanel_url: str) -> DeliveryFunction:
    """The function that delivers events, with its environment."""
    function, variables = deploy(mixpanel_url)
    for name, value in variables.items():
        patch.setenv(name, value)
    return function


def deliver(patch: pytest.MonkeyPatch) -> None:
    """Deliver an event without a part of it, and filter another; a setting is misspelled."""
    with Emulator(now=lambda: NOW) as mixpanel:
        function = deployed(patch, mixpanel.url)
        function.put_settings({"dataResidency": "us", "dataResidncy": "us", "people": True})
        body = track(properties={"revenue": "much"}), track(integrations={"All": False})
        function.invoke(sqs_event(*body))
        function.stop()


def supersede(patch: pytest.MonkeyPatch) -> None:
    """Deliver an event with an update that is older than the profile's values."""
    function = deployed(patch, NOWHERE)
    superseded = [SUPERSEDED]
    patch.setattr("rudder_mixpanel.delivery.sender.interpret_response", lambda *_: superseded)
    function.use_transport(httpx.MockTransport(accept_all))
    function.invoke(sqs_event(track()))
    function.stop()


def reject(patch: pytest.MonkeyPatch) -> None:
    """Let Mixpanel reject an event."""
    function = deployed(patch, NOWHERE)
    function.use_transport(httpx.MockTransport(rejecting_all("'properties.time' is invalid")))
    function.invoke(sqs_event(track()))
    function.stop()


def keep(patch: pytest.MonkeyPatch) -> None:
    """Keep an event, since Mixpanel is unavailable."""
    function = deployed(patch, NOWHERE)
    function.use_transport(httpx.MockTransport(lambda _: httpx.Response(503)))
    function.invoke(sqs_event(track()))
    function.stop()


def keep_for_a_wrong_key(patch: pytest.MonkeyPatch) -> None:
    """Keep an event, since the table of suppressed users is of another key."""
    function = deployed(patch, NOWHERE)
    put_check(OTHER_KEY)
    function.invoke(sqs_event(track()))
    function.stop()


def postpone_deletions(patch: pytest.MonkeyPatch) -> None:
    """Delete nobody for three weeks, at first without a token and then without Mixpanel."""
    patch.setattr(bootstrap, "PAUSE", 0)
    functions = RegulationsFunctions(patch)
    patch.setenv("POWERTOOLS_SERVICE_NAME", "delete_users")
    functions.set_clock(NOW)
    functions.request_deletion("ann")
    put_deletion_secret(token=TOKEN)
    functions.set_clock(NOW + timedelta(hours=1))
    functions.run_worker()
    put_deletion_secret(token=TOKEN, gdprApiToken="one")
    functions.app("delete_users")["dependencies"]().secrets.clear_cache()
    functions.set_clock(NOW + timedelta(days=21))
    functions.run_worker()
    functions.stop()


def put_deletion_secret(**secret: str) -> None:
    """Write the secret for deletions."""
    boto3.client("secretsmanager").put_secret_value(
        SecretId="deletion", SecretString=json.dumps(secret)
    )


def replace_a_time(patch: pytest.MonkeyPatch) -> None:
    """Receive an event whose time cannot be read."""
    event = {"type": "track", "event": "Order", "userId": "ann", "timestamp": 1_800_000_000}
    receiving = ReceivingFunction(patch, NOW)
    receiving.put_secret(SECRET)
    receiving.call("/v1/batch", {"batch": [event]})
