"""The tables of delivery in memory, for tests that run too often for DynamoDB.

Contract tests hold them to DynamoDB.
"""

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from rudder_mixpanel.delivery.ledger import TIME_FOR_A_CLAIM, Claim, Claimant, ClaimState
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.profiles.store import NoLease, ProfileItem, Release
from rudder_mixpanel.suppression import WrongSuppressionKey, pseudonym


@dataclass(slots=True)
class Entry:
    """A counter's item in the ledger."""

    state: str
    owner: str = ""
    deadline: int = 0
    written: int = 0


@dataclass(slots=True)
class MemoryLedger:
    """A `Ledger` without a table; with `reachable` False, it behaves as if the table were down."""

    entries: dict[str, Entry] = field(default_factory=dict)
    reachable: bool = True

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim each counter, and return the state of each."""
        return [self.claim_one(claim, by) for claim in claims]

    def claim_one(self, claim: Claim, by: Claimant) -> ClaimState:
        """Claim one counter, and return its state."""
        if not self.reachable:
            return ClaimState.UNREACHABLE
        if by.time_left() < TIME_FOR_A_CLAIM:
            return ClaimState.NO_TIME
        entry = self.entries.get(claim.key)
        is_expired = entry is not None and entry.state == "claimed" and entry.deadline < by.now
        if entry is None or (
            (is_expired or entry.state == "unknown") and entry.written < claim.doubted_before
        ):
            self.entries[claim.key] = Entry("claimed", by.name, by.deadline, by.now)
            return ClaimState.OURS
        if entry.state == "claimed" and entry.owner == by.name:
            return ClaimState.OURS
        if is_expired:
            entry.state, entry.owner = "unknown", by.name
        return ClaimState[entry.state.upper()]

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Write the outcome of each claimed counter; a counter that was not applied is removed."""
        if not self.reachable:
            return
        for key, state in states.items():
            entry = self.entries.get(key)
            is_ours = entry is not None and (entry.state, entry.owner) == ("claimed", by.name)
            if state is ClaimState.DONE:
                self.entries[key] = Entry("done", by.name, written=by.now)
            elif is_ours and state is ClaimState.UNKNOWN:
                self.entries[key] = Entry("unknown", by.name, written=by.now)
            elif is_ours:
                del self.entries[key]


@dataclass(slots=True)
class MemorySuppressionLookup:
    """A `SuppressionLookup` without a table.

    With `reachable` False, lookups find no answer; with `has_right_key` False, the table is of
    another key.
    """

    holders: dict[str, set[str]] = field(default_factory=dict)
    reachable: bool = True
    has_right_key: bool = True
    lookups: int = 0
    counted: Counter[str] = field(default_factory=Counter)

    def hold(self, *identifiers: str, by: str = "regulation") -> None:
        """Suppress these identifiers for a regulation."""
        for identifier in identifiers:
            self.holders.setdefault(normalized(identifier), set()).add(by)

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each identifier now; nothing if the table is down.

        Raises WrongSuppressionKey.
        """
        self.lookups += 1
        if not self.reachable:
            return {}
        if not self.has_right_key:
            raise WrongSuppressionKey
        return {
            identifier: frozenset(self.holders.get(normalized(identifier), ()))
            for identifier in identifiers
        }

    def count(self, held_back: Mapping[str, int], at: int, time_left: Any) -> None:  # noqa: ARG002 - the protocol's arguments
        """Count the suppressed events of each regulation."""
        self.counted.update(held_back)


@dataclass(slots=True)
class MemoryProfileStore:
    """A `ProfileStore` without a table; with `reachable` False, as if the table were down."""

    items: dict[str, ProfileItem] = field(default_factory=dict)
    reachable: bool = True
    key: bytes = b"stand-in"
    versions: Iterator[int] = field(default_factory=count)

    def read(self, ids: Collection[str]) -> dict[str, ProfileItem]:
        """The items; raises TableUnavailable."""
        if not self.reachable:
            raise TableUnavailable("down")
        return {id_: self.items.get(id_, ProfileItem()) for id_ in ids}

    def lease(self, items: Mapping[str, ProfileItem], until: int) -> dict[str, str | NoLease]:
        """Take the lease of each item that is as it was read."""
        return {id_: self.lease_one(id_, item, until) for id_, item in items.items()}

    def lease_one(self, id_: str, item: ProfileItem, until: int) -> str | NoLease:
        """Take the lease of one item."""
        if not self.reachable:
            return NoLease.UNREACHABLE
        if self.items.get(id_, ProfileItem()).version != item.version:
            return NoLease.BUSY
        version = f"{next(self.versions):x}-"
        self.items[id_] = ProfileItem(version, until, item.history)
        return version

    def release(self, releases: Mapping[str, Release], _: int = 0) -> set[str]:
        """Write the histories of the items that are as they were leased, or gone."""
        if not self.reachable:
            return set()
        kept = {
            id_
            for id_, release in releases.items()
            if id_ not in self.items or self.items[id_].version == release.version
        }
        for id_ in kept & self.items.keys():
            release = releases[id_]
            version = f"{next(self.versions):x}-"
            self.items[id_] = ProfileItem(version, release.lease, release.history)
        return kept


def normalized(identifier: str) -> str:
    """A key that is equal for all spellings of an identifier that count as equal."""
    return pseudonym(b"stand-in", identifier)
