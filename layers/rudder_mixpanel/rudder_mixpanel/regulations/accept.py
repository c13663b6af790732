"""Accepts chunks: their users are suppressed first, and only then is a deletion promised."""

from collections.abc import Mapping
from typing import Final

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.ports import AcceptDependencies

# Seconds after the delivery function's time limit at which none of its requests is still running.
MARGIN: Final = 5


def accept_chunk(chunk: Chunk, dependencies: AcceptDependencies, *, is_new: bool = False) -> Chunk:
    """Suppress all users of a chunk and record when that is effective; safe to repeat.

    Unless the chunk is new, an earlier attempt may have done a part, which is read and not written
    again. When it is effective, invocations that looked up a user before have ended.

    Raises TableUnavailable, TableTooSlow if only a part could be done in the time left.
    """
    while not chunk.effective_at:
        enter_members(chunk, dependencies, is_new=is_new)
        suppressed = regulations_by_pseudonym(chunk)
        suppress_members(suppressed, dependencies, is_new=is_new)
        chunk.accept(dependencies.now() + dependencies.delivery_timeout + MARGIN)
        if dependencies.repository.save(chunk):
            break
        chunk, is_new = dependencies.repository.load(chunk.id) or chunk, False
        release_canceled(chunk, suppressed, dependencies)
    return chunk


def enter_members(chunk: Chunk, dependencies: AcceptDependencies, *, is_new: bool) -> None:
    """Write the entries of the members; those that belong to another chunk leave this one."""
    owners = {} if is_new else dependencies.repository.entries(chunk.members)
    lost = {regulation for regulation, owner in owners.items() if owner != chunk.id}
    missing = [regulation for regulation in chunk.members if regulation not in owners]
    chunk.drop(lost | dependencies.repository.enter(chunk.id, missing))


def suppress_members(
    suppressed: Mapping[str, list[str]], dependencies: AcceptDependencies, *, is_new: bool
) -> None:
    """Suppress each pseudonym for those of its regulations that do not hold it yet."""
    held = {} if is_new else dependencies.suppressions.holders(suppressed)
    missing = {
        pseudonym: [
            regulation for regulation in regulations if regulation not in held.get(pseudonym, ())
        ]
        for pseudonym, regulations in suppressed.items()
    }
    dependencies.suppressions.hold({name: ids for name, ids in missing.items() if ids})


def release_canceled(
    chunk: Chunk, suppressed: Mapping[str, list[str]], dependencies: AcceptDependencies
) -> None:
    """Undo the suppression of regulations that were cancelled while it was written."""
    canceled = {*chunk.canceled, *chunk.cancelling}
    released = {
        pseudonym: [regulation for regulation in regulations if regulation in canceled]
        for pseudonym, regulations in suppressed.items()
    }
    dependencies.suppressions.release({name: ids for name, ids in released.items() if ids})


def regulations_by_pseudonym(chunk: Chunk) -> Mapping[str, list[str]]:
    """The pseudonyms of a chunk's users, each with the regulations that suppress it."""
    by_pseudonym: dict[str, list[str]] = {}
    for regulation, person in chunk.people.items():
        for pseudonym in person.pseudonyms:
            by_pseudonym.setdefault(pseudonym, []).append(regulation)
    return by_pseudonym
