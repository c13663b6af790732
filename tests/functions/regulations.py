"""Both functions for regulations, deployed in moto."""

import base64
import json
import logging
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import boto3
import httpx
import pytest

from rudder_mixpanel.suppression import DynamoSuppressionLookup
from tests.build import TOKEN
from tests.fakes.dynamodb import FakeTime, create_regulations_table, create_table
from tests.functions.context import SETTINGS, Context, as_httpx, load_function

KEY = "k" * 64
# Not real, but as long as tokens must be.
TOKENS = {"privacy": "p" * 32, "viewer": "v" * 32, "worker": "w" * 32}
SCOPES = {
    "privacy": ["create", "read", "cancel"],
    "viewer": ["create", "read", "cancel", "see-users"],
    "worker": ["worker"],
}


class RegulationsContext(Context):
    """The context of an invocation of one of these functions."""

    function_name = "regulations"


@dataclass
class RegulationsFunctions:
    """An account with the tables, the queue and the secrets of regulations."""

    monkeypatch: pytest.MonkeyPatch
    mixpanel_url: str = "http://127.0.0.1:9"
    settings: dict[str, Any] = field(default_factory=lambda: {"userDeletionApi": "task"})
    apps: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Create the resources of the account."""
        secrets, dynamodb = boto3.client("secretsmanager"), boto3.client("dynamodb")
        tokens = [
            {"name": name, "token": token, "scopes": SCOPES[name]} for name, token in TOKENS.items()
        ]
        for name, secret in (
            ("key", KEY),
            ("tokens", json.dumps({"tokens": tokens, "projectToken": TOKEN})),
            ("deletion", json.dumps({"token": TOKEN, "gdprApiToken": "gdpr-f00dfeed"})),
        ):
            secrets.create_secret(Name=name, SecretString=secret)
        boto3.client("ssm").put_parameter(
            Name=SETTINGS, Value=json.dumps(self.settings), Type="String"
        )
        queue = boto3.client("sqs").create_queue(
            QueueName="deletions.fifo", Attributes={"FifoQueue": "true"}
        )
        variables = {
            "DESTINATION_ID": "default",
            "DESTINATION_SETTINGS_PARAMETER": SETTINGS,
            "DELETION_CREDENTIALS_SECRET": "deletion",
            "WEBHOOK_TOKENS_SECRET": "tokens",
            "SUPPRESSION_KEY_SECRET": "key",
            "REGULATIONS_TABLE": create_regulations_table(dynamodb, "regulations"),
            "PROFILES_TABLE": create_table(dynamodb, "profiles"),
            "SUPPRESSIONS_TABLE": create_table(dynamodb, "suppressions"),
            "DELETIONS_QUEUE_URL": queue["QueueUrl"],
            "DELIVERY_TIMEOUT": "60",
            "LOG_RETENTION_DAYS": "30",
            "MIXPANEL_BASE_URL": self.mixpanel_url,
            "POWERTOOLS_SERVICE_NAME": "regulations",
            "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        }
        for name, value in variables.items():
            self.monkeypatch.setenv(name, value)

    def app(self, name: str) -> dict[str, Any]:
        """The module of a handler, imported at the first use."""
        if name not in self.apps:
            logging.Logger.manager.loggerDict.pop("regulations", None)
            self.apps[name] = load_function(name)
        return self.apps[name]

    def set_settings(self, **settings: Any) -> None:
        """Change the destination's settings; both functions read them again."""
        self.settings |= settings
        boto3.client("ssm").put_parameter(
            Name=SETTINGS, Value=json.dumps(self.settings), Type="String", Overwrite=True
        )
        self.app("regulations_api")["dependencies"]().ssm.clear_cache()
        self.app("delete_users")["dependencies"]().ssm.clear_cache()

    def set_clock(self, now: datetime) -> None:
        """Set the time that both functions read."""
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
        """Call the API as the gateway does."""
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
        response = self.app("regulations_api")["handler"](event, RegulationsContext())
        return as_httpx(response)

    def request_deletion(self, *users: str, **fields: Any) -> httpx.Response:
        """Request the deletion of these users."""
        return self.call("POST", "/v2/regulations", deletion(*users, **fields))

    def run_worker(self) -> None:
        """Invoke the function that deletes users."""
        self.app("delete_users")["handler"]({"Records": []}, RegulationsContext())

    def suppressed(self, *users: str) -> dict[str, bool]:
        """Which of these users the delivery function treats as suppressed."""
        found = self.suppression_lookup().look_up(users)
        return {user: bool(holders) for user, holders in found.items()}

    def suppression_lookup(self) -> DynamoSuppressionLookup:
        """The suppressed users, as the delivery function looks them up."""
        dynamodb, backoff = boto3.client("dynamodb"), FakeTime().backoff
        return DynamoSuppressionLookup(dynamodb, "suppressions", KEY.encode(), backoff)

    def stop(self) -> None:
        """Close the connections of the containers."""
        if "delete_users" in self.apps:
            self.apps["delete_users"]["dependencies"]().http.close()


def deletion(*users: str, **fields: Any) -> dict[str, Any]:
    """A request for the deletion of these users; keyword arguments override its fields."""
    return {
        "regulationType": "suppress_with_delete",
        "destinationIds": ["default"],
        "users": [{"userId": user} for user in users],
        **fields,
    }


def suppression(*users: str, **fields: Any) -> dict[str, Any]:
    """A request for the suppression of these users; keyword arguments override its fields."""
    return {"regulationType": "suppress", "users": [{"userId": user} for user in users], **fields}


def basic(token: str = TOKENS["worker"]) -> str:
    """Basic authentication, as from the user info of a URL."""
    return f"Basic {base64.b64encode(f'worker:{token}'.encode()).decode()}"
