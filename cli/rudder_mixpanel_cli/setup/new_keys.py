"""New tokens for the regulations API, and new keys for senders, where a stack has none."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from secrets import token_urlsafe
from typing import Any, Final

from rudder_mixpanel.regulations.scopes import Scope
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.setup import stored

# Random bytes: a token has 43 characters, and a write key 27, as RudderStack's have.
TOKEN_BYTES: Final = 32
KEY_BYTES: Final = 20
# Who requests regulations by this command; RudderStack's own worker needs another scope.
DEFAULT_TOKEN: Final = "privacy:create,read,cancel,see-users"  # noqa: S105 - a name and scopes
DEFAULT_SOURCE: Final = "sdk"
NAME: Final = re.compile(r"[^:,]{1,50}")


@dataclass(frozen=True, slots=True)
class NewKey:
    """A token or key that is shown once; `output` names the secret that holds it."""

    output: str
    kind: str
    name: str
    value: str
    scopes: tuple[str, ...] = ()

    @property
    def entry(self) -> dict[str, Any]:
        """Its entry in the secret."""
        if self.output == stored.WRITE_KEYS:
            return {"source": self.name, "writeKey": self.value}
        return {"name": self.name, "token": self.value, "scopes": list(self.scopes)}


@dataclass(frozen=True, slots=True)
class WantedToken:
    """A token that is wanted, by name."""

    name: str
    scopes: tuple[str, ...]


def parse_token(text: str) -> WantedToken:
    """Read NAME:SCOPE,SCOPE; raises UsageError."""
    name, _, listed = text.partition(":")
    scopes = tuple(listed.split(","))
    if not NAME.fullmatch(name) or not set(scopes) <= set(Scope):
        raise UsageError(f"--token: expected NAME:SCOPE,SCOPE with scopes of {', '.join(Scope)}")
    return WantedToken(name, scopes)


def new_tokens(secret: Mapping[str, Any], wanted: Sequence[WantedToken]) -> list[NewKey]:
    """The wanted tokens that the secret does not have; the default one if it has none at all."""
    existing = entries(secret, "tokens")
    if not existing and not wanted:
        wanted = [parse_token(DEFAULT_TOKEN)]
    names = {entry.get("name") for entry in existing}
    return [
        NewKey(stored.WEBHOOKS, "token", row.name, random_text(TOKEN_BYTES), row.scopes)
        for row in wanted
        if row.name not in names
    ]


def new_write_keys(secret: Mapping[str, Any], wanted: Sequence[str]) -> list[NewKey]:
    """The write keys of the wanted sources that the secret does not have."""
    existing = entries(secret, "writeKeys")
    if not existing and not entries(secret, "webhookTokens") and not wanted:
        wanted = [DEFAULT_SOURCE]
    sources = {entry.get("source") for entry in existing}
    return [
        NewKey(stored.WRITE_KEYS, "write key", source, random_text(KEY_BYTES))
        for source in wanted
        if source not in sources
    ]


def entries(secret: Mapping[str, Any], name: str) -> list[dict[str, Any]]:
    """The entries of a list in a secret."""
    listed = secret.get(name)
    return (
        [entry for entry in listed if isinstance(entry, dict)] if isinstance(listed, list) else []
    )


def with_keys(secret: Mapping[str, Any], name: str, keys: Iterable[NewKey]) -> dict[str, Any]:
    """The content of a secret with new keys behind those that it has."""
    added = [key.entry for key in keys]
    return {**secret, name: [*entries(secret, name), *added]} if added else dict(secret)


def random_text(size: int) -> str:
    """A random text that no command takes for an option."""
    while (text := token_urlsafe(size)).startswith("-"):
        pass
    return text
