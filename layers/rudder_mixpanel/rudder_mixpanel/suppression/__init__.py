"""The table of suppressed users: one item for each identifier, under a keyed hash of it.

An item holds the regulations that suppress the identifier, which is suppressed as long as there is
one. What cannot be read is unknown, and nothing about unknown users is sent. How many events a
regulation has suppressed is counted in an item of its own, under the regulation's id. One more item
holds the check value of the key: under another key, nobody would be found.
"""

from rudder_mixpanel.suppression.lookup import (
    NOBODY,
    DynamoSuppressionLookup,
    SuppressionLookup,
)
from rudder_mixpanel.suppression.pseudonyms import (
    CHECK_TEXT,
    WrongSuppressionKey,
    keyed_hash,
    pseudonym,
)
from rudder_mixpanel.suppression.store import (
    DynamoSuppressionStore,
    SuppressionEntry,
    SuppressionStore,
)

__all__ = [
    "CHECK_TEXT",
    "NOBODY",
    "DynamoSuppressionLookup",
    "DynamoSuppressionStore",
    "SuppressionEntry",
    "SuppressionLookup",
    "SuppressionStore",
    "WrongSuppressionKey",
    "keyed_hash",
    "pseudonym",
]
