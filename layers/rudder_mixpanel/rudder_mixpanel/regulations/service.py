"""Regulations are asked for, found and cancelled."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final, Protocol

import orjson

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.regulations.accept import AcceptDependencies, accept_chunk
from rudder_mixpanel.regulations.model import Chunk, Person, chunked, content_id
from rudder_mixpanel.regulations.requests import (
    ErrorCode,
    RegulationRequest,
    RegulationSearch,
    RequestError,
    invalid_field,
)
from rudder_mixpanel.regulations.views import RegulationView, view_regulation

ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Regulations of one page, and chunks that are looked through for it: there may be nothing on it.
PAGE: Final = 100
# Of a page, in bytes: a user may be told by many identifiers, and Lambda answers with 6 MB at most.
PAGE_BYTES: Final = 2_000_000
LOOKED_THROUGH: Final = 200
# Chunks of which the index tells at once.
ASKED_FOR: Final = 50
# A place among the chunks, as a text.
LONGEST_PLACE: Final = 100


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: the name of a token, and whether it may see whom regulations are about."""

    name: str
    sees_users: bool = False


class RegulationsDependencies(AcceptDependencies, Protocol):
    """What the API needs from outside."""

    @property
    def destination_id(self) -> str:
        """The destination that this stack serves."""
        ...

    def settings(self) -> DeletionSettings:
        """How the destination deletes; raises ConfigurationError."""
        ...

    def pseudonym(self, identifier: str) -> str:
        """What stands for an identifier in the tables; raises ConfigurationError."""
        ...

    def wake(self) -> None:
        """Tell the queue that there is work."""
        ...


@dataclass(slots=True)
class RequestedUser:
    """A user of a request, and the regulation about them."""

    person: Person
    regulation: str = ""
    generation: int = 0
    chunk: Chunk | None = None


def create_regulations(
    asked: RegulationRequest, caller: Caller, office: RegulationsDependencies
) -> list[RegulationView]:
    """Accept a regulation for each user; what is asked for again is what it was.

    A regulation's id comes of what it says, so that the same makes the same, and of whom that
    means by the settings. One that was cancelled or has failed does not count: it is followed by
    another one.
    """
    settings = office.settings()
    places = [RequestedUser(person_of(user, settings, office)) for user in asked.users]
    match_existing(places, asked, office)
    new = {one.regulation: one.person for one in places if one.chunk is None}
    request_id = content_id([one.regulation for one in places])
    for people in chunked(new, settings.max_ids):
        create_chunk(people, request_id, asked, caller, office)
    chunks: dict[str, Chunk] = {}
    entries = office.repository.entries([one.regulation for one in places])
    for name in {entry.chunk for entry in entries.values()}:
        if (found := office.repository.load(name)) is not None:
            chunks[name] = accept_chunk(found, office)
    office.wake()
    return [
        view_regulation(
            chunks[entries[one.regulation].chunk], one.regulation, attributes=one.person.attributes
        )
        for one in places
    ]


def person_of(
    user: dict[str, str], settings: DeletionSettings, office: RegulationsDependencies
) -> Person:
    """A user as a regulation knows them."""
    named = [user["userId"], *(user[one] for one in settings.identifiers if one in user)]
    names = list(dict.fromkeys(office.pseudonym(one) for one in named))
    return Person(user, settings.ids_of(user), names)


def match_existing(
    places: list[RequestedUser], asked: RegulationRequest, office: RegulationsDependencies
) -> None:
    """Give each user a regulation: one that there is and that counts, or a new one."""
    chunks: dict[str, Chunk | None] = {}
    left = places
    while left:
        for one in left:
            said = [asked.type, sorted(asked.source_ids), sorted(asked.destination_ids)]
            who = [one.person.attributes, one.person.names, one.person.ids]
            content = orjson.dumps([*said, *who, one.generation], option=orjson.OPT_SORT_KEYS)
            one.regulation = content_id(office.pseudonym(content.decode()))
        entries = office.repository.entries([one.regulation for one in left])
        again = []
        for one in left:
            if (entry := entries.get(one.regulation)) is None:
                continue
            if entry.chunk not in chunks:
                chunks[entry.chunk] = office.repository.load(entry.chunk)
            chunk = chunks[entry.chunk]
            if chunk is not None and chunk.is_over(one.regulation):
                one.generation += 1
                again.append(one)
            else:
                one.chunk = chunk
        left = again


def create_chunk(
    people: dict[str, Person],
    request_id: str,
    asked: RegulationRequest,
    caller: Caller,
    office: RegulationsDependencies,
) -> None:
    """Write a chunk and accept it; if somebody else has begun it, that one is accepted."""
    chunk = Chunk(
        id=content_id(list(people)),
        type=asked.type,
        request_id=request_id,
        asked_by=caller.name,
        asked_at=office.now(),
        source_ids=asked.source_ids,
        destination_ids=asked.destination_ids,
        not_handled_here=[one for one in asked.destination_ids if one != office.destination_id],
        members=list(people),
        people=people,
    )
    if not office.repository.begin(chunk):
        chunk = office.repository.load(chunk.id) or chunk
    accept_chunk(chunk, office)


