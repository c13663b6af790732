"""Builds the dependencies of regulations from the environment."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from secrets import token_hex
from typing import Any, Self

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.clients import AwsClients
from rudder_mixpanel.aws.configuration import (
    SETTINGS_HOLD,
    read_json,
    suppression_key,
)
from rudder_mixpanel.aws.text_store import parameter_store, secret_store
from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.destination.deletion import DeletionSettings, is_dynamic
from rudder_mixpanel.destination.secret_settings import refuse_credentials
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.placeholder import is_placeholder
from rudder_mixpanel.regulations.callers import TOKENS_HOLD, find_caller
from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.repository import DynamoRegulationRepository
from rudder_mixpanel.suppression import DynamoSuppressionStore, keyed_hash, pseudonym


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
    # Only for the function that makes reports; 0 for the other.
    log_retention_days: int
    # Only for the function that deletes users; empty for the other.
    profiles_table: str

    @classmethod
    def of(cls, environ: Mapping[str, str], secret: str) -> Self:
        """Read the variables; `secret` is the variable with the name of the function's secret."""
        return cls(
            destination_id=environ["DESTINATION_ID"],
            settings_parameter=environ["DESTINATION_SETTINGS_PARAMETER"],
            secret=environ[secret],
            regulations_table=environ["REGULATIONS_TABLE"],
            suppressions_table=environ["SUPPRESSIONS_TABLE"],
            deletions_queue_url=environ["DELETIONS_QUEUE_URL"],
            delivery_timeout=int(environ["DELIVERY_TIMEOUT"]),
            log_retention_days=int(environ.get("LOG_RETENTION_DAYS", "0")),
            profiles_table=environ.get("PROFILES_TABLE", ""),
        )


class RegulationsResources:
    """The tables, queue, settings and secrets that both functions for regulations use.

    A write that a table throttles is repeated until only the time for one call is left: in the API,
    whose callers get no answer after 29 seconds, for 19 seconds.
    """

    def __init__(self, environment: RegulationsEnvironment, clock: Callable[[], datetime]) -> None:
        self.environment = environment
        self.clock = clock
        self.clients = AwsClients()
        self.ssm = parameter_store(self.clients)
        self.secrets = secret_store(self.clients)
        # Each invocation sets the milliseconds that it has left.
        self.time_left: TimeLeft = lambda: 0
        self.backoff = TableBackoff(self.remaining_time)

    def remaining_time(self) -> int:
        """The milliseconds that the current invocation has left."""
        return self.time_left()

    @property
    def destination_id(self) -> str:
        """The id of the destination that this stack serves."""
        return self.environment.destination_id

    @property
    def delivery_timeout(self) -> int:
        """The time limit of the delivery function, in seconds."""
        return self.environment.delivery_timeout

    def now(self) -> int:
        """The time, in seconds since 1970."""
        return int(self.clock().timestamp())

    @cached_property
    def repository(self) -> DynamoRegulationRepository:
        """The stored regulations."""
        return DynamoRegulationRepository(
            self.clients.dynamodb, self.environment.regulations_table, self.backoff
        )

    @cached_property
    def suppressions(self) -> DynamoSuppressionStore:
        """The table of suppressed users."""
        return DynamoSuppressionStore(
            self.clients.dynamodb, self.environment.suppressions_table, self.backoff
        )

    def wake(self) -> None:
        """Wake the function that deletes users; if that fails, its schedule does so in a minute."""
        try:
            self.clients.sqs.send_message(
                QueueUrl=self.environment.deletions_queue_url,
                MessageBody="there is work",
                MessageGroupId="deletions",
                MessageDeduplicationId=token_hex(16),
            )
        except (BotoCoreError, ClientError):
            return

    def config(self) -> dict[str, Any]:
        """Read the destination's settings; raises ConfigurationError."""
        name = self.environment.settings_parameter
        settings = read_json(self.ssm, name, kind="SSM parameter", holds=SETTINGS_HOLD)
        refuse_credentials(settings, "a secret")
        return settings

    def secret(self, holds: str) -> dict[str, Any]:
        """Read the function's own secret; raises ConfigurationError."""
        return read_json(self.secrets, self.environment.secret, kind="secret", holds=holds)


class AwsRegulationsDependencies(RegulationsResources):
    """The dependencies of the regulations API on AWS."""

    def __init__(
        self,
        environment: RegulationsEnvironment,
        key_secret: str,
        clock: Callable[[], datetime],
    ) -> None:
        super().__init__(environment, clock)
        self.key_secret = key_secret

    @property
    def log_retention_days(self) -> int:
        """How many days the functions' logs are kept; 0 if that is not known."""
        return self.environment.log_retention_days

    def keyed_hash(self, text: str) -> str:
        """The keyed hash of a text; raises ConfigurationError."""
        return keyed_hash(suppression_key(self.secrets, self.key_secret), text)

    def pseudonym(self, identifier: str) -> str:
        """The keyed hash of an identifier; raises ConfigurationError."""
        return pseudonym(suppression_key(self.secrets, self.key_secret), identifier)

    def settings(self) -> DeletionSettings:
        """How the destination deletes users; raises ConfigurationError.

        This function has no credentials of Mixpanel, and needs none.
        """
        return DeletionSettings.from_config({**self.config(), "token": "none"})

    def project_token(self) -> str:
        """The token of the project that jobs must name; raises ConfigurationError.

        A job has the token as RudderStack stores it, so that a dynamic one is compared unfilled.
        """
        token = self.config().get("token") or self.secret(TOKENS_HOLD).get("projectToken")
        if not isinstance(token, str) or (is_placeholder(token) and not is_dynamic(token)):
            expected = "expected the project's token in the secret, and no placeholder"
            raise ConfigurationError("projectToken", expected)
        return token

    def caller(self, token: str) -> Caller | None:
        """The caller with this token, or None; it is compared with every one of the secret.

        Raises ConfigurationError when the secret with the tokens is missing or invalid.
        """
        tokens = self.secret(TOKENS_HOLD).get("tokens")
        try:
            return find_caller(tokens, token, self.clock())
        except ValueError as error:
            secret = f"secret {self.environment.secret}"
            expected = f"{error}; the secret holds {TOKENS_HOLD}"
            raise ConfigurationError(secret, expected) from None
