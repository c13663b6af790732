"""The history of a profile: when each of its properties was last set, in sixteen bytes each.

It holds neither names nor values: six bytes of a keyed hash of each name, and the stamp of the
update. One item of the table holds the histories of all profiles of a user or group, of which there
are several when an id has two spellings, or when events name other projects: the hashes of their
names differ.
"""

import hmac
import json
from collections.abc import Iterable, Mapping
from hashlib import blake2b
from itertools import chain
from struct import Struct
from typing import Final

from rudder_mixpanel.message.stamps import STAMP_BYTES

NAME_BYTES: Final = 6
ENTRY: Final = Struct(f"{NAME_BYTES}s{STAMP_BYTES}s")
ENTRY_BYTES: Final = ENTRY.size
# More than a profile may have; an item of as many stays below 32 KiB.
MOST_PROPERTIES: Final = 2000
# Stands for the newest update of any kind. No property has such a name.
ANY_UPDATE: Final = "\0"
NEVER: Final = bytes(STAMP_BYTES)


class ProfileNames:
    """Hashes of the names of one profile's properties, which nobody can compute without the key."""

    __slots__ = ("key",)

    def __init__(self, key: bytes, *profile: str) -> None:
        self.key = hmac.digest(key, json.dumps(profile).encode(), "sha256")

    def hash(self, name: str) -> bytes:
        """The hash of a name."""
        text = name.encode("utf-8", "surrogatepass")
        return blake2b(text, digest_size=NAME_BYTES, key=self.key).digest()


class History:
    """When each property was last set: a stamp for the hash of each name."""

    __slots__ = ("stamps",)

    def __init__(self, stamps: Mapping[bytes, bytes]) -> None:
        self.stamps = dict(stamps)

    @classmethod
    def decode(cls, encoded: bytes) -> "History":
        """Read a history; an incomplete entry at the end is left out."""
        complete = len(encoded) - len(encoded) % ENTRY_BYTES
        return cls(dict(ENTRY.iter_unpack(encoded[:complete])))

    def encode(self) -> bytes:
        """The history in bytes, without the oldest entries if there are too many."""
        entries = list(self.stamps.items())
        if len(entries) > MOST_PROPERTIES:
            entries = sorted(entries, key=lambda entry: entry[1])[-MOST_PROPERTIES:]
        return b"".join(chain.from_iterable(entries))

    @property
    def excess(self) -> int:
        """How many entries are left out of the encoded history."""
        return max(0, len(self.stamps) - MOST_PROPERTIES)

    def newest(self, names: ProfileNames) -> bytes:
        """The stamp of the newest update of a profile."""
        return self.stamps.get(names.hash(ANY_UPDATE), NEVER)

    def is_newer(self, name: bytes, stamp: bytes) -> bool:
        """Whether a property was set by a newer update than one with this stamp."""
        return self.stamps.get(name, NEVER) > stamp

    def note(self, names: Iterable[bytes], stamp: bytes) -> None:
        """Note that properties were set, by an update with this stamp.

        Of several with one stamp, those that are noted last are forgotten last.
        """
        for name in names:
            if not self.is_newer(name, stamp):
                self.stamps.pop(name, None)
                self.stamps[name] = stamp
