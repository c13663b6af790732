"""The regulations that are not over: how many in each state, and the days left for deletions.

No table is scanned for it. The index of chunks with work names them, and a chunk is read only when
it is new or has changed since it was last read by this container of the function.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from itertools import batched
from typing import Final, Self

from rudder_mixpanel.deletion.step import DeletionDependencies, Tally
from rudder_mixpanel.errors import TableUnavailable, exception_location
from rudder_mixpanel.regulations.chunk import MIXPANEL_TAKES, SECONDS_A_DAY, Chunk
from rudder_mixpanel.regulations.model import FINAL, RegulationState, RegulationType

# Seconds between two overviews when nothing changes: less than the five minutes of a point on the
# dashboard.
OVERVIEW_EVERY: Final = 240
# Milliseconds that an invocation must have left to read more chunks, and how many are read at once:
# each may have 400 KB.
TIME_TO_READ: Final = 15_000
READ_AT_ONCE: Final = 25
# A chunk whose deletion failed stays in the index until its users are forgotten.
COUNTED: Final = frozenset(RegulationState) - FINAL | {RegulationState.FAILED}
# The states in which nobody waits for a deletion.
NOT_TO_BE_DELETED: Final = FINAL | {RegulationState.CANCELLING}


@dataclass(frozen=True, slots=True)
class ChunkSummary:
    """What an overview needs of a chunk; the deadline is None when nobody waits for a deletion."""

    due_at: int
    states: Counter[RegulationState]
    deadline: int | None

    @classmethod
    def of(cls, chunk: Chunk, due_at: int) -> Self:
        """Summarize a chunk that the index has under this time."""
        states = Counter(state for state in chunk.states().values() if state in COUNTED)
        deletes = chunk.type is RegulationType.SUPPRESS_WITH_DELETE
        somebody_waits = deletes and states.keys() - NOT_TO_BE_DELETED
        deadline = chunk.requested_at + MIXPANEL_TAKES if somebody_waits else None
        return cls(due_at, states, deadline)


@dataclass(frozen=True, slots=True)
class Overview:
    """How many regulations are in each state, and the days until the first deadline, if any.

    The deadline is 30 days after the request; the days are negative when it is over.
    """

    states: Mapping[RegulationState, int]
    days_left: float | None

    @property
    def is_empty(self) -> bool:
        """Whether every regulation is over."""
        return not self.states.keys() - FINAL

    @classmethod
    def of(cls, summaries: Iterable[ChunkSummary], now: int) -> Self:
        """Add up the summaries of all chunks."""
        states: Counter[RegulationState] = Counter()
        deadlines = []
        for summary in summaries:
            states.update(summary.states)
            if summary.deadline is not None:
                deadlines.append(summary.deadline)
        return cls(states, (min(deadlines) - now) / SECONDS_A_DAY if deadlines else None)


@dataclass(slots=True)
class KnownChunks:
    """The chunks that are not over, as far as this container of the function has read them."""

    summaries: dict[str, ChunkSummary] = field(default_factory=dict)
    next_overview_at: int = 0
    was_empty: bool = True

    def forget(self, chunks: Iterable[str]) -> None:
        """Have these chunks read again; their due time in the index may not show the change."""
        for chunk in chunks:
            self.summaries.pop(chunk, None)

    def overview(
        self, dependencies: DeletionDependencies, changed: Collection[str]
    ) -> Overview | None:
        """Make an overview; None when the last one is recent and no chunk changed.

        None as well when no time is left to read. Raises TableUnavailable.
        """
        now = dependencies.now()
        self.forget(changed)
        is_due = changed or now >= self.next_overview_at
        if not is_due or not self.read_chunks(dependencies):
            return None
        self.next_overview_at = now + OVERVIEW_EVERY
        overview = Overview.of(self.summaries.values(), now)
        # The last of several empty ones would say nothing new, and metrics cost money by the hour.
        is_news = not (overview.is_empty and self.was_empty)
        self.was_empty = overview.is_empty
        return overview if is_news else None

    def read_chunks(self, dependencies: DeletionDependencies) -> bool:
        """Read the chunks that are new or changed; False when no time is left for all of them.

        Raises TableUnavailable.
        """
        repository = dependencies.repository
        due_times = repository.due_times()
        self.summaries = {
            name: summary
            for name, summary in self.summaries.items()
            if due_times.get(name) == summary.due_at
        }
        unread = [name for name in due_times if name not in self.summaries]
        for names in batched(unread, READ_AT_ONCE, strict=False):
            if dependencies.time_left() < TIME_TO_READ:
                return False
            for name, chunk in zip(names, repository.load_all(names), strict=True):
                if chunk is not None:
                    self.summaries[name] = ChunkSummary.of(chunk, due_times[name])
        return True


def make_overview(
    known: KnownChunks, dependencies: DeletionDependencies, tally: Tally
) -> Overview | None:
    """Make an overview after an invocation's work; what prevents it is counted in the tally."""
    try:
        return known.overview(dependencies, tally.chunks)
    except TableUnavailable as error:
        tally.tables_unavailable.append(str(error))
    except Exception as error:  # noqa: BLE001 - deletions do not depend on it
        tally.bugs.append(exception_location(error))
    return None
