"""The function that receives events, deployed in moto."""

import base64
import json
import logging
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import parse_qs

import boto3
import httpx
import pytest

from tests.functions.context import Context, as_httpx, as_text, create_queue, load_function

# Not real, but as long as keys must be.
KEYS = {"web": "w" * 27, "web, before": "b" * 27, "old": "o" * 27, "off": "f" * 27}
TOKEN = "t" * 32
SECRET: dict[str, Any] = {
    "writeKeys": [
        {"source": "web", "writeKey": KEYS["web"]},
        {"source": "web", "writeKey": KEYS["web, before"], "expires": "2027-02-01"},
        {"source": "old", "writeKey": KEYS["old"], "expires": "2026-12-01"},
        {"source": "off", "writeKey": KEYS["off"], "enabled": False},
    ],
    "webhookTokens": [{"name": "rudderstack", "token": TOKEN}],
}


def basic(write_key: str, password: str = "") -> str:
    """The Authorization header with which an SDK sends its write key."""
    return f"Basic {base64.b64encode(f'{write_key}:{password}'.encode()).decode()}"


class ReceivingFunction:
    """The function, its events queue, and the keys of its senders."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        self.now = now
        self.queue_url = create_queue("events")
        boto3.client("secretsmanager").create_secret(Name="keys", SecretString=json.dumps(SECRET))
        for name, value in {
            "WRITE_KEYS_SECRET": "keys",
            "EVENTS_QUEUE_URL": self.queue_url,
            "BROWSER_ORIGINS": "https://shop.example.com,https://www.example.com",
            "POWERTOOLS_SERVICE_NAME": "receive_events",
            "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        }.items():
            monkeypatch.setenv(name, value)

    @cached_property
    def app(self) -> dict[str, Any]:
        """The handler's module, imported at the first use as in a new container."""
        logging.Logger.manager.loggerDict.pop("receive_events", None)
        app = load_function("receive_events")
        app["api"]().dependencies.clock = lambda: self.now
        return app

    def put_secret(self, value: Any) -> None:
        """Write the secret; anything but text is written as JSON."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId="keys", SecretString=as_text(value)
        )

    def delete_queue(self) -> None:
        """Delete the events queue, as if somebody had."""
        boto3.client("sqs").delete_queue(QueueUrl=self.queue_url)

    def call(
        self,
        path: str,
        body: Any = None,
        *,
        method: str = "POST",
        authorization: str | None = basic(KEYS["web"]),
        **headers: str,
    ) -> httpx.Response:
        """Call the function as the gateway does, which encodes every body in base64."""
        path, _, query = path.partition("?")
        parameters = parse_qs(query, keep_blank_values=True)
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        all_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if authorization is not None:
            all_headers["Authorization"] = authorization
        event = {
            "httpMethod": method,
            "path": path,
            "resource": "/v1/{call}",
            "headers": all_headers,
            "multiValueHeaders": {name: [value] for name, value in all_headers.items()},
            "queryStringParameters": {name: values[-1] for name, values in parameters.items()}
            or None,
            "multiValueQueryStringParameters": parameters or None,
            "body": None if body is None else base64.b64encode(content).decode(),
            "isBase64Encoded": body is not None,
            "requestContext": {
                "requestId": "request",
                "stage": "api",
                "identity": {"sourceIp": "203.0.113.7"},
            },
        }
        return self.invoke(event)

    def invoke(self, event: dict[str, Any]) -> httpx.Response:
        """The function's response to an event of the gateway."""
        return as_httpx(self.app["handler"](event, Context()))

    def bodies(self) -> list[str]:
        """Receive the messages of the queue, and return their bodies."""
        sqs = boto3.client("sqs")
        response = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [message["Body"] for message in response.get("Messages", [])]
