"""The tables of regulations in memory; a contract test holds them to DynamoDB."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace

from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.repository import RegulationEntry, sort_key
from rudder_mixpanel.suppression import SuppressionEntry

# Of an item, with its name and its few other attributes:
# https://docs.aws.amazon.com/amazondynamodb, "Constraints"
MOST_BYTES = 400 * 1024 - 500


@dataclass(slots=True)
class MemoryHolders:
    """Who is suppressed, by pseudonyms, without a table."""

    held: dict[str, SuppressionEntry] = field(default_factory=dict)

    def hold(self, names: Mapping[str, Sequence[str]]) -> None:
        """Suppress these."""
        for name, regulations in names.items():
            found = self.get(name)
            self.held[name] = replace(found, holders=found.holders | set(regulations))

    def release(self, names: Mapping[str, Sequence[str]]) -> None:
        """Suppress these no more."""
        for name, regulations in names.items():
            found, left = self.get(name), set(regulations)
            self.held[name] = replace(found, holders=found.holders - left, past=found.past | left)

    def get(self, name: str) -> SuppressionEntry:
        """What is known of one."""
        return self.held.get(name, SuppressionEntry())


@dataclass(slots=True)
class MemoryRegister:
    """A register without a table; it keeps what was written, not what was read."""

    chunks: dict[str, bytes] = field(default_factory=dict)
    known: dict[str, RegulationEntry] = field(default_factory=dict)
    claimed: dict[str, str] = field(default_factory=dict)

    def entries(self, regulations: Collection[str]) -> dict[str, RegulationEntry]:
        """The entries that there are."""
        return {one: self.known[one] for one in regulations if one in self.known}

    def load(self, chunk: str) -> Chunk | None:
        """A chunk as it is now."""
        stored = self.chunks.get(chunk)
        return None if stored is None else Chunk.decoded(stored)

    def begin(self, chunk: Chunk) -> bool:
        """Write a new chunk."""
        if chunk.id in self.chunks:
            return False
        self.write(chunk)
        return True

    def enter(self, chunk: Chunk) -> set[str]:
        """Write an entry for each member."""
        lost = set()
        for one in chunk.members:
            names = tuple(sorted(set(chunk.people[one].pseudonyms)))
            entry = self.known.setdefault(one, RegulationEntry(chunk.id, names))
            if entry.chunk == chunk.id:
                self.known[one] = RegulationEntry(chunk.id, names)
            else:
                lost.add(one)
        return lost

    def save(self, chunk: Chunk) -> bool:
        """Write a chunk of the version that was read."""
        found = self.load(chunk.id)
        if found is None or found.version != chunk.version:
            return False
        chunk.version += 1
        self.write(chunk)
        return True

    def claim(self, task_id: str, chunk: str) -> bool:
        """Say whose task it is."""
        return self.claimed.setdefault(task_id, chunk) == chunk

    def write(self, chunk: Chunk) -> None:
        """Write a chunk that DynamoDB would take."""
        stored = chunk.encoded()
        if len(stored) > MOST_BYTES:
            raise TableUnavailable("ValidationException")
        self.chunks[chunk.id] = stored

    def due(self, now: int) -> list[str]:
        """Chunks for which there is something to do."""
        dues = [(chunk.due, chunk.id) for chunk in map(Chunk.decoded, self.chunks.values())]
        return [name for due, name in sorted((d, n) for d, n in dues if d is not None and d <= now)]

    def page(self, after: str, limit: int) -> list[tuple[str, str]]:
        """Chunks in the order in which they came."""
        places = sorted((sort_key(c), c.id) for c in map(Chunk.decoded, self.chunks.values()))
        return [one for one in places if one[0] > after][:limit]
