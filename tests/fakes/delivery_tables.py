"""Tables in memory, for tests that run too often for AWS; a contract test holds them to it."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState
from rudder_mixpanel.suppression import pseudonym


@dataclass(slots=True)
class Entry:
    """What the ledger holds of a counter."""

    state: str
    owner: str = ""
    deadline: int = 0
    written: int = 0


@dataclass(slots=True)
class MemoryLedger:
    """A ledger without a table; `reachable` False is a table that does not answer."""

    entries: dict[str, Entry] = field(default_factory=dict)
    reachable: bool = True

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim each, and tell how it stands."""
        return [self.claim_one(claim, by) for claim in claims]

    def claim_one(self, claim: Claim, by: Claimant) -> ClaimState:
        """Claim one, and tell how it stands."""
        if not self.reachable:
            return ClaimState.UNREACHABLE
        found = self.entries.get(claim.key)
        over = found is not None and found.state == "claimed" and found.deadline < by.now
        if found is None or (
            (over or found.state == "unknown") and found.written < claim.doubted_before
        ):
            self.entries[claim.key] = Entry("claimed", by.name, by.deadline, by.now)
            return ClaimState.OURS
        if found.state == "claimed" and found.owner == by.name:
            return ClaimState.OURS
        if over:
            found.state, found.owner = "unknown", by.name
        return ClaimState[found.state.upper()]

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Settle what was claimed."""
        if not self.reachable:
            return
        for key, state in states.items():
            found = self.entries.get(key)
            is_ours = found is not None and (found.state, found.owner) == ("claimed", by.name)
            if state is ClaimState.DONE:
                self.entries[key] = Entry("done", by.name, written=by.now)
            elif is_ours and state is ClaimState.UNKNOWN:
                self.entries[key] = Entry("unknown", by.name, written=by.now)
            elif is_ours:
                del self.entries[key]


@dataclass(slots=True)
class MemorySuppressions:
    """Suppressed users without a table; `reachable` False is a table that does not answer."""

    holders: dict[str, set[str]] = field(default_factory=dict)
    reachable: bool = True
    lookups: int = 0
    counted: Counter[str] = field(default_factory=Counter)

    def hold(self, *identifiers: str, by: str = "regulation") -> None:
        """Suppress these for a regulation."""
        for one in identifiers:
            self.holders.setdefault(plain(one), set()).add(by)

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each now."""
        self.lookups += 1
        if not self.reachable:
            return {}
        return {one: frozenset(self.holders.get(plain(one), ())) for one in identifiers}

    def count(self, held_back: Mapping[str, int], at: int, time_left: Any) -> None:  # noqa: ARG002 - as it is
        """Count events that were not sent."""
        self.counted.update(held_back)


def plain(identifier: str) -> str:
    """An identifier as it is compared."""
    return pseudonym(b"stand-in", identifier)
