"""Accepts chunks: their users are suppressed first, and only then is a deletion promised."""

from collections.abc import Mapping
from typing import Final

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.ports import AcceptDependencies

# Seconds after the delivery function's time limit at which none of its requests is still running.
MARGIN: Final = 5


def accept_chunk(chunk: Chunk, dependencies: AcceptDependencies) -> Chunk:
    """Suppress all users of a chunk and record when that is effective; safe to repeat.

    Invocations that looked up a user before the suppression was written have ended by then. Raises
    TableUnavailable.
    """
    while not chunk.effective_at:
        chunk.drop(dependencies.repository.enter(chunk))
        suppressed = regulations_by_pseudonym(chunk)
        dependencies.suppressions.hold(suppressed)
        chunk.accept(dependencies.now() + dependencies.delivery_timeout + MARGIN)
        if dependencies.repository.save(chunk):
            break
        chunk = dependencies.repository.load(chunk.id) or chunk
        release_canceled(chunk, suppressed, dependencies)
    return chunk


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
