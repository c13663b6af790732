"""What delivery needs of the table of profiles' histories."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Protocol


@dataclass(frozen=True, slots=True)
class ProfileItem:
    """An item as it was read.

    `version` changes with every write, and is empty for an item that does not exist. `lease` is
    when the invocation that updates the profile has certainly ended, in seconds since 1970; 0 when
    none does.
    """

    version: str = ""
    lease: int = 0
    history: bytes = b""

    def is_leased(self, now: int) -> bool:
        """Whether an invocation may be updating the profile."""
        return self.lease > now


@dataclass(frozen=True, slots=True)
class Release:
    """The end of a lease: the version it was taken with, and the encoded history to write.

    With a `lease`, the lease stays until then.
    """

    version: str
    history: bytes
    lease: int = 0


class NoLease(Enum):
    """Why a profile is not leased."""

    BUSY = auto()  # another invocation has the lease
    UNREACHABLE = auto()  # the table does not respond, or throttles


class ProfileStore(Protocol):
    """The table, with one item for each user or group."""

    @property
    def key(self) -> bytes:
        """The key of the hashes of ids and names."""
        ...

    def read(self, ids: Collection[str]) -> dict[str, ProfileItem]:
        """The items, strongly consistent, those that do not exist included.

        Raises TableUnavailable when not all could be read.
        """
        ...

    def lease(self, items: Mapping[str, ProfileItem], until: int) -> dict[str, str | NoLease]:
        """Lease each profile whose item is still as it was read: the new version, or why not."""
        ...

    def release(self, releases: Mapping[str, Release], now: int) -> set[str]:
        """Write the histories and end the leases; return the ids for which that is certain.

        An item that was deleted meanwhile is released.
        """
        ...
