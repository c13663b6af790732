"""Credentials that do not belong in settings, which many can read, in whatever spelling."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rudder_mixpanel.destination.types import letters
from rudder_mixpanel.errors import ConfigurationError

# Settings that are credentials; they do not belong in a parameter that many can read.
SECRET_SETTINGS: Final = ("apiSecret", "serviceAccountSecret", "gdprApiToken")
BY_LETTERS: Final = frozenset(map(letters, SECRET_SETTINGS))


def is_secret_setting(name: str) -> bool:
    """Whether a name is that of a credential, also in a spelling that no function reads."""
    return letters(name) in BY_LETTERS


def given_names(config: Mapping[str, Any]) -> Iterator[str]:
    """The names in a Config that have a value, also those within its values."""
    left: list[Any] = [config]
    while left:
        item = left.pop()
        if isinstance(item, Mapping):
            yield from (name for name, value in item.items() if value)
            left += reversed(list(item.values()))
        elif isinstance(item, list):
            left += reversed(item)


def refuse_credentials(config: Mapping[str, Any], secret: str) -> None:
    """Raise ConfigurationError for a credential in a Config; `secret` says where it belongs."""
    for name in given_names(config):
        if is_secret_setting(name):
            raise ConfigurationError(name, f"expected in {secret}, not in settings")
