"""The faults of the rehearsal: each is there for the length of a block."""

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, Final

import httpx

from sandbox.deletion import DELIVERY_TIMEOUT, call_api, seconds_until
from sandbox.rehearsal.functions import kill_function, restarted
from sandbox.rehearsal.throttled_table import throttled_dynamodb
from sandbox.running import Sandbox
from sandbox.stack import CREDENTIALS, Stack

UNKNOWN_TOKEN: Final = "0" * 32
SUPPRESSED_USER: Final = "suppressed-user"
# Seconds for which a response is late: long enough to kill the function meanwhile.
LATE: Final = 20
# Seconds after which a record that a killed function had taken is on the queue again: a little more
# than the function may take, and less where the function is killed at once. In an account, minutes.
VISIBILITY: Final = 75
SHORT_VISIBILITY: Final = 20


def nothing(_: Sandbox) -> nullcontext[None]:
    """Change nothing: the fault is in the event."""
    return nullcontext()


@contextmanager
def wrong_token(running: Sandbox) -> Iterator[None]:
    """Put a token into the secret that belongs to no project."""
    put_credentials(running.stack, {"token": UNKNOWN_TOKEN})
    try:
        with restarted(running.stack):
            yield
    finally:
        put_credentials(running.stack, CREDENTIALS)


@contextmanager
def wrong_region(running: Sandbox) -> Iterator[None]:
    """Send to the address of a region in which the project is not."""
    with restarted(running.stack, {"MIXPANEL_BASE_URL": f"{running.mixpanel.url}/eu"}):
        yield


@contextmanager
def outage(running: Sandbox) -> Iterator[None]:
    """Let Mixpanel answer 503 to everything."""
    with mixpanel_fault(running, {"fault": "html_502"}):
        yield


@contextmanager
def killed_function(running: Sandbox) -> Iterator[None]:
    """Kill the function while it waits for Mixpanel; its records return to the queue."""
    with (
        visibility(running.stack, SHORT_VISIBILITY),
        mixpanel_fault(running, {"fault": "slow", "delay": LATE}),
    ):
        yield
        kill_function(running.stack)


@contextmanager
def visibility(stack: Stack, seconds: int) -> Iterator[None]:
    """Let records that a killed function had taken return to the queue after this time."""
    url = stack.outputs["EventsQueueUrl"]
    described = stack.sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["VisibilityTimeout"])
    before = described["Attributes"]["VisibilityTimeout"]
    set_visibility(stack, str(seconds))
    try:
        yield
    finally:
        set_visibility(stack, before)


def set_visibility(stack: Stack, seconds: str) -> None:
    """Set the visibility timeout of the events queue."""
    stack.sqs.set_queue_attributes(
        QueueUrl=stack.outputs["EventsQueueUrl"], Attributes={"VisibilityTimeout": seconds}
    )


@contextmanager
def throttled_table(running: Sandbox) -> Iterator[None]:
    """Let DynamoDB throttle every call of the function."""
    with (
        throttled_dynamodb() as url,
        restarted(running.stack, {"AWS_ENDPOINT_URL_DYNAMODB": url}),
    ):
        yield


@contextmanager
def suppressed_user(running: Sandbox) -> Iterator[None]:
    """Suppress a user, as a request to the regulations API does."""
    running.stack.set_delivery_timeout(DELIVERY_TIMEOUT)
    body = {
        "regulationType": "suppress",
        "users": [{"userId": SUPPRESSED_USER}],
    }
    (regulation,) = call_api(running, "POST", "/v2/regulations", body)
    time.sleep(seconds_until(regulation["effectiveAt"]))
    yield


@contextmanager
def mixpanel_fault(running: Sandbox, fault: dict[str, Any]) -> Iterator[None]:
    """Plan a fault of Mixpanel, and take all faults away afterwards."""
    faults = f"{running.mixpanel.url}/_emulator/faults"
    httpx.post(faults, json=fault, trust_env=False).raise_for_status()
    try:
        yield
    finally:
        httpx.delete(faults, trust_env=False).raise_for_status()


def put_credentials(stack: Stack, credentials: dict[str, str]) -> None:
    """Write the secret for delivery."""
    secrets = stack.session.client("secretsmanager", endpoint_url=stack.aws_url)
    secrets.put_secret_value(
        SecretId=stack.outputs["CredentialsSecretName"], SecretString=json.dumps(credentials)
    )
