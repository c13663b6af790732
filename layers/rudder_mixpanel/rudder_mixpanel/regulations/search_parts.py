"""Reads the chunks to search in batches, and only as many as a page needs."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import batched
from typing import Final

from rudder_mixpanel.aws.dynamodb import KEYS
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.cursor import Place
from rudder_mixpanel.regulations.repository import RegulationRepository, time_key
from rudder_mixpanel.regulations.search_request import RegulationSearch

# Chunks that one query of the index names: about 150 bytes each, and a query returns 1 MB.
NAMES: Final = 1_000
# Sorts behind the key of every chunk.
END: Final = "~"
# Regulations to read at once.
REGULATIONS_A_BATCH: Final = 1_000
# Regulations of one user whose chunks are read at once.
OF_ONE_USER: Final = 25


@dataclass(frozen=True, slots=True)
class SearchPart:
    """Regulations of one chunk to search, in order; `end` is the place behind them.

    `key` is the sort key of the chunk, empty in a search by user. `chunk` is None when the record
    of the regulations was deleted.
    """

    regulations: Sequence[str]
    chunk: Chunk | None
    end: Place
    key: str = ""


def all_parts(
    search: RegulationSearch, place: Place, repository: RegulationRepository
) -> Iterator[SearchPart]:
    """Every chunk of the period, in the order of creation; raises TableUnavailable."""
    for key, chunk in chunks_from(search, place, repository):
        regulations = chunk.members
        if key == place.key and place.regulation in regulations:
            regulations = regulations[regulations.index(place.regulation) + 1 :]
        yield SearchPart(regulations, chunk, Place(key), key)


def chunks_from(
    search: RegulationSearch, place: Place, repository: RegulationRepository
) -> Iterator[tuple[str, Chunk]]:
    """Each chunk with its sort key; those that were deleted are left out."""
    first, last = key_range(search)
    first = max(first, place.first_key)
    size = BatchSize()
    while names := repository.page(first, last, NAMES):
        first = Place(names[-1][0]).first_key
        while names:
            batch, names = names[: size.chunks], names[size.chunks :]
            chunks = repository.load_all([name for _, name in batch])
            for (key, _), chunk in zip(batch, chunks, strict=True):
                if chunk is not None:
                    size.count(chunk)
                    yield key, chunk


def key_range(search: RegulationSearch) -> tuple[str, str]:
    """Between which sort keys the chunks of the period are."""
    return time_key(search.since or 0), END if search.until is None else time_key(search.until)


@dataclass(slots=True)
class BatchSize:
    """How many chunks to read at once: as many as hold the regulations of a batch.

    Judged by the ones before: most chunks have one user, and a few have thousands.
    """

    chunks_read: int = 0
    regulations_read: int = 0

    @property
    def chunks(self) -> int:
        """The number of chunks to read; the first is read alone."""
        regulations = max(1, self.regulations_read)
        return min(KEYS, max(1, self.chunks_read * REGULATIONS_A_BATCH // regulations))

    def count(self, chunk: Chunk) -> None:
        """Count a chunk that was read."""
        self.chunks_read += 1
        self.regulations_read += len(chunk.members)


def parts_about(
    regulations: Collection[str], place: Place, repository: RegulationRepository
) -> Iterator[SearchPart]:
    """Each of these regulations, sorted by id; raises TableUnavailable."""
    rest = sorted(regulation for regulation in regulations if regulation > place.regulation)
    for batch in batched(rest, OF_ONE_USER, strict=False):
        names = repository.entries(batch)
        distinct = list(dict.fromkeys(names.values()))
        chunks = dict(zip(distinct, repository.load_all(distinct), strict=True))
        for regulation in batch:
            chunk = chunks.get(names.get(regulation, ""))
            present = chunk if chunk is not None and regulation in chunk.members else None
            yield SearchPart([regulation], present, Place("", regulation))
