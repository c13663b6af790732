"""Builds the dependencies of delivery from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

from rudder_mixpanel.aws.clients import AwsClients
from rudder_mixpanel.aws.configuration import (
    MAX_AGE,
    SETTINGS_HOLD,
    read_json,
    suppression_key,
)
from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.aws.text_store import parameter_store, secret_store
from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.delivery.dynamo_ledger import TIME_FOR_A_WRITE, DynamoLedger
from rudder_mixpanel.delivery.suppression_check import TIME_TO_LOOK_UP
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.secret_settings import SECRET_SETTINGS, refuse_credentials
from rudder_mixpanel.destination.setting_warnings import SettingWarning, setting_warnings
from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import Endpoint
from rudder_mixpanel.mixpanel.token_proofs import TokenProofs
from rudder_mixpanel.mixpanel.transport import checked_base_url, http_client
from rudder_mixpanel.profiles.dynamo_store import DynamoProfileStore
from rudder_mixpanel.suppression import DynamoSuppressionLookup

if TYPE_CHECKING:
    import httpx

# Settings that belong in the secret, unless they are in the parameter.
EXPECTED_IN_SECRET: Final = ("token", "serviceAccountUserName", "projectId", *SECRET_SETTINGS)
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
    profiles_table: str
    suppressions_table: str
    suppression_key_secret: str
    mixpanel_base_url: str

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables. Raises KeyError with the name of a missing one."""
        return cls(
            destination_id=environ["DESTINATION_ID"],
            settings_parameter=environ["DESTINATION_SETTINGS_PARAMETER"],
            credentials_secret=environ["DELIVERY_CREDENTIALS_SECRET"],
            events_queue_url=environ["EVENTS_QUEUE_URL"],
            rejected_queue_url=environ["REJECTED_QUEUE_URL"],
            ledger_table=environ["LEDGER_TABLE"],
            profiles_table=environ["PROFILES_TABLE"],
            suppressions_table=environ["SUPPRESSIONS_TABLE"],
            suppression_key_secret=environ["SUPPRESSION_KEY_SECRET"],
            mixpanel_base_url=environ["MIXPANEL_BASE_URL"],
        )


class AwsDeliveryDependencies:
    """The dependencies of delivery on AWS, built once in each container."""

    def __init__(
        self, environment: DeliveryEnvironment, http: "httpx.Client | None" = None
    ) -> None:
        self.environment = environment
        self.http = http or http_client()
        self.most_bytes: dict[Endpoint, int] = {}
        self.token_proofs = TokenProofs()
        self.clients = AwsClients()
        self.ssm = parameter_store(self.clients)
        self.secrets = secret_store(self.clients)
        self.config: dict[str, Any] = {}
        self.config_with_known_warnings: dict[str, Any] = {}

    @property
    def destination_id(self) -> str:
        """RudderStack's id of the destination that this stack serves."""
        return self.environment.destination_id

    @property
    def events_queue(self) -> Queue:
        """The queue that records come from."""
        return Queue(self.clients.sqs_without_retries, self.environment.events_queue_url)

    @property
    def rejected_queue(self) -> Queue:
        """The queue of events that can never be delivered."""
        return Queue(self.clients.sqs_without_retries, self.environment.rejected_queue_url)

    @cached_property
    def ledger(self) -> DynamoLedger:
        """The ledger of counters."""
        return DynamoLedger(self.clients.dynamodb, self.environment.ledger_table)

    def suppression_lookup(self, time_left: TimeLeft) -> DynamoSuppressionLookup:
        """The suppressed users. Raises ConfigurationError when their key cannot be read."""
        key = suppression_key(self.secrets, self.environment.suppression_key_secret)
        backoff = TableBackoff(time_left, TIME_TO_LOOK_UP)
        return DynamoSuppressionLookup(
            self.clients.dynamodb, self.environment.suppressions_table, key, backoff
        )

    def profile_store(self, time_left: TimeLeft) -> DynamoProfileStore:
        """When profiles were updated. Raises ConfigurationError when the key cannot be read."""
        key = suppression_key(self.secrets, self.environment.suppression_key_secret)
        backoff = TableBackoff(time_left, TIME_FOR_A_WRITE)
        return DynamoProfileStore(
            self.clients.dynamodb, self.environment.profiles_table, key, backoff
        )

    def mixpanel(self) -> IngestionClient:
        """Mixpanel with the current settings and credentials.

        Raises ConfigurationError that names the parameter, secret or setting that is missing or
        wrong.
        """
        environment = self.environment
        settings = read_json(
            self.ssm, environment.settings_parameter, kind="SSM parameter", holds=SETTINGS_HOLD
        )
        refuse_credentials(settings, f"the secret {environment.credentials_secret}")
        credentials = read_json(
            self.secrets, environment.credentials_secret, kind="secret", holds=CREDENTIALS_HOLD
        )
        self.config = {**settings, **credentials}
        destination = self.destination(settings, credentials)
        if base_url := checked_base_url(environment.mixpanel_base_url):
            destination = replace(destination, ingestion_url=base_url)
        return IngestionClient(self.http, destination, self.most_bytes)

    def refreshed_mixpanel(self) -> IngestionClient | None:
        """Mixpanel with the credentials read again; None if that was done within the last minute.

        Raises ConfigurationError as `mixpanel` does.
        """
        secret = self.environment.credentials_secret
        return self.mixpanel() if self.secrets.expire(secret, every=MAX_AGE) else None

    def new_setting_warnings(self) -> list[SettingWarning]:
        """The warnings about the settings in use; none if this version's were returned before."""
        if self.config == self.config_with_known_warnings:
            return []
        self.config_with_known_warnings = self.config
        return setting_warnings(self.config)

    def destination(
        self, settings: Mapping[str, Any], credentials: Mapping[str, Any]
    ) -> Destination:
        """The destination with these settings and credentials.

        Raises ConfigurationError; for a setting that the secret should hold, it names the secret.
        """
        try:
            return Destination.from_config({**settings, **credentials})
        except ConfigurationError as error:
            in_parameter = error.setting in map(camel_case, settings)
            if error.setting not in EXPECTED_IN_SECRET or in_parameter:
                raise
            raise ConfigurationError(
                f"secret {self.environment.credentials_secret}: {error.setting}",
                f"{error.expected}; the secret is {CREDENTIALS_HOLD}",
            ) from None
