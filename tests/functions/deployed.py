"""A function as it stands in an account, with moto as AWS and an HTTP server as Mixpanel."""

import json
import logging
import runpy
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
import httpx
from aws_lambda_powertools.utilities.parameters.base import BaseProvider, ExpirableValue

from rudder_mixpanel.delivery.bootstrap import AwsDeliveryDependencies
from tests.build import TOKEN

if TYPE_CHECKING:
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexTypeDef
    from mypy_boto3_sqs.type_defs import MessageTypeDef

FUNCTION = Path(__file__).parents[2] / "functions" / "deliver_events" / "app.py"
SETTINGS = "/rudder-mixpanel/test/destination-settings"
KEY_SECRET = "rudder-mixpanel/test/suppression-key"
SECRET = "rudder-mixpanel/test/delivery-credentials"


class Context:
    """What Lambda tells about an invocation."""

    function_name = "deliver-events"
    memory_limit_in_mb = 1024
    invoked_function_arn = "arn:aws:lambda:us-east-1:123456789012:function:deliver-events"
    aws_request_id = "b2b8a8a2-57a3-4d8c-9d4f-111111111111"

    def get_remaining_time_in_millis(self) -> int:
        """As at the beginning of an invocation."""
        return 60_000


@dataclass
class Deployed:
    """The function, its settings, its secret and its rejected queue."""

    ENVIRONMENT: ClassVar[dict[str, str]] = {
        "DESTINATION_ID": "default",
        "DESTINATION_SETTINGS_PARAMETER": SETTINGS,
        "DELIVERY_CREDENTIALS_SECRET": SECRET,
        "POWERTOOLS_SERVICE_NAME": "deliver_events",
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
    }
    rejected_queue_url: str = field(default_factory=lambda: new_queue("rejected"))
    events_queue_url: str = field(default_factory=lambda: new_queue("events"))

    @cached_property
    def app(self) -> dict[str, Any]:
        """The handler's module, imported when it is first needed, as a new container does."""
        # Powertools keeps a service's logger, and with it the standard output of another test.
        logging.Logger.manager.loggerDict.pop("deliver_events", None)
        return runpy.run_path(str(FUNCTION))

    def stop(self) -> None:
        """End the container, if one was started, and its connections."""
        if "app" in self.__dict__:
            self.connection().http.close()

    def invoke(self, event: dict[str, Any]) -> Any:
        """Hand an event to the handler."""
        return self.app["handler"](event, Context())

    def connection(self) -> AwsDeliveryDependencies:
        """What the container is connected to."""
        one: AwsDeliveryDependencies = self.app["dependencies"]()
        return one

    def answered_by(self, transport: httpx.MockTransport) -> None:
        """Put a function in the network's place."""
        self.connection().http.close()
        self.connection().http = httpx.Client(transport=transport)

    def client(self, name: Any) -> Any:
        """A client of the account."""
        return boto3.client(name)

    def put_settings(self, value: Any) -> None:
        """Write the parameter; what is no text is written as its JSON."""
        boto3.client("ssm").put_parameter(
            Name=SETTINGS, Value=as_text(value), Type="String", Overwrite=True
        )

    def put_secret(self, value: Any) -> None:
        """Write the secret's value; what is no text is written as its JSON."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId=SECRET, SecretString=as_text(value)
        )

    def rejected(self) -> "list[MessageTypeDef]":
        """What the rejected queue holds."""
        sqs = boto3.client("sqs")
        return sqs.receive_message(
            QueueUrl=self.rejected_queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])

    def codes(self) -> list[str]:
        """Why the rejected events are rejected, in the order of the alphabet."""
        return sorted(one["MessageAttributes"]["code"]["StringValue"] for one in self.rejected())


def new_queue(name: str) -> str:
    """A queue of the account."""
    return str(boto3.client("sqs").create_queue(QueueName=name)["QueueUrl"])


def new_table(name: str) -> str:
    """A table of the account whose items are found by their id."""
    boto3.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def new_register(name: str) -> str:
    """A table of regulations with its two indexes."""
    boto3.client("dynamodb").create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "work", "AttributeType": "S"},
            {"AttributeName": "due_at", "AttributeType": "N"},
            {"AttributeName": "kept", "AttributeType": "S"},
            {"AttributeName": "made", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[index("due", "work", "due_at"), index("made", "kept", "made")],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def index(name: str, by: str, then: str) -> "GlobalSecondaryIndexTypeDef":
    """An index that holds keys only."""
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": by, "KeyType": "HASH"},
            {"AttributeName": then, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }


def new_key() -> str:
    """The secret with the key of the pseudonyms."""
    boto3.client("secretsmanager").create_secret(Name=KEY_SECRET, SecretString="k" * 64)
    return KEY_SECRET


def deploy(mixpanel_url: str) -> tuple[Deployed, dict[str, str]]:
    """A function with good settings, and its environment."""
    boto3.client("secretsmanager").create_secret(Name=SECRET)
    deployed = Deployed()
    deployed.put_settings({"dataResidency": "us"})
    deployed.put_secret({"token": TOKEN})
    variables = {
        **Deployed.ENVIRONMENT,
        "EVENTS_QUEUE_URL": deployed.events_queue_url,
        "REJECTED_QUEUE_URL": deployed.rejected_queue_url,
        "LEDGER_TABLE": new_table("ledger"),
        "SUPPRESSIONS_TABLE": new_table("suppressions"),
        "SUPPRESSION_KEY_SECRET": new_key(),
        "MIXPANEL_BASE_URL": mixpanel_url,
    }
    return deployed, variables


def as_text(value: Any) -> str:
    """Text as it is, anything else as its JSON."""
    return value if isinstance(value, str) else json.dumps(value)


def age(provider: BaseProvider) -> None:
    """Let a minute pass for all that a provider remembers."""
    for key, remembered in provider.store.items():
        ttl = remembered.ttl.replace(year=remembered.ttl.year - 1)
        provider.store[key] = ExpirableValue(remembered.value, ttl)
