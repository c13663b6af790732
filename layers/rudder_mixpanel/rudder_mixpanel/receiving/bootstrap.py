"""Builds what receiving needs from the environment: the events queue and the senders' keys."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, Final, Self

from rudder_mixpanel.auth import SHORTEST_TOKEN, matching_entries
from rudder_mixpanel.aws.clients import AwsClients
from rudder_mixpanel.aws.configuration import read_json
from rudder_mixpanel.aws.sqs import Queue
from rudder_mixpanel.aws.text_store import secret_store
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.receiving.enrich import Arrival
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

# RudderStack's write keys have 27 characters.
SHORTEST_KEY: Final = 16
LISTS: Final = frozenset({"writeKeys", "webhookTokens"})
KEYS_HOLD: Final = (
    "a JSON object with writeKeys, objects with source, writeKey (16 characters or more) and "
    "optionally expires and enabled, and webhookTokens, objects with name, token (32 characters or "
    "more) and optionally expires"
)


@dataclass(frozen=True, slots=True)
class ReceivingEnvironment:
    """The environment variables that template.yaml sets."""

    secret: str
    events_queue_url: str
    browser_origins: tuple[str, ...]

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables; raises KeyError with the name of a missing one."""
        origins = environ["BROWSER_ORIGINS"].split(",")
        return cls(
            secret=environ["WRITE_KEYS_SECRET"],
            events_queue_url=environ["EVENTS_QUEUE_URL"],
            browser_origins=tuple(origin for origin in origins if origin),
        )


class ReceivingDependencies:
    """What receiving needs on AWS; built once per container."""

    def __init__(
        self,
        environment: ReceivingEnvironment,
        clock: Callable[[], datetime],
        new_id: Callable[[], str],
    ) -> None:
        self.environment = environment
        self.clock = clock
        self.new_id = new_id
        self.clients = AwsClients()
        self.secrets = secret_store(self.clients)

    @cached_property
    def queue(self) -> Queue:
        """The events queue."""
        return Queue(self.clients.sqs, self.environment.events_queue_url)

    def arrival(self, ip: str | None) -> Arrival:
        """The arrival of a request at this moment."""
        return Arrival(since_epoch(self.clock()), ip, self.new_id)

    def check_write_key(self, write_key: str) -> None:
        """Raise GatewayError when the write key is invalid or disabled.

        Raises ConfigurationError when the secret is malformed. The check takes as long for every
        invalid key.
        """
        entries = self.valid_entries("writeKeys", write_key, name="writeKey", shortest=SHORTEST_KEY)
        if not entries:
            raise GatewayError(GatewayResponse.INVALID_WRITE_KEY)
        if all(entry.get("enabled") is False for entry in entries):
            raise GatewayError(GatewayResponse.SOURCE_DISABLED)

    def check_webhook_token(self, token: str) -> None:
        """Raise GatewayError when the token is invalid.

        Raises ConfigurationError when the secret is malformed. The check takes as long for every
        invalid token.
        """
        if not self.valid_entries("webhookTokens", token, name="token", shortest=SHORTEST_TOKEN):
            raise GatewayError(GatewayResponse.INVALID_WRITE_KEY)

    def valid_entries(
        self, list_name: str, key: str, *, name: str, shortest: int
    ) -> list[dict[str, Any]]:
        """The unexpired entries of a list in the secret that hold this key under this name.

        Raises ConfigurationError when the secret is malformed.
        """
        secret = self.read_secret()
        try:
            entries = matching_entries(
                secret.get(list_name, []), key, self.clock(), name=name, shortest=shortest
            )
        except ValueError:
            raise self.malformed_secret() from None
        if not all(isinstance(entry.get("enabled", True), bool) for entry in entries):
            raise self.malformed_secret()
        return entries

    def read_secret(self) -> dict[str, Any]:
        """The secret with the senders' keys; raises ConfigurationError when it has no list."""
        secret = read_json(self.secrets, self.environment.secret, kind="secret", holds=KEYS_HOLD)
        if secret.keys().isdisjoint(LISTS):
            raise self.malformed_secret()
        return secret

    def malformed_secret(self) -> ConfigurationError:
        """The error of a secret that does not hold what it should."""
        return ConfigurationError(f"secret {self.environment.secret}", f"expected {KEYS_HOLD}")
