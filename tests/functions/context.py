"""What every handler is called with, and what its account holds."""

import json
import runpy
from pathlib import Path
from typing import Any

import boto3
import httpx

from tests.permissions.enforcement import ENFORCEMENT

ROOT = Path(__file__).parents[2] / "functions"
SETTINGS = "/rudder-mixpanel/test/destination-settings"


class Context:
    """The context of an invocation, as Lambda passes it to a handler."""

    function_name = "deliver-events"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:deliver-events"
    aws_request_id = "b2b8a8a2-57a3-4d8c-9d4f-111111111111"

    def get_remaining_time_in_millis(self) -> int:
        """The time left at the beginning of an invocation."""
        return 60_000


def load_function(folder: str) -> dict[str, Any]:
    """The module of a handler, as in a new container; it runs under the role of its function."""
    function = f"{folder.title().replace('_', '')}Function"
    load = ENFORCEMENT.under_role_of(function, runpy.run_path)
    app = load(str(ROOT / folder / "app.py"))
    parts = {"handler", "dependencies", "api"} & app.keys()
    return app | {
        name: ENFORCEMENT.under_role_of(function, app[name])
        for name in parts
        if callable(app[name])
    }


def create_queue(name: str) -> str:
    """Create a queue; return its URL."""
    return str(boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"])


def as_text(value: Any) -> str:
    """Text as it is, anything else as JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def as_httpx(response: dict[str, Any]) -> httpx.Response:
    """A response to the gateway as a client receives it."""
    headers = {name: values[0] for name, values in response.get("multiValueHeaders", {}).items()}
    return httpx.Response(response["statusCode"], text=response["body"] or "", headers=headers)
