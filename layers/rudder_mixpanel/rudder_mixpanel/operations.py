"""One update for one of Mixpanel's endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final, Literal

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent

type Endpoint = Literal["import", "track", "engage", "groups"]
type Lane = Literal["import", "track", "identity", "engage", "groups", "counters"]
type Payload = dict[str, Any]

# Events that change who is who: https://developer.mixpanel.com/reference/create-identity
IDENTITY_EVENTS: Final = frozenset({"$identify", "$merge", "$create_alias"})
# Profile operations that count twice when sent twice; Mixpanel has no key to de-duplicate them by.
COUNTING: Final = frozenset({"$add", "$append"})


@dataclass(frozen=True)
class Operation:
    """A JSON object on its way to one endpoint.

    `origins` says where each of its properties came from, if that was asked for.
    """

    endpoint: Endpoint
    payload: Payload
    origins: Mapping[str, str] | None = field(default=None, compare=False, repr=False)

    @cached_property
    def encoded(self) -> bytes:
        """Its JSON; raises RejectedEvent where it is nested too deep for that."""
        try:
            return orjson.dumps(self.payload)
        except orjson.JSONEncodeError as error:
            # Everything else that cannot be encoded is our own making, since the event was JSON.
            if "Recursion" not in str(error):
                raise
            raise RejectedEvent(Code.TOO_DEEP, "expected less nesting", self.endpoint) from error

    @cached_property
    def repeatable(self) -> bool:
        """Whether sending it again changes nothing."""
        return self.endpoint != "engage" or COUNTING.isdisjoint(self.payload)

    @cached_property
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
