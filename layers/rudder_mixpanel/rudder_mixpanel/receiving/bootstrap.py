"""Builds what receiving needs from the environment: a queue, and the keys of its senders."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Self

import boto3
from aws_lambda_powertools.utilities.parameters import SecretsProvider

from rudder_mixpanel.auth import SHORTEST_TOKEN, matching_entries
from rudder_mixpanel.aws.configuration import read_json
from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.aws.time_limits import CLIENT_CONFIG
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.receiving.enrich import Arrival
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

# A write key of RudderStack's has 27 characters.
SHORTEST_KEY: Final = 16
LISTS: Final = frozenset({"writeKeys", "webhookTokens"})
KEYS_HOLD: Final = (
    "a JSON object with writeKeys, objects with source, writeKey of 16 characters or more and, "
    "where wanted, expires and enabled, and with webhookTokens, objects with name, token of 32 "
    "characters or more and, where wanted, expires"
)


@dataclass(frozen=True, slots=True)
class ReceivingEnvironment:
    """The environment variables that template.yaml sets."""

    secret: str
    events_queue_url: str
    browser_origins: tuple[str, ...]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables; a missing one raises KeyError with its name."""
        origins = environ["BROWSER_ORIGINS"].split(",")
        return cls(
            secret=environ["WRITE_KEYS_SECRET"],
            events_queue_url=environ["EVENTS_QUEUE_URL"],
            browser_origins=tuple(origin for origin in origins if origin),
        )


class ReceivingDependencies:
    """What receiving needs, on AWS; built once a container."""

    def __init__(
        self,
        environment: ReceivingEnvironment,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.environment = environment
        self.clock = clock
        self.new_id = new_id
        self.secrets = SecretsProvider(
            boto3_client=boto3.client("secretsmanager", config=CLIENT_CONFIG)
        )

    @cached_property
    def queue(self) -> Queue:
        """Where events go."""
        return Queue(boto3.client("sqs", config=CLIENT_CONFIG), self.environment.events_queue_url)

    def arrival(self, ip: str | None) -> Arrival:
        """A request that comes now."""
        return Arrival(since_epoch(self.clock()), ip, self.new_id)

    def admit_source(self, write_key: str) -> None:
        """Refuse a write key that opens nothing; it takes as long for every wrong one."""
        found = self.those_with(write_key, "writeKeys", "writeKey", SHORTEST_KEY)
        if not found:
            raise GatewayError(GatewayResponse.INVALID_WRITE_KEY)
        if all(one.get("enabled") is False for one in found):
            raise GatewayError(GatewayResponse.SOURCE_DISABLED)

    def admit_webhook(self, token: str) -> None:
        """Refuse a token that opens nothing; it takes as long for every wrong one."""
        if not self.those_with(token, "webhookTokens", "token", SHORTEST_TOKEN):
            raise GatewayError(GatewayResponse.INVALID_WRITE_KEY)

    def those_with(self, given: str, listed: str, key: str, shortest: int) -> list[dict[str, Any]]:
        """The entries of a list in the secret that hold this key now; raises ConfigurationError."""
        name = self.environment.secret
        secret = read_json(self.secrets, name, kind="secret", holds=KEYS_HOLD)
        wrong = ConfigurationError(f"secret {name}", f"expected {KEYS_HOLD}")
        if secret.keys().isdisjoint(LISTS):
            raise wrong
        try:
            found = matching_entries(
                secret.get(listed, []), given, self.clock(), name=key, shortest=shortest
            )
        except ValueError:
            raise wrong from None
        if not all(isinstance(one.get("enabled", True), bool) for one in found):
            raise wrong
        return found
