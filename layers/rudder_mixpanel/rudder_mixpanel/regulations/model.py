"""The types and states of regulations, and the user that each is about."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import orjson

# Bytes that a user takes in a chunk besides the identifiers: ids in several places, punctuation.
USER_OVERHEAD: Final = 200


class RegulationType(StrEnum):
    """What a regulation asks for, in RudderStack's words."""

    SUPPRESS = "suppress"
    SUPPRESS_WITH_DELETE = "suppress_with_delete"


class RegulationState(StrEnum):
    """The states of a regulation, and of the task that deletes its user."""

    ACCEPTING = "accepting"  # being written; nothing is promised yet
    SUPPRESSED = "suppressed"  # final: suppressed, without a deletion
    WAITING = "waiting"  # suppressed; the deletion is not requested yet
    CREATING = "creating"  # the deletion is being requested, or the request got no response
    CONFLICTED = "conflicted"  # Mixpanel is running another deletion of the same user
    REQUESTED = "requested"  # Mixpanel has a task, which is polled until it ends
    CANCELLING = "cancelling"  # a caller has cancelled it; the worker carries that out
    CANCELED = "canceled"  # final: neither suppressed nor deleted
    COMPLETED = "completed"  # final: Mixpanel reports success
    FAILED = "failed"  # final: Mixpanel reports a failure


FINAL: Final = frozenset(
    {
        RegulationState.SUPPRESSED,
        RegulationState.CANCELED,
        RegulationState.COMPLETED,
        RegulationState.FAILED,
    }
)


@dataclass(slots=True)
class Person:
    """The user of a regulation.

    `attributes` are the identifiers as requested and `ids` the user's ids at Mixpanel, both empty
    when they are forgotten. `pseudonyms` are their keyed hashes in the table of suppressed users,
    which are kept.
    """

    attributes: dict[str, str]
    ids: list[str]
    pseudonyms: list[str]

    @property
    def is_forgotten(self) -> bool:
        """Whether only the pseudonyms are left."""
        return not self.attributes

    def forget(self) -> None:
        """Delete the identifiers in plain text."""
        self.attributes, self.ids = {}, []

    @property
    def size(self) -> int:
        """The bytes that the user takes in a chunk, approximately."""
        return USER_OVERHEAD + len(orjson.dumps([self.attributes, self.ids, self.pseudonyms]))


@dataclass(slots=True)
class Cancellation:
    """Who cancelled a regulation (the name of a token), when, and when that was carried out."""

    by: str
    at: int
    lifted_at: int = 0
