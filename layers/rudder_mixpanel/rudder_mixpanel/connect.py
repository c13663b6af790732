"""What a function needs from AWS: its environment, the destination's settings and its secret."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final, Self

import boto3
import orjson
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from aws_lambda_powertools.utilities.parameters.exceptions import GetParameterError
from botocore.config import Config
from botocore.exceptions import ClientError

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.kinds import camel_case
from rudder_mixpanel.ledger import DynamoLedger
from rudder_mixpanel.mixpanel import Mixpanel, http_client
from rudder_mixpanel.operations import Endpoint
from rudder_mixpanel.queues import Queue
from rudder_mixpanel.suppression import DynamoSuppressions

if TYPE_CHECKING:
    import httpx
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

# Seconds that settings and secret are believed: a mended one is in use a minute later.
MAX_AGE: Final = 60
# Fields of RudderStack's Config that do not belong into a readable parameter.
SECRET_SETTINGS: Final = ("apiSecret", "serviceAccountSecret", "gdprApiToken")
# What the secret should hold, unless the settings do.
MISSED_IN_SECRET: Final = ("token", "serviceAccountUserName", "projectId", *SECRET_SETTINGS)
# Errors of the stores that do not pass by themselves.
LASTING: Final = frozenset(
    {
        "AccessDeniedException",
        "DecryptionFailure",
        "InvalidRequestException",
        "ParameterNotFound",
        "ResourceNotFoundException",
    }
)
# What a reader of the log is told to put there.
SETTINGS_HOLD: Final = "the destination's Config as a JSON object, without credentials"
CREDENTIALS_HOLD: Final = (
    "a JSON object with token and, for a service account, serviceAccountUserName, "
    "serviceAccountSecret and projectId"
)
KEY_HOLDS: Final = "the text of 32 characters or more that the stack was made with"
SHORTEST_KEY: Final = 32
DAY: Final = 86_400
# A call to AWS ends, for better or worse, within TIME_FOR_A_CALL of queues.py.
IMPATIENT: Final = Config(
    connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2}
)
# The one place that plain HTTP may lead to: the emulator on the same machine.
LOOPBACK: Final = ("http://127.0.0.1:", "http://localhost:")


@dataclass(frozen=True, slots=True)
class Environment:
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


class Connection:
    """The world outside one delivering function, connected once a container."""

    def __init__(self, environment: Environment, http: "httpx.Client | None" = None) -> None:
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

    def suppressions(self) -> DynamoSuppressions:
        """The suppressed users; raises ConfigurationError when their key cannot be read."""
        key = suppression_key(self.secrets, self.environment.suppression_key_secret)
        return DynamoSuppressions(self.dynamodb, self.environment.suppressions_table, key)

    def mixpanel(self) -> Mixpanel:
        """Mixpanel as the destination's settings and secret say now.

        Raises ConfigurationError with the parameter, secret or setting that is missing or wrong.
        """
        environment = self.environment
        settings = read(
            self.ssm, environment.settings_parameter, kind="SSM parameter", holds=SETTINGS_HOLD
        )
        for name, value in settings.items():
            if value and camel_case(name) in SECRET_SETTINGS:
                raise ConfigurationError(
                    name,
                    f"expected in the secret {environment.credentials_secret}, not in settings",
                )
        credentials = read(
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
        there = at(environment.mixpanel_base_url, destination)
        return Mixpanel(self.http, there, self.most_bytes)


def suppression_key(secrets: SecretsProvider, name: str) -> bytes:
    """The key of the pseudonyms, which never changes: a container reads it once a day."""
    try:
        key = fetched(secrets, name, max_age=DAY).encode()
    except GetParameterError as error:
        raise ConfigurationError(
            f"secret {name}", f"expected {KEY_HOLDS}; cannot be read: {error}"
        ) from error
    if len(key) < SHORTEST_KEY:
        raise ConfigurationError(f"secret {name}", f"expected {KEY_HOLDS}")
    return key


def read(
    provider: SSMProvider | SecretsProvider, name: str, *, kind: str, holds: str
) -> dict[str, Any]:
    """A JSON object from the parameter store or the secret store."""
    where = f"{kind} {name}"
    try:
        content = orjson.loads(fetched(provider, name, max_age=MAX_AGE))
    except GetParameterError as error:
        raise ConfigurationError(where, f"expected {holds}; cannot be read: {error}") from error
    except orjson.JSONDecodeError as error:
        raise ConfigurationError(
            where, f"expected {holds}; it is no JSON at position {error.pos}"
        ) from None
    if not isinstance(content, dict):
        raise ConfigurationError(where, f"expected {holds}; it is JSON of another kind")
    return content


def fetched(provider: SSMProvider | SecretsProvider, name: str, *, max_age: int) -> str:
    """The text of a parameter or secret, not older than so many seconds if the store answers.

    While it only stutters, what it said last is believed for longer. Raises GetParameterError.
    """
    try:
        return str(provider.get(name, max_age=max_age))
    except GetParameterError as error:
        cause = error.__context__
        lasting = isinstance(cause, ClientError) and cause.response["Error"]["Code"] in LASTING
        # As Powertools calls what it remembers: by name, transformation, and whether it is a tree.
        remembered = provider.store.get((name, None, False))
        if lasting or remembered is None:
            raise
        return str(remembered.value)


def at(base_url: str, destination: Destination) -> Destination:
    """The destination at another address, for sandboxes and proxies; https only but on loopback."""
    if not base_url:
        return destination
    if not base_url.startswith(("https://", *LOOPBACK)):
        raise ConfigurationError("MIXPANEL_BASE_URL", "expected an https address, or none")
    return replace(destination, ingestion_url=base_url.rstrip("/"))
