"""Finds regulations by user, state, reference and period, a page at a time."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.cursor import Place, fingerprint_of, read_cursor
from rudder_mixpanel.regulations.ports import Caller, RegulationsDependencies
from rudder_mixpanel.regulations.requests import quoted_size
from rudder_mixpanel.regulations.search_parts import SearchPart, all_parts, parts_about
from rudder_mixpanel.regulations.search_request import RegulationSearch
from rudder_mixpanel.regulations.views import RegulationView, view_regulation
from rudder_mixpanel.suppression import CHECK_TEXT


@dataclass(frozen=True, slots=True)
class PageLimits:
    """When a page ends.

    It ends with the chunk in which it reaches `regulations`, `chunks` searched or regulations
    `searched`, so that the next page does not decode that chunk again. At `size` bytes it ends at
    once: Lambda responds with 6 MB at most. A page may be empty.
    """

    regulations: int = 1_000
    chunks: int = 2_000
    searched: int = 20_000
    size: int = 3_000_000


LIMITS: Final = PageLimits()


@dataclass(slots=True)
class Page:
    """A page that is being filled; `missing` are regulations about the user without a record."""

    limits: PageLimits
    data: list[RegulationView] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    size: int = 0
    chunks: int = 0
    searched: int = 0

    @property
    def is_large(self) -> bool:
        """Whether no further regulation fits."""
        return self.size >= self.limits.size

    @property
    def is_full(self) -> bool:
        """Whether no further chunk is searched."""
        return (
            self.is_large
            or len(self.data) >= self.limits.regulations
            or self.chunks >= self.limits.chunks
            or self.searched >= self.limits.searched
        )

    def add(self, view: RegulationView) -> None:
        """Add a regulation."""
        self.data.append(view)
        self.size += quoted_size(view)


def list_regulations(
    search: RegulationSearch,
    caller: Caller,
    dependencies: RegulationsDependencies,
    limits: PageLimits = LIMITS,
) -> dict[str, Any]:
    """One page of the regulations that match, with the cursor of the next page.

    Those about a user are sorted by id, others by when they were created. `missing` names
    regulations about the user whose record was deleted. Raises RequestError for an invalid cursor,
    ConfigurationError and TableUnavailable.
    """
    page, paging = Page(limits), {}
    user = None if search.user_id is None else dependencies.pseudonym(search.user_id)
    fingerprint = fingerprint_of(search, user)
    place = read_cursor(search.after, fingerprint)
    show = partial(view_regulation, now=dependencies.now(), show_user=caller.sees_users)
    for part in search_parts(search, user, place, dependencies):
        place = search_part(part, search, page, show)
        if page.is_full:
            paging = {"next": place.encoded(fingerprint)}
            break
    missing = {"missing": page.missing} if page.missing else {}
    return {"data": page.data, "paging": paging, **missing}


def search_parts(
    search: RegulationSearch,
    user: str | None,
    place: Place,
    dependencies: RegulationsDependencies,
) -> Iterator[SearchPart]:
    """What to search, starting at a place; raises TableUnavailable."""
    if user is None:
        return all_parts(search, place, dependencies.repository)
    # Under another key nobody would be found.
    dependencies.suppressions.verify_key(dependencies.keyed_hash(CHECK_TEXT))
    entry = dependencies.suppressions.get(user)
    return parts_about(entry.holders | entry.past, place, dependencies.repository)


def search_part(
    part: SearchPart,
    search: RegulationSearch,
    page: Page,
    show: Callable[[Chunk, str], RegulationView],
) -> Place:
    """Add the matching regulations of a part; return the place behind the last one searched."""
    page.chunks += 1
    chunk = part.chunk
    if chunk is None:
        page.missing += part.regulations
        return part.end
    page.searched += len(chunk.members)
    if not search.finds(chunk.reference, chunk.requested_at):
        return part.end
    states = chunk.states() if search.states else {}
    place = part.end
    for regulation in part.regulations:
        if page.is_large:
            return place
        place = Place(part.key, regulation)
        if not search.states or states[regulation] in search.states:
            page.add(show(chunk, regulation))
    return part.end
