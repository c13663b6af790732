"""A chunk is accepted: its users are suppressed first, and only then is anything promised."""

from collections.abc import Mapping
from typing import Final, Protocol

from rudder_mixpanel.regulations.model import Chunk
from rudder_mixpanel.regulations.repository import RegulationRepository
from rudder_mixpanel.suppression import SuppressionStore

# Seconds beyond the delivery function's time limit after which no request of it can be on its way.
MARGIN: Final = 5


class AcceptDependencies(Protocol):
    """What is needed to accept and to cancel regulations."""

    @property
    def repository(self) -> RegulationRepository:
        """Where regulations are."""
        ...

    @property
    def suppressions(self) -> SuppressionStore:
        """Where it says who is suppressed."""
        ...

    @property
    def delivery_timeout(self) -> int:
        """Seconds that the delivery function runs at most."""
        ...

    def now(self) -> int:
        """The time, in seconds since 1970."""
        ...


def accept_chunk(chunk: Chunk, books: AcceptDependencies) -> Chunk:
    """Suppress everybody in a chunk, and say from when that holds; harmless when done again.

    Whoever looked a user up before that was written has ended by then, since its function has.
    """
    while not chunk.effective_at:
        chunk.drop(books.repository.enter(chunk))
        names = pseudonyms_in(chunk)
        books.suppressions.hold(names)
        chunk.accept(books.now() + books.delivery_timeout + MARGIN)
        if books.repository.save(chunk):
            break
        chunk = books.repository.load(chunk.id) or chunk
        # Who is cancelled meanwhile must not be suppressed by us for ever.
        gone = {*chunk.lifted, *chunk.leaving}
        both = {name: [one for one in held if one in gone] for name, held in names.items()}
        books.suppressions.release({name: held for name, held in both.items() if held})
    return chunk


def pseudonyms_in(chunk: Chunk) -> Mapping[str, list[str]]:
    """Each pseudonym in a chunk, with the regulations that suppress it."""
    names: dict[str, list[str]] = {}
    for regulation, person in chunk.people.items():
        for name in person.names:
            names.setdefault(name, []).append(regulation)
    return names
