"""What callers were told about regulations, in words of the scenario's own."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

from tests.interleavings.spellings import known_devices, plain_names

NEVER: Final = float("inf")


@dataclass(slots=True)
class Promise:
    """What a caller was told about one regulation; times are in seconds since 1970.

    `names` are the plain names of its user, `user_ids` and `device_ids` the ids that events about
    them have at Mixpanel. `effective_at` is 0 and `answered_at` never while no answer has reached
    the caller.
    """

    regulation: str
    names: frozenset[str]
    user_ids: frozenset[str]
    device_ids: frozenset[str]
    deletes: bool
    effective_at: float = 0
    answered_at: float = NEVER
    cancelled_at: float = NEVER

    @classmethod
    def about(
        cls, regulation: str, user: dict[str, str], merge: str, *, deletes: bool
    ) -> "Promise":
        """The promise about a user of a request."""
        return cls(
            regulation,
            frozenset(plain_names(identifiers_of(user).values())),
            frozenset({user["userId"]}),
            frozenset(known_devices(user, merge)),
            deletes,
        )

    @property
    def ids(self) -> frozenset[str]:
        """The ids that a deletion must name."""
        return self.user_ids | self.device_ids


def identifiers_of(user: dict[str, Any]) -> dict[str, str]:
    """The attributes of a user that identify them."""
    return {name: user[name] for name in ("userId", "anonymousId") if name in user}


def same_wish(user: dict[str, str], *, deletes: bool) -> tuple[bool, frozenset[tuple[str, str]]]:
    """A key that is equal for two wishes that are the same."""
    return deletes, frozenset(identifiers_of(user).items())


def names_of(promises: Iterable[Promise]) -> set[str]:
    """The names of the users of these regulations."""
    return {name for promise in promises for name in promise.names}
