"""Pseudonyms: keyed hashes that stand for identifiers, and the check value of their key."""

import hmac
from typing import Final

from rudder_mixpanel.errors import Code, ConfigurationError
from rudder_mixpanel.message.identity import plain_id

# Half of SHA-256: collisions do not happen, and an item of a thousand users stays small.
DIGITS: Final = 32
# The key of the table's check item, and the text whose keyed hash is the check value.
CHECK: Final = "check"
CHECK_TEXT: Final = "rudder-mixpanel: the key of this table"


class WrongSuppressionKey(ConfigurationError):
    """The table of suppressed users was begun with another key, or has lost its check value."""

    code = Code.WRONG_SUPPRESSION_KEY

    def __init__(self) -> None:
        super().__init__(
            "suppression key",
            "expected the secret with which the table of suppressed users was begun; "
            'see "Wrong suppression key" in docs/alarms.md',
        )


def pseudonym(key: bytes, identifier: str) -> str:
    """The keyed hash that stands for all spellings of an identifier in the tables."""
    return keyed_hash(key, plain_id(identifier))


def keyed_hash(key: bytes, text: str) -> str:
    """A hash of a text that nobody can compute without the key."""
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:DIGITS]
