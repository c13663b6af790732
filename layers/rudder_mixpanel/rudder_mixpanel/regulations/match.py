"""Finds the open regulation of a wish, or the id of the next one.

A wish about a user is the same when type, destinations and identifiers are. Its regulations follow
each other as generations: the next one is made when the last one is over. Their ids are hashes of
the wish and the number, so that two requests at once agree on the id, and only one of their chunks
can enter it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import sha256
from typing import Any, Final

import orjson

from rudder_mixpanel.aws.dynamodb import run_concurrently
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import Person
from rudder_mixpanel.regulations.ports import RegulationsDependencies
from rudder_mixpanel.regulations.requests import RegulationRequest

# Chunks that are read at the same time.
LOADED_AT_ONCE: Final = 8
# More generations than a wish can have.
UNLIMITED: Final = 2**62


@dataclass(slots=True)
class RequestedUser:
    """A user of a request, and what is known of the regulations of the wish about them.

    Generations up to `closed` exist and are over, and from `missing` on, none exists. `chunk` is
    that of the open regulation, if there is one.
    """

    person: Person
    wish: str
    closed: int = -1
    missing: int = UNLIMITED
    chunk: Chunk | None = None

    @property
    def generation(self) -> int:
        """The generation to look at next: doubled until one is missing, halved from then on."""
        if self.missing == self.closed + 1:
            return self.missing
        return min(max(0, 2 * self.closed + 1), (self.closed + self.missing) // 2)

    @property
    def regulation(self) -> str:
        """The id of the regulation of that generation."""
        return content_id(self.wish, self.generation)

    @property
    def is_matched(self) -> bool:
        """Whether the open regulation is found, or the next one is the first that is missing."""
        return self.chunk is not None or self.missing == self.closed + 1

    def look_at(self, chunk: Chunk | None) -> None:
        """Note what is known of the generation: its chunk, or that there is none."""
        if chunk is None:
            self.missing = self.generation
        elif chunk.is_closed(self.regulation):
            self.closed = self.generation
        else:
            self.chunk = chunk


def match_regulations(
    users: Iterable[RequestedUser], dependencies: RegulationsDependencies
) -> None:
    """Find each user's open regulation, or the next one, in few reads for years of regulations.

    Generations are never removed, and what is over stays so: only the last can be open.
    Raises TableUnavailable.
    """
    chunks: dict[str, Chunk] = {}
    left = list(users)
    while left := [user for user in left if not user.is_matched]:
        entries = dependencies.repository.entries([user.regulation for user in left])
        chunks |= load_chunks(set(entries.values()) - chunks.keys(), dependencies)
        for user in left:
            name = entries.get(user.regulation)
            user.look_at(chunks[name] if name else None)


def load_chunks(names: Iterable[str], dependencies: RegulationsDependencies) -> dict[str, Chunk]:
    """Load chunks by their ids; raises TableUnavailable."""
    loaded = run_concurrently(dependencies.repository.load, sorted(names), LOADED_AT_ONCE)
    return {chunk.id: chunk for chunk in loaded if chunk is not None}


def wish_of(
    person: Person, request: RegulationRequest, dependencies: RegulationsDependencies
) -> str:
    """The hash of a wish about a user; raises ConfigurationError.

    Hashed with the key: nobody without it can test whether a regulation is about a user.
    """
    scope: list[Any] = [request.type, sorted(set(request.destination_ids))]
    content = [*scope, sorted(set(person.pseudonyms)), sorted(set(person.ids))]
    return dependencies.keyed_hash(orjson.dumps(content).decode())


def content_id(*content: Any) -> str:
    """A UUID that is the same for the same content: version 8 of RFC 9562, section 5.8."""
    digest = bytearray(sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
