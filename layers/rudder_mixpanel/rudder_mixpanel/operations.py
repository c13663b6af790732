"""One update for one of Mixpanel's endpoints."""

from dataclasses import dataclass
from typing import Any, Final, Literal

type Endpoint = Literal["import", "track", "engage", "groups"]
type Lane = Literal["import", "track", "identity", "engage", "groups", "counters"]
type Payload = dict[str, Any]

# Events that change who is who: https://developer.mixpanel.com/reference/create-identity
IDENTITY_EVENTS: Final = frozenset({"$identify", "$merge", "$create_alias"})
# Profile operations that count twice when sent twice; Mixpanel has no key to de-duplicate them by.
COUNTING: Final = frozenset({"$add", "$append"})


@dataclass(frozen=True, slots=True)
class Operation:
    """A JSON object on its way to one endpoint."""

    endpoint: Endpoint
    payload: Payload

    @property
    def repeatable(self) -> bool:
        """Whether sending it again changes nothing."""
        return self.endpoint != "engage" or COUNTING.isdisjoint(self.payload)

    @property
    def lane(self) -> Lane:
        """Which operations it may share a request with.

        Identity events travel apart, because one of them fails a whole batch in a project with
        simplified merge; counters do, because they are sent last and never repeated.
        """
        if not self.repeatable:
            return "counters"
        if self.payload.get("event") in IDENTITY_EVENTS:
            return "identity"
        return self.endpoint
