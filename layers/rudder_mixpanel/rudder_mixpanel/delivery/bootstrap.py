"""Builds what delivery needs from the environment: clients, queues, tables, settings and secrets."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Final, Self

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from botocore.config import Config

from rudder_mixpanel.aws.configuration import (
    IMPATIENT,
    SECRET_SETTINGS,
    read_json,
    read_settings_parameter,
    suppression_key,
)
from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.delivery.ledger import DynamoLedger
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import Endpoint
from rudder_mixpanel.mixpanel.transport import checked_base_url, http_client
from rudder_mixpanel.suppression import DynamoSuppressionLookup

if TYPE_CHECKING:
    import httpx
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

# What the secret should hold, unless the settings do.
MISSED_IN_SECRET: Final = ("token", "serviceAccountUserName", "projectId", *SECRET_SETTINGS)
CREDENTIALS_HOLD: Final = (
    "a JSON object with token and, for a service account, serviceAccountUserName, "
    "serviceAccountSecret and projectId"
)


@dataclass(frozen=True, slots=True)
class DeliveryEnvironment:
    """The environment variables that template.yaml sets."""

    destination_id: str
    settings_parameter: str
    credentials_secret: str
    events_queue_url: str
    rejected_queue_url: str
    ledger_table: str
    suppressions_table: str
    suppression_key_secret: str
    mixpanel_base_url: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables; a missing one raises KeyError with its name."""
        return cls(
            destination_id=environ["DESTINATION_ID"],
            settings_parameter=environ["DESTINATION_SETTINGS_PARAMETER"],
            credentials_secret=environ["DELIVERY_CREDENTIALS_SECRET"],
            events_queue_url=environ["EVENTS_QUEUE_URL"],
            rejected_queue_url=environ["REJECTED_QUEUE_URL"],
            ledger_table=environ["LEDGER_TABLE"],
            suppressions_table=environ["SUPPRESSIONS_TABLE"],
            suppression_key_secret=environ["SUPPRESSION_KEY_SECRET"],
            mixpanel_base_url=environ["MIXPANEL_BASE_URL"],
        )


class AwsDeliveryDependencies:
    """What delivery needs, on AWS; built once a container."""

    def __init__(
        self, environment: DeliveryEnvironment, http: "httpx.Client | None" = None
    ) -> None:
        self.environment = environment
        self.http = http or http_client()
        self.most_bytes: dict[Endpoint, int] = {}
        self.ssm = SSMProvider(boto3_client=boto3.client("ssm", config=IMPATIENT))
        self.secrets = SecretsProvider(
            boto3_client=boto3.client("secretsmanager", config=IMPATIENT)
        )

    @property
    def destination_id(self) -> str:
        """The destination that this stack serves."""
        return self.environment.destination_id

    @cached_property
    def sqs(self) -> "SQSClient":
        """A client that most invocations never need."""
        return boto3.client("sqs", config=IMPATIENT)

    @property
    def events_queue(self) -> Queue:
        """The queue that the records come from."""
        return Queue(self.sqs, self.environment.events_queue_url)

    @property
    def rejected_queue(self) -> Queue:
        """The queue of events that can never be delivered."""
        return Queue(self.sqs, self.environment.rejected_queue_url)

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A client with room for all threads that look users up."""
        return boto3.client("dynamodb", config=IMPATIENT.merge(Config(max_pool_connections=16)))

    @cached_property
    def ledger(self) -> DynamoLedger:
        """The ledger of counters, which only stacks that count ever open."""
        return DynamoLedger(self.dynamodb, self.environment.ledger_table)

    def suppression_lookup(self) -> DynamoSuppressionLookup:
        """The suppressed users; raises ConfigurationError when their key cannot be read."""
        key = suppression_key(self.secrets, self.environment.suppression_key_secret)
        return DynamoSuppressionLookup(self.dynamodb, self.environment.suppressions_table, key)

    def mixpanel(self) -> IngestionClient:
        """Mixpanel as the destination's settings and secret say now.

        Raises ConfigurationError with the parameter, secret or setting that is missing or wrong.
        """
        environment = self.environment
        settings = read_settings_parameter(
            self.ssm,
            environment.settings_parameter,
            f"the secret {environment.credentials_secret}",
        )
        credentials = read_json(
            self.secrets, environment.credentials_secret, kind="secret", holds=CREDENTIALS_HOLD
        )
        try:
            destination = Destination.from_config({**settings, **credentials})
        except ConfigurationError as error:
            if error.setting not in MISSED_IN_SECRET or error.setting in map(camel_case, settings):
                raise
            raise ConfigurationError(
                f"secret {environment.credentials_secret}: {error.setting}",
                f"{error.expected}; the secret is {CREDENTIALS_HOLD}",
            ) from None
        if base_url := checked_base_url(environment.mixpanel_base_url):
            destination = replace(destination, ingestion_url=base_url)
        return IngestionClient(self.http, destination, self.most_bytes)
