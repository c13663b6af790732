"""The tables of regulations in memory; a contract test holds them to DynamoDB."""

from bisect import bisect_left, insort
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache

from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.profiles.store import ProfileItem
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.repository import sort_key
from rudder_mixpanel.regulations.stored_chunk import decode_chunk, encode_chunk
from rudder_mixpanel.suppression import SuppressionEntry, WrongSuppressionKey
from rudder_mixpanel.suppression.store import NO_CHECK_VALUE

# The limit of an item in DynamoDB, less its name and its few other attributes:
# https://docs.aws.amazon.com/amazondynamodb, "Constraints"
MAX_CHUNK_BYTES = 400 * 1024 - 500


@dataclass(slots=True)
class MemorySuppressionStore:
    """A `SuppressionStore` without a table: entries by pseudonym, and their key's check value."""

    entries: dict[str, SuppressionEntry] = field(default_factory=dict)
    check: str = ""

    def verify_key(self, check: str) -> None:
        """Begin an empty table; raises WrongSuppressionKey when it has another check value."""
        if not self.check and not self.entries:
            self.check = check
        if self.check != check:
            raise WrongSuppressionKey

    def require_check(self) -> None:
        """Raise TableUnavailable when the table was never begun."""
        if not self.check:
            raise TableUnavailable(NO_CHECK_VALUE)

    def holders(self, names: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each pseudonym that has an entry."""
        return {name: self.entries[name].holders for name in names if name in self.entries}

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Let each pseudonym be suppressed by its regulations."""
        if names:
            self.require_check()
        for name, regulations in names.items():
            entry = self.get(name)
            self.entries[name] = replace(entry, holders=entry.holders | set(regulations))

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """End the suppression of each pseudonym by its regulations."""
        if names:
            self.require_check()
        for name, regulations in names.items():
            entry, released = self.get(name), set(regulations)
            self.entries[name] = replace(
                entry, holders=entry.holders - released, past=entry.past | released
            )

    def get(self, name: str) -> SuppressionEntry:
        """The entry of a pseudonym; an empty one if there is none."""
        return self.entries.get(name, SuppressionEntry())


@dataclass(slots=True)
class MemoryProfileTimes:
    """When profiles were last updated, without a table: the pseudonyms that have an item.

    `items` are those that delivery writes.
    """

    items: dict[str, ProfileItem] = field(default_factory=dict)

    @property
    def names(self) -> set[str]:
        """The keys of the items."""
        return set(self.items)

    def erase(self, pseudonyms: Collection[str]) -> None:
        """Delete the items of these users."""
        for name in pseudonyms:
            self.items.pop(name, None)


@dataclass(slots=True)
class MemoryRegulationRepository:
    """A `RegulationRepository` without a table; it stores chunks encoded, as DynamoDB does."""

    chunks: dict[str, bytes] = field(default_factory=dict)
    regulations: dict[str, str] = field(default_factory=dict)
    claims: dict[str, str] = field(default_factory=dict)
    made: list[tuple[str, str]] = field(default_factory=list)

    def entries(self, regulations: Collection[str]) -> dict[str, str]:
        """The chunks of those regulations that have one."""
        return {
            regulation: self.regulations[regulation]
            for regulation in regulations
            if regulation in self.regulations
        }

    def load(self, chunk: str) -> Chunk | None:
        """A chunk as it is stored; None if there is none."""
        stored = self.chunks.get(chunk)
        return None if stored is None else decode_chunk(stored)

    def load_all(self, chunks: Sequence[str]) -> Iterator[Chunk | None]:
        """Each of these chunks as it is stored; None if there is none."""
        return map(self.load, chunks)

    def begin(self, chunk: Chunk) -> bool:
        """Write a new chunk; False if there is one with its id."""
        if chunk.id in self.chunks:
            return False
        self.write(chunk)
        insort(self.made, (sort_key(chunk), chunk.id))
        return True

    def enter(self, chunk: str, regulations: Sequence[str]) -> set[str]:
        """Write an entry for each regulation; return those that belong to another chunk."""
        return {
            regulation
            for regulation in regulations
            if self.regulations.setdefault(regulation, chunk) != chunk
        }

    def save(self, chunk: Chunk) -> bool:
        """Write a chunk; False if it has changed since it was loaded."""
        stored = self.load(chunk.id)
        if stored is None or stored.version != chunk.version:
            return False
        chunk.version += 1
        self.write(chunk)
        return True

    def claim(self, task_id: str, chunk: str) -> bool:
        """Claim a task for a chunk; False if another chunk has claimed it."""
        return self.claims.setdefault(task_id, chunk) == chunk

    def write(self, chunk: Chunk) -> None:
        """Store a chunk; raises TableUnavailable when it is larger than an item may be."""
        stored = encode_chunk(chunk)
        if len(stored) > MAX_CHUNK_BYTES:
            raise TableUnavailable("ValidationException")
        self.chunks[chunk.id] = stored

    def due(self, now: int) -> list[str]:
        """The ids of the chunks that are due, the earliest first."""
        times = self.due_times()
        return sorted((name for name in times if times[name] <= now), key=lambda name: times[name])

    def due_times(self) -> dict[str, int]:
        """When there is something to do for each chunk; those that are done are missing."""
        times = {name: due_time(stored) for name, stored in sorted(self.chunks.items())}
        return {name: due for name, due in times.items() if due is not None}

    def page(self, first: str, last: str, limit: int) -> list[tuple[str, str]]:
        """Sort key and id of the first chunks, by creation, whose keys are in a range."""
        start = bisect_left(self.made, (first, ""))
        return [key for key in self.made[start : start + limit] if key[0] <= last]


@lru_cache(maxsize=1000)
def due_time(stored: bytes) -> int | None:
    """When there is something to do for a stored chunk; cached, for long scenarios."""
    return decode_chunk(stored).due
