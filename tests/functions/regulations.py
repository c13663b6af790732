"""Both functions for regulations as they stand in an account, with moto as AWS."""

import json
import logging
import runpy
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest

from rudder_mixpanel.suppression import DynamoSuppressionLookup
from tests.build import TOKEN
from tests.functions.deployed import Context, new_register, new_table

ROOT = Path(__file__).parents[2] / "functions"
KEY = "k" * 64
# Made up, and of the length that is asked for.
TOKENS = {"privacy": "p" * 32, "viewer": "v" * 32}


class RegulationsContext(Context):
    """What Lambda tells the functions for regulations."""

    function_name = "regulations"


@dataclass
class Regulations:
    """An account with the tables, the queue and the secrets of regulations."""

    monkeypatch: pytest.MonkeyPatch
    mixpanel_url: str = "http://127.0.0.1:9"
    settings: dict[str, Any] = field(default_factory=lambda: {"userDeletionApi": "task"})
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Fill the account."""
        secrets = boto3.client("secretsmanager")
        tokens = [
            {"name": "privacy", "token": TOKENS["privacy"]},
            {"name": "viewer", "token": TOKENS["viewer"], "seesUsers": True},
        ]
        for name, secret in (
            ("key", KEY),
            ("tokens", json.dumps({"tokens": tokens, "projectToken": TOKEN})),
            ("deletion", json.dumps({"token": TOKEN, "gdprApiToken": "gdpr-f00dfeed"})),
        ):
            secrets.create_secret(Name=name, SecretString=secret)
        boto3.client("ssm").put_parameter(
            Name="settings", Value=json.dumps(self.settings), Type="String"
        )
        queue = boto3.client("sqs").create_queue(
            QueueName="deletions.fifo", Attributes={"FifoQueue": "true"}
        )
        variables = {
            "DESTINATION_ID": "default",
            "DESTINATION_SETTINGS_PARAMETER": "settings",
            "DELETION_CREDENTIALS_SECRET": "deletion",
            "WEBHOOK_TOKENS_SECRET": "tokens",
            "SUPPRESSION_KEY_SECRET": "key",
            "REGULATIONS_TABLE": new_register("regulations"),
            "SUPPRESSIONS_TABLE": new_table("suppressions"),
            "DELETIONS_QUEUE_URL": queue["QueueUrl"],
            "DELIVERY_TIMEOUT": "60",
            "MIXPANEL_BASE_URL": self.mixpanel_url,
            "POWERTOOLS_SERVICE_NAME": "regulations",
            "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        }
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def app(self, name: str) -> dict[str, Any]:
        """A handler's module, imported when it is first needed."""
        if name not in self.apps:
            logging.Logger.manager.loggerDict.pop("regulations", None)
            self.apps[name] = runpy.run_path(str(ROOT / name / "app.py"))
        return self.apps[name]

    def set_settings(self, **settings: Any) -> None:
        """Change the destination's settings, which both functions read anew."""
        self.settings |= settings
        boto3.client("ssm").put_parameter(
            Name="settings", Value=json.dumps(self.settings), Type="String", Overwrite=True
        )
        self.app("regulations_api")["dependencies"]().ssm.clear_cache()
        self.app("delete_users")["dependencies"]().ssm.clear_cache()

    def set_clock(self, now: datetime) -> None:
        """Let both functions see this time."""
        self.app("regulations_api")["dependencies"]().clock = lambda: now
        self.app("delete_users")["dependencies"]().clock = lambda: now

    def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        authorization: str = f"Bearer {TOKENS['privacy']}",
        **headers: str,
    ) -> httpx.Response:
        """A request through the gateway."""
        path, _, query = path.partition("?")
        event = {
            "httpMethod": method,
            "path": path,
            "resource": "/{proxy+}",
            "headers": {"Authorization": authorization, **headers},
            "queryStringParameters": dict(httpx.QueryParams(query)) or None,
            "body": body if isinstance(body, str) or body is None else json.dumps(body),
            "isBase64Encoded": False,
            "requestContext": {"requestId": "request", "stage": "api"},
        }
        said = self.app("regulations_api")["handler"](event, RegulationsContext())
        kinds = {name: one for name, (one, *_) in said.get("multiValueHeaders", {}).items()}
        return httpx.Response(said["statusCode"], text=said["body"] or "", headers=kinds)

    def ask(self, *users: str, **more: Any) -> httpx.Response:
        """Ask for the deletion of these users."""
        return self.call("POST", "/v2/regulations", deletion(*users, **more))

    def work(self) -> None:
        """Wake the function that deletes users."""
        self.app("delete_users")["handler"]({"Records": []}, RegulationsContext())

    def suppressed(self, *users: str) -> dict[str, bool]:
        """Whom the delivery function would not send."""
        table = DynamoSuppressionLookup(boto3.client("dynamodb"), "suppressions", KEY.encode())
        return {one: bool(held) for one, held in table.look_up(users).items()}

    def stop(self) -> None:
        """End the containers, and their connections."""
        if "delete_users" in self.apps:
            self.apps["delete_users"]["dependencies"]().http.close()


def deletion(*users: str, **more: Any) -> dict[str, Any]:
    """A request for the deletion of these users; keyword arguments override its fields."""
    return {
        "regulationType": "suppress_with_delete",
        "destinationIds": ["default"],
        "users": [{"userId": one} for one in users],
        **more,
    }


def suppression(*users: str, **more: Any) -> dict[str, Any]:
    """A request for the suppression of these users."""
    return {"regulationType": "suppress", "users": [{"userId": one} for one in users], **more}
