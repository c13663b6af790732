"""The keys of senders: write keys of SDKs, and tokens of webhooks, as the secret holds them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from rudder_mixpanel.auth import SHORTEST_TOKEN, matching_entries
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.receiving.responses import GatewayError, GatewayResponse

# RudderStack's write keys have 27 characters.
SHORTEST_KEY: Final = 16
LISTS: Final = frozenset({"writeKeys", "webhookTokens"})
KEYS_HOLD: Final = (
    "a JSON object with writeKeys, objects with source, writeKey (16 characters or more) and "
    "optionally expires and enabled, and webhookTokens, objects with name, token (32 characters or "
    "more) and optionally expires; no key or token is a placeholder"
)


@dataclass(frozen=True, slots=True)
class SenderKeys:
    """The content of the secret; `source` names it in errors. Raises ConfigurationError."""

    source: str
    content: Mapping[str, Any]

    def __post_init__(self) -> None:
        """Raise ConfigurationError when the secret has no list of keys."""
        if self.content.keys().isdisjoint(LISTS):
            raise self.malformed()

    def check_write_key(self, write_key: str, now: datetime) -> None:
        """Raise GatewayError when the write key is invalid or disabled.

        Raises ConfigurationError when the secret is malformed. The check takes as long for every
        invalid key.
        """
        entries = self.valid_entries("writeKeys", write_key, now, "writeKey", SHORTEST_KEY)
        if not entries:
            raise GatewayError(GatewayResponse.INVALID_WRITE_KEY)
        if all(entry.get("enabled") is False for entry in entries):
            raise GatewayError(GatewayResponse.SOURCE_DISABLED)

    def check_webhook_token(self, token: str, now: datetime) -> None:
        """Raise GatewayError when the token is invalid.

        Raises ConfigurationError when the secret is malformed. The check takes as long for every
        invalid token.
        """
        if not self.valid_entries("webhookTokens", token, now, "token", SHORTEST_TOKEN):
            raise GatewayError(GatewayResponse.INVALID_WRITE_KEY)

    def valid_entries(
        self, listed: str, key: str, now: datetime, name: str, shortest: int
    ) -> list[dict[str, Any]]:
        """The unexpired entries of a list that hold this key under this name.

        Raises ConfigurationError when the secret is malformed.
        """
        entries = self.content.get(listed, [])
        try:
            matches = matching_entries(entries, key, now, name=name, shortest=shortest)
        except ValueError:
            raise self.malformed() from None
        if not all(isinstance(entry.get("enabled", True), bool) for entry in matches):
            raise self.malformed()
        return matches

    def malformed(self) -> ConfigurationError:
        """The error of a secret that does not hold what it should."""
        return ConfigurationError(self.source, f"expected {KEYS_HOLD}")
