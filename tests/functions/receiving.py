"""The function that receives events as it stands in an account, with moto as AWS."""

import base64
import json
import logging
import runpy
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from tests.functions.deployed import Context, as_text, new_queue

FUNCTION = Path(__file__).parents[2] / "functions" / "receive_events" / "app.py"
# Made up, and of the lengths that are asked for.
KEYS = {"web": "w" * 27, "web, before": "b" * 27, "old": "o" * 27, "off": "x" * 27}
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
    """How an SDK says its write key."""
    return f"Basic {base64.b64encode(f'{write_key}:{password}'.encode()).decode()}"


class Receiving:
    """An account with an events queue, and the keys of its senders."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, now: datetime) -> None:
        self.now = now
        self.queue_url = new_queue("events")
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
        """The handler's module, imported when it is first needed, as a new container does."""
        logging.Logger.manager.loggerDict.pop("receive_events", None)
        app = runpy.run_path(str(FUNCTION))
        app["api"]().dependencies.clock = lambda: self.now
        return app

    def put_secret(self, value: Any) -> None:
        """Write the secret's value; what is no text is written as its JSON."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId="keys", SecretString=as_text(value)
        )

    def call(
        self,
        path: str,
        body: Any = None,
        *,
        method: str = "POST",
        authorization: str | None = basic(KEYS["web"]),
        **headers: str,
    ) -> httpx.Response:
        """A request through the gateway, which hands every body over in base64."""
        written = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        if authorization is not None:
            named["Authorization"] = authorization
        event = {
            "httpMethod": method,
            "path": path,
            "resource": "/v1/{call}",
            "headers": named,
            "multiValueHeaders": {name: [value] for name, value in named.items()},
            "queryStringParameters": None,
            "body": None if body is None else base64.b64encode(written).decode(),
            "isBase64Encoded": body is not None,
            "requestContext": {
                "requestId": "request",
                "stage": "api",
                "identity": {"sourceIp": "203.0.113.7"},
            },
        }
        return self.answer(event)

    def answer(self, event: dict[str, Any]) -> httpx.Response:
        """What the function says to a request that the gateway hands to it."""
        said = self.app["handler"](event, Context())
        kinds = {name: one for name, (one, *_) in said.get("multiValueHeaders", {}).items()}
        return httpx.Response(said["statusCode"], text=said["body"] or "", headers=kinds)

    def bodies(self) -> list[str]:
        """What the queue holds."""
        sqs = boto3.client("sqs")
        told = sqs.receive_message(QueueUrl=self.queue_url, MaxNumberOfMessages=10)
        return [one["Body"] for one in told.get("Messages", [])]
