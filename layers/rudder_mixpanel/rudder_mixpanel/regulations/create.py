"""Creates regulations: one for each user of a request, and none twice for the same wish."""

from collections.abc import Collection, Mapping, Sequence
from functools import partial
from typing import Final

from rudder_mixpanel.aws.dynamodb import run_concurrently
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.match import (
    RequestedUser,
    content_id,
    load_chunks,
    match_regulations,
    wish_of,
)
from rudder_mixpanel.regulations.model import Person
from rudder_mixpanel.regulations.ports import Caller, RegulationsDependencies
from rudder_mixpanel.regulations.requests import RegulationRequest
from rudder_mixpanel.regulations.stored_chunk import split_into_chunks
from rudder_mixpanel.regulations.views import RegulationView, view_regulation
from rudder_mixpanel.suppression import CHECK_TEXT

# Chunks that are written at the same time, and that are accepted at the same time: accepting makes
# concurrent calls itself.
BEGUN_AT_ONCE: Final = 8
ACCEPTED_AT_ONCE: Final = 2


def create_regulations(
    request: RegulationRequest, caller: Caller, dependencies: RegulationsDependencies
) -> list[RegulationView]:
    """Accept a regulation for each user of a request, and return them in the same order.

    A wish that has an open regulation gets that one. All chunks are written before the first is
    accepted, so that the worker finishes what this request does not. Sent again, the request goes
    on where it stopped. Raises ConfigurationError, TableUnavailable, and TableTooSlow when the time
    is over before everybody is suppressed.
    """
    # With another key, nobody would be found, neither now nor by delivery.
    dependencies.suppressions.verify_key(dependencies.keyed_hash(CHECK_TEXT))
    users = requested_users(request, dependencies)
    match_regulations(users, dependencies)
    own = begin_chunks(users, request, caller, dependencies)
    accepted = accept_chunks([*own, *accepting(users)], dependencies)
    chunks = chunks_by_regulation(users, accepted, dependencies)
    dependencies.wake()
    now = dependencies.now()
    return [view_requested(user, chunks[user.regulation], now) for user in users]


def requested_users(
    request: RegulationRequest, dependencies: RegulationsDependencies
) -> list[RequestedUser]:
    """The users of a request, each with their wish; raises ConfigurationError."""
    settings = dependencies.settings()
    people = [person_of(attributes, settings, dependencies) for attributes in request.users]
    return [RequestedUser(person, wish_of(person, request, dependencies)) for person in people]


def view_requested(user: RequestedUser, chunk: Chunk, now: int) -> RegulationView:
    """The regulation of a user in the answer, with the identifiers as requested."""
    attributes = user.person.attributes
    return view_regulation(chunk, user.regulation, now=now, attributes=attributes)


def person_of(
    attributes: dict[str, str], settings: DeletionSettings, dependencies: RegulationsDependencies
) -> Person:
    """Derive a user's ids and pseudonyms from the identifiers that the settings name."""
    identifiers = settings.identifiers_of(attributes)
    pseudonyms = [dependencies.pseudonym(attributes[identifier]) for identifier in identifiers]
    return Person(attributes, settings.ids_of(attributes), list(dict.fromkeys(pseudonyms)))


def begin_chunks(
    users: Sequence[RequestedUser],
    request: RegulationRequest,
    caller: Caller,
    dependencies: RegulationsDependencies,
) -> list[tuple[Chunk, bool]]:
    """Write the chunks of a request's new regulations, and return each with whether it is new.

    When a request is repeated, its chunks are the same: the members that were entered before are
    counted in, so that the users are split as before. Raises TableUnavailable.
    """
    if all(user.chunk is not None for user in users):
        return []
    request_id = content_id([user.regulation for user in users])
    people = {user.regulation: user.person for user in users if is_of(user.chunk, request_id)}
    known = {user.chunk.id for user in users if user.chunk is not None}
    chunks = [
        new_chunk(part, request_id, request, caller, dependencies)
        for part in split_into_chunks(people, dependencies.settings().max_ids)
    ]
    begun = [chunk for chunk in chunks if chunk.id not in known]
    return run_concurrently(partial(begin_chunk, dependencies), begun, BEGUN_AT_ONCE)


def is_of(chunk: Chunk | None, request_id: str) -> bool:
    """Whether a regulation with this chunk is new, or made by an earlier attempt at a request."""
    return chunk is None or chunk.request_id == request_id


def new_chunk(
    people: dict[str, Person],
    request_id: str,
    request: RegulationRequest,
    caller: Caller,
    dependencies: RegulationsDependencies,
) -> Chunk:
    """A chunk of new regulations about these users."""
    own = dependencies.destination_id
    return Chunk(
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


def begin_chunk(dependencies: RegulationsDependencies, chunk: Chunk) -> tuple[Chunk, bool]:
    """Write a chunk and return it as new; if one with its id exists, return that one."""
    if dependencies.repository.begin(chunk):
        return chunk, True
    return dependencies.repository.load(chunk.id) or chunk, False


def accepting(users: Sequence[RequestedUser]) -> list[tuple[Chunk, bool]]:
    """The chunks of open regulations, not new; an earlier attempt may have left one unfinished."""
    chunks = {user.chunk.id: user.chunk for user in users if user.chunk is not None}
    return [(chunk, False) for chunk in chunks.values()]


def accept_chunks(
    chunks: Collection[tuple[Chunk, bool]], dependencies: RegulationsDependencies
) -> dict[str, Chunk]:
    """Accept those of the chunks, new or not, that are not accepted; raises TableUnavailable."""

    def accept(pair: tuple[Chunk, bool]) -> Chunk:
        chunk, is_new = pair
        return accept_chunk(chunk, dependencies, is_new=is_new)

    left = {chunk.id: (chunk, is_new) for chunk, is_new in chunks if not chunk.effective_at}
    accepted = run_concurrently(accept, list(left.values()), ACCEPTED_AT_ONCE)
    return {chunk.id: chunk for chunk, _ in chunks} | {chunk.id: chunk for chunk in accepted}


def chunks_by_regulation(
    users: Sequence[RequestedUser],
    accepted: Mapping[str, Chunk],
    dependencies: RegulationsDependencies,
) -> dict[str, Chunk]:
    """The chunk of each user's regulation: one of these, or that of another request at the time.

    Raises TableUnavailable.
    """
    chunks = {member: chunk for chunk in accepted.values() for member in chunk.members}
    others = {user.regulation for user in users} - chunks.keys()
    owners = dependencies.repository.entries(others)
    loaded = load_chunks(set(owners.values()), dependencies)
    of_others = accept_chunks([(chunk, False) for chunk in loaded.values()], dependencies)
    return chunks | {regulation: of_others[owner] for regulation, owner in owners.items()}
