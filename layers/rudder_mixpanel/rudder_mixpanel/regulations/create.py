"""Creates regulations: one for each user of a request, and none twice for the same request."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from typing import Any

import orjson

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import Person
from rudder_mixpanel.regulations.ports import Caller, RegulationsDependencies
from rudder_mixpanel.regulations.requests import RegulationRequest
from rudder_mixpanel.regulations.stored_chunk import split_into_chunks
from rudder_mixpanel.regulations.views import RegulationView, view_regulation


@dataclass(slots=True)
class RequestedUser:
    """A user of a request, with the id of their regulation, and its chunk if it exists already."""

    person: Person
    regulation: str = ""
    generation: int = 0
    chunk: Chunk | None = None


def create_regulations(
    request: RegulationRequest, caller: Caller, dependencies: RegulationsDependencies
) -> list[RegulationView]:
    """Accept a regulation for each user of a request, and return them in the same order.

    A regulation's id is derived from the request and the user's identifiers, so that the same
    request returns the same regulations. One that was cancelled or has failed is not returned: a
    new one is made. Raises ConfigurationError and TableUnavailable.
    """
    settings = dependencies.settings()
    users = [
        RequestedUser(person_of(attributes, settings, dependencies)) for attributes in request.users
    ]
    match_existing(users, request, dependencies)
    new = {user.regulation: user.person for user in users if user.chunk is None}
    request_id = content_id([user.regulation for user in users])
    for people in split_into_chunks(new, settings.max_ids):
        create_chunk(people, request_id, request, caller, dependencies)
    entries = dependencies.repository.entries([user.regulation for user in users])
    chunks = accept_chunks(set(entries.values()), dependencies)
    dependencies.wake()
    return [view_requested(user, entries, chunks) for user in users]


def view_requested(
    user: RequestedUser, entries: dict[str, str], chunks: dict[str, Chunk]
) -> RegulationView:
    """The regulation of a user in the answer, with the identifiers as requested."""
    chunk = chunks[entries[user.regulation]]
    return view_regulation(chunk, user.regulation, attributes=user.person.attributes)


def person_of(
    attributes: dict[str, str], settings: DeletionSettings, dependencies: RegulationsDependencies
) -> Person:
    """Derive a user's ids and pseudonyms from the identifiers that the settings name."""
    identifiers = settings.identifiers_of(attributes)
    pseudonyms = [dependencies.pseudonym(attributes[identifier]) for identifier in identifiers]
    return Person(attributes, settings.ids_of(attributes), list(dict.fromkeys(pseudonyms)))


def match_existing(
    users: list[RequestedUser], request: RegulationRequest, dependencies: RegulationsDependencies
) -> None:
    """Give each user the id of their open regulation, with its chunk, or the id of a new one."""
    load = cache(dependencies.repository.load)
    left = users
    while left:
        for user in left:
            user.regulation = regulation_id(user, request, dependencies)
        entries = dependencies.repository.entries([user.regulation for user in left])
        left = [user for user in left if is_closed(user, entries.get(user.regulation), load)]


def is_closed(user: RequestedUser, name: str | None, load: Callable[[str], Chunk | None]) -> bool:
    """Whether the regulation was cancelled or has failed; if so, go on to the next generation."""
    chunk = None if name is None else load(name)
    if chunk is not None and chunk.is_closed(user.regulation):
        user.generation += 1
        return True
    user.chunk = chunk
    return False


def regulation_id(
    user: RequestedUser, request: RegulationRequest, dependencies: RegulationsDependencies
) -> str:
    """The id of the regulation about a user: the same for the same content and generation."""
    scope = [request.type, sorted(request.source_ids), sorted(request.destination_ids)]
    person = [user.person.attributes, user.person.pseudonyms, user.person.ids]
    content = orjson.dumps([*scope, *person, user.generation], option=orjson.OPT_SORT_KEYS)
    # Hashed with the key first: nobody without the key can test whether an id is about a user.
    return content_id(dependencies.keyed_hash(content.decode()))


def create_chunk(
    people: dict[str, Person],
    request_id: str,
    request: RegulationRequest,
    caller: Caller,
    dependencies: RegulationsDependencies,
) -> None:
    """Write a chunk and accept it; if it exists already, accept that one."""
    own = dependencies.destination_id
    chunk = Chunk(
        id=content_id(list(people)),
        type=request.type,
        request_id=request_id,
        requested_by=caller.name,
        requested_at=dependencies.now(),
        source_ids=request.source_ids,
        destination_ids=request.destination_ids,
        not_handled_here=[
            destination for destination in request.destination_ids if destination != own
        ],
        reference=request.reference,
        members=list(people),
        people=people,
    )
    if not dependencies.repository.begin(chunk):
        chunk = dependencies.repository.load(chunk.id) or chunk
    accept_chunk(chunk, dependencies)


def accept_chunks(names: set[str], dependencies: RegulationsDependencies) -> dict[str, Chunk]:
    """Load chunks by id, and accept those that are not accepted yet."""
    loaded = {name: dependencies.repository.load(name) for name in names}
    return {
        name: accept_chunk(chunk, dependencies)
        for name, chunk in loaded.items()
        if chunk is not None
    }


def content_id(*content: Any) -> str:
    """A UUID that is the same for the same content: version 8 of RFC 9562, section 5.8."""
    digest = bytearray(sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