def find_chunk(regulation: str, office: RegulationsDependencies) -> Chunk:
    """The chunk of a regulation; raises RefusedRequest."""
    if ID.fullmatch(regulation) is None:
        raise RequestError(HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND)
    entry = office.repository.entries([regulation]).get(regulation)
    chunk = office.repository.load(entry.chunk) if entry else None
    if chunk is None or regulation not in chunk.members:
        raise RequestError(HTTPStatus.NOT_FOUND, ErrorCode.NOT_FOUND)
    return chunk


def get_regulation(
    regulation: str, caller: Caller, office: RegulationsDependencies
) -> RegulationView:
    """One regulation; raises RefusedRequest."""
    chunk = find_chunk(regulation, office)
    return view_regulation(
        chunk, regulation, names=pseudonyms_of(regulation, office), caller_sees=sees(caller)
    )


def pseudonyms_of(regulation: str, office: RegulationsDependencies) -> tuple[str, ...]:
    """Under which names the user of a regulation is suppressed; none until it is accepted."""
    entry = office.repository.entries([regulation]).get(regulation)
    return entry.names if entry else ()


def sees(caller: Caller) -> bool:
    """Whether a caller may see whom a regulation is about."""
    return caller.sees_users


def list_regulations(
    wanted: RegulationSearch, caller: Caller, office: RegulationsDependencies
) -> Any:
    """Some regulations about a user, in a state, or both; and where the next ones are.

    Those about a user are in the order of their ids, others in the order in which they came.
    Raises RefusedRequest.
    """
    last = wanted.after
    data: list[RegulationView] = []
    size = looked_through = 0
    before: Chunk | None = None
    for place, chunk, regulation in matching_regulations(wanted, office):
        if chunk is not before:
            before, states = chunk, chunk.states()
            looked_through += 1
        if len(data) == PAGE or size > PAGE_BYTES or looked_through > LOOKED_THROUGH:
            return {"data": data, "paging": {"next": last}}
        last = place
        if wanted.state in {None, states[regulation]}:
            names = pseudonyms_of(regulation, office)
            data.append(view_regulation(chunk, regulation, names=names, caller_sees=sees(caller)))
            size += len(orjson.dumps(data[-1]))
    return {"data": data, "paging": {}}


def matching_regulations(
    wanted: RegulationSearch, office: RegulationsDependencies
) -> Iterator[tuple[str, Chunk, str]]:
    """Those that come into question, each after its place; raises RefusedRequest."""
    if wanted.user_id is None:
        return all_regulations(wanted.after, office)
    held = office.suppressions.get(office.pseudonym(wanted.user_id))
    return (
        (regulation, find_chunk(regulation, office), regulation)
        for regulation in sorted(held.holders | held.past)
        if regulation > wanted.after
    )


def all_regulations(
    after: str, office: RegulationsDependencies
) -> Iterator[tuple[str, Chunk, str]]:
    """Every regulation after a place, each with its own; raises RefusedRequest."""
    before, skip = cursor_of(after)
    while chunks := office.repository.page(before, ASKED_FOR):
        for place, name in chunks:
            chunk = office.repository.load(name)
            members = chunk.members if chunk is not None else []
            for index, regulation in enumerate(members):
                if chunk is not None and index >= skip:
                    yield f"{before}|{index + 1}", chunk, regulation
            before, skip = place, 0


def cursor_of(text: str) -> tuple[str, int]:
    """The chunk before a place, and how many of the next one were shown; raises RefusedRequest."""
    before, _, index = text.rpartition("|")
    if not text:
        return "", 0
    if not (index.isascii() and index.isdigit()) or len(before) > LONGEST_PLACE:
        raise invalid_field("after_cursor", "expected what paging.next has said")
    return before, int(index[:9])


def cancel_regulation(
    regulation: str, caller: Caller, office: RegulationsDependencies
) -> RegulationView:
    """Wish for a cancellation, which the worker carries out; raises RefusedRequest."""
    while True:
        chunk = find_chunk(regulation, office)
        if not chunk.effective_at:
            raise RequestError(HTTPStatus.CONFLICT, ErrorCode.STILL_ACCEPTING)
        if chunk.cancellation(regulation) is None:
            chunk.request_cancellation(regulation, caller.name, office.now())
            if not office.repository.save(chunk):
                continue
        office.wake()
        names = pseudonyms_of(regulation, office)
        return view_regulation(chunk, regulation, names=names, caller_sees=sees(caller))
