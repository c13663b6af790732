"""Finds regulations by user and state, a page at a time."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

import orjson

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState
from rudder_mixpanel.regulations.ports import Caller, RegulationsDependencies
from rudder_mixpanel.regulations.requests import RegulationSearch, invalid_field
from rudder_mixpanel.regulations.service import find_chunk
from rudder_mixpanel.regulations.views import RegulationView, view_regulation
from rudder_mixpanel.suppression import CHECK_TEXT

# Regulations on a page, and chunks that are searched for it: a page may be empty.
PAGE: Final = 100
# Bytes of a page: a user may have long identifiers, and Lambda responds with 6 MB at most.
PAGE_BYTES: Final = 2_000_000
CHUNKS_SEARCHED: Final = 200
# Chunks that one query of the index returns.
QUERY_LIMIT: Final = 50
# Characters of a chunk's sort key in a cursor.
LONGEST_SORT_KEY: Final = 100


@dataclass(slots=True)
class Page:
    """A page that is being filled; `cursor` is the place of the last regulation looked at."""

    cursor: str
    data: list[RegulationView] = field(default_factory=list)
    size: int = 0
    chunk: Chunk | None = None
    chunks: int = 0
    states: dict[str, RegulationState] = field(default_factory=dict)

    @property
    def is_full(self) -> bool:
        """Whether the rest belongs on the next page."""
        return len(self.data) == PAGE or self.size > PAGE_BYTES or self.chunks > CHUNKS_SEARCHED

    def open_chunk(self, chunk: Chunk) -> None:
        """Count a chunk that was not looked at before, and read its states."""
        if chunk is not self.chunk:
            self.chunk, self.states = chunk, chunk.states()
            self.chunks += 1

    def add(self, view: RegulationView) -> None:
        """Add a regulation."""
        self.data.append(view)
        self.size += len(orjson.dumps(view))


def list_regulations(
    search: RegulationSearch, caller: Caller, dependencies: RegulationsDependencies
) -> Any:
    """One page of the regulations about a user, in a state, or both, with the cursor of the next.

    Those about a user are sorted by id, others by when they were created. Raises RequestError for
    an invalid cursor, ConfigurationError and TableUnavailable.
    """
    page = Page(search.after)
    for cursor, chunk, regulation in matching_regulations(search, dependencies):
        page.open_chunk(chunk)
        if page.is_full:
            return {"data": page.data, "paging": {"next": page.cursor}}
        page.cursor = cursor
        if search.state in {None, page.states[regulation]}:
            page.add(view_regulation(chunk, regulation, show_user=caller.sees_users))
    return {"data": page.data, "paging": {}}


def matching_regulations(
    search: RegulationSearch, dependencies: RegulationsDependencies
) -> Iterator[tuple[str, Chunk, str]]:
    """The regulations to search, each with its cursor and chunk; raises RequestError."""
    if search.user_id is None:
        return all_regulations(search.after, dependencies)
    dependencies.suppressions.verify_key(dependencies.keyed_hash(CHECK_TEXT))
    entry = dependencies.suppressions.get(dependencies.pseudonym(search.user_id))
    return (
        (regulation, find_chunk(regulation, dependencies), regulation)
        for regulation in sorted(entry.holders | entry.past)
        if regulation > search.after
    )


def all_regulations(
    after: str, dependencies: RegulationsDependencies
) -> Iterator[tuple[str, Chunk, str]]:
    """Every regulation after a cursor, each with its own; raises RequestError."""
    sort_key, skip = parse_cursor(after)
    while chunks := dependencies.repository.page(sort_key, QUERY_LIMIT):
        for next_key, name in chunks:
            if (chunk := dependencies.repository.load(name)) is not None:
                for index, regulation in enumerate(chunk.members[skip:], skip + 1):
                    yield f"{sort_key}|{index}", chunk, regulation
            sort_key, skip = next_key, 0


def parse_cursor(cursor: str) -> tuple[str, int]:
    """The sort key of the chunk before, and how many of the next chunk's regulations to skip.

    Raises RequestError when the cursor is invalid.
    """
    sort_key, _, index = cursor.rpartition("|")
    if not cursor:
        return "", 0
    if not (index.isascii() and index.isdigit()) or len(sort_key) > LONGEST_SORT_KEY:
        raise invalid_field("after_cursor", "expected the value of paging.next")
    return sort_key, int(index[:9])
