"""Builds what regulations need from the environment: tables, a queue, settings and secrets."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from secrets import token_hex
from typing import TYPE_CHECKING, Any, Final, Self

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider, SSMProvider
from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.auth import matching_entries
from rudder_mixpanel.aws.configuration import (
    read_json,
    read_settings_parameter,
    suppression_key,
)
from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.regulations.repository import DynamoRegulationRepository
from rudder_mixpanel.regulations.service import Caller
from rudder_mixpanel.suppression import DynamoSuppressionStore, pseudonym

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_sqs import SQSClient

# Two, so that one can take the place of the other without a gap.
MOST_TOKENS: Final = 2
LONGEST_NAME: Final = 50
TOKENS_HOLD: Final = (
    "a JSON object with tokens: at most two objects with name of at most 50 characters, token of "
    "32 characters or more and, where wanted, expires and seesUsers"
)


@dataclass(frozen=True, slots=True)
class RegulationsEnvironment:
    """The environment variables that template.yaml sets for both functions."""

    destination_id: str
    settings_parameter: str
    secret: str
    regulations_table: str
    suppressions_table: str
    deletions_queue_url: str
    delivery_timeout: int

    @classmethod
    def of(cls, environ: Mapping[str, str], secret: str) -> Self:
        """Read the variables; `secret` is the variable that names the function's own secret."""
        return cls(
            destination_id=environ["DESTINATION_ID"],
            settings_parameter=environ["DESTINATION_SETTINGS_PARAMETER"],
            secret=environ[secret],
            regulations_table=environ["REGULATIONS_TABLE"],
            suppressions_table=environ["SUPPRESSIONS_TABLE"],
            deletions_queue_url=environ["DELETIONS_QUEUE_URL"],
            delivery_timeout=int(environ["DELIVERY_TIMEOUT"]),
        )


class RegulationsResources:
    """The tables, the queue, the settings and the secrets that both functions for regulations use."""

    def __init__(self, environment: RegulationsEnvironment, clock: Callable[[], datetime]) -> None:
        self.environment = environment
        self.clock = clock
        self.ssm = SSMProvider(boto3_client=boto3.client("ssm", config=CLIENT_CONFIG))
        self.secrets = SecretsProvider(
            boto3_client=boto3.client("secretsmanager", config=CLIENT_CONFIG)
        )

    @property
    def destination_id(self) -> str:
        """The destination that this stack serves."""
        return self.environment.destination_id

    @property
    def delivery_timeout(self) -> int:
        """Seconds that the delivery function runs at most."""
        return self.environment.delivery_timeout

    def now(self) -> int:
        """The time, in seconds since 1970."""
        return int(self.clock().timestamp())

    @cached_property
    def dynamodb(self) -> "DynamoDBClient":
        """A client for both tables."""
        return boto3.client("dynamodb", config=CLIENT_CONFIG)

    @cached_property
    def sqs(self) -> "SQSClient":
        """A client for the queue."""
        return boto3.client("sqs", config=CLIENT_CONFIG)

    @cached_property
    def repository(self) -> DynamoRegulationRepository:
        """Where regulations are."""
        return DynamoRegulationRepository(self.dynamodb, self.environment.regulations_table)

    @cached_property
    def suppressions(self) -> DynamoSuppressionStore:
        """Where it says who is suppressed."""
        return DynamoSuppressionStore(self.dynamodb, self.environment.suppressions_table)

    def wake(self) -> None:
        """Tell the queue that there is work; if it does not hear, the schedule does so soon."""
        try:
            self.sqs.send_message(
                QueueUrl=self.environment.deletions_queue_url,
                MessageBody="there is work",
                MessageGroupId="deletions",
                MessageDeduplicationId=token_hex(16),
            )
        except (BotoCoreError, ClientError):
            return

    def config(self) -> dict[str, Any]:
        """The destination's settings; raises ConfigurationError."""
        return read_settings_parameter(self.ssm, self.environment.settings_parameter, "a secret")

    def secret(self, holds: str) -> dict[str, Any]:
        """The function's own secret; raises ConfigurationError."""
        return read_json(self.secrets, self.environment.secret, kind="secret", holds=holds)


class AwsRegulationsDependencies(RegulationsResources):
    """What the regulations API needs, on AWS."""

    def __init__(
        self,
        environment: RegulationsEnvironment,
        key_secret: str,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(environment, clock)
        self.key_secret = key_secret

    def pseudonym(self, identifier: str) -> str:
        """What stands for an identifier in the tables; raises ConfigurationError."""
        return pseudonym(suppression_key(self.secrets, self.key_secret), identifier)

    def settings(self) -> DeletionSettings:
        """How the destination deletes; this function knows no credentials of Mixpanel's."""
        return DeletionSettings.from_config({"token": "none", **self.config()})

    def project_token(self) -> str:
        """The project that configs of the regulation worker must name."""
        token = self.config().get("token") or self.secret(TOKENS_HOLD).get("projectToken")
        if not isinstance(token, str):
            raise ConfigurationError("projectToken", "expected the project's token in the secret")
        return token

    def caller(self, token: str) -> Caller | None:
        """Whose token it is; None for nobody's. It takes as long for every wrong one."""
        tokens: Any = self.secret(TOKENS_HOLD).get("tokens")
        wrong = ConfigurationError(f"secret {self.environment.secret}", f"expected {TOKENS_HOLD}")
        try:
            found = matching_entries(tokens, token, self.clock())
        except ValueError:
            raise wrong from None
        if not 1 <= len(tokens) <= MOST_TOKENS:
            raise wrong
        names = [one.get("name") for one in tokens]
        if not all(isinstance(one, str) and 0 < len(one) <= LONGEST_NAME for one in names):
            raise wrong
        callers = (Caller(one["name"], one.get("seesUsers") is True) for one in found)
        return next(callers, None)
