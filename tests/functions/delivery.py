"""The function that delivers events, deployed in moto."""

import logging
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, ClassVar

import boto3
import httpx

from rudder_mixpanel.aws.text_store import TextStore
from rudder_mixpanel.delivery.bootstrap import AwsDeliveryDependencies
from tests.build import TOKEN
from tests.fakes.dynamodb import create_table
from tests.functions.context import SETTINGS, Context, as_text, create_queue, load_function

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

KEY_SECRET = "rudder-mixpanel/test/suppression-key"
SECRET = "rudder-mixpanel/test/delivery-credentials"
# The response that keeps no record on the queue
EMPTY: dict[str, Any] = {"batchItemFailures": []}


@dataclass
class DeliveryFunction:
    """The function, its settings, its secret and its queues."""

    ENVIRONMENT: ClassVar[dict[str, str]] = {
        "DESTINATION_ID": "default",
        "DESTINATION_SETTINGS_PARAMETER": SETTINGS,
        "DELIVERY_CREDENTIALS_SECRET": SECRET,
        "POWERTOOLS_SERVICE_NAME": "deliver_events",
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
    }
    rejected_queue_url: str = field(default_factory=lambda: create_queue("rejected"))
    events_queue_url: str = field(default_factory=lambda: create_queue("events"))

    @cached_property
    def app(self) -> dict[str, Any]:
        """The handler's module, imported at the first use as in a new container."""
        # Powertools keeps a service's logger, and with it the standard output of another test.
        logging.Logger.manager.loggerDict.pop("deliver_events", None)
        return load_function("deliver_events")

    def stop(self) -> None:
        """Close the connections of the container, if one was started."""
        if "app" in self.__dict__:
            self.connection().http.close()

    def invoke(self, event: dict[str, Any]) -> Any:
        """Call the handler with an event; return its response."""
        return self.app["handler"](event, Context())

    def connection(self) -> AwsDeliveryDependencies:
        """The dependencies of the container."""
        dependencies: AwsDeliveryDependencies = self.app["dependencies"]()
        return dependencies

    def use_transport(self, transport: httpx.MockTransport) -> None:
        """Replace the network to Mixpanel with a function."""
        self.connection().http.close()
        self.connection().http = httpx.Client(transport=transport)

    def client(self, name: Any) -> Any:
        """A client of the account."""
        return boto3.client(name)

    def put_settings(self, value: Any) -> None:
        """Write the settings parameter; anything but text is written as JSON."""
        boto3.client("ssm").put_parameter(
            Name=SETTINGS, Value=as_text(value), Type="String", Overwrite=True
        )

    def put_secret(self, value: Any) -> None:
        """Write the secret; anything but text is written as JSON."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId=SECRET, SecretString=as_text(value)
        )

    def rejected(self) -> "list[MessageTypeDef]":
        """Receive the messages of the rejected queue."""
        sqs = boto3.client("sqs")
        return sqs.receive_message(
            QueueUrl=self.rejected_queue_url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
        ).get("Messages", [])

    def codes(self) -> list[str]:
        """The error codes of the rejected events, sorted."""
        return sorted(
            message["MessageAttributes"]["code"]["StringValue"] for message in self.rejected()
        )


def deploy(mixpanel_url: str) -> tuple[DeliveryFunction, dict[str, str]]:
    """Create the function with valid settings; return it and its environment."""
    secrets, dynamodb = boto3.client("secretsmanager"), boto3.client("dynamodb")
    secrets.create_secret(Name=SECRET)
    secrets.create_secret(Name=KEY_SECRET, SecretString="k" * 64)
    function = DeliveryFunction()
    function.put_settings({"dataResidency": "us"})
    function.put_secret({"token": TOKEN})
    environment = {
        **DeliveryFunction.ENVIRONMENT,
        "EVENTS_QUEUE_URL": function.events_queue_url,
        "REJECTED_QUEUE_URL": function.rejected_queue_url,
        "LEDGER_TABLE": create_table(dynamodb, "ledger"),
        "PROFILES_TABLE": create_table(dynamodb, "profiles"),
        "SUPPRESSIONS_TABLE": create_table(dynamodb, "suppressions"),
        "SUPPRESSION_KEY_SECRET": KEY_SECRET,
        "MIXPANEL_BASE_URL": mixpanel_url,
    }
    return function, environment


def expire_cache(store: TextStore) -> None:
    """Make all texts that a store has cached older than they may be."""
    for name, cached in store.cache.items():
        store.cache[name] = cached._replace(read_at=cached.read_at - 3_600)


def failures(*records: str) -> dict[str, Any]:
    """The response that keeps these records on the queue."""
    return {"batchItemFailures": [{"itemIdentifier": record} for record in records]}
