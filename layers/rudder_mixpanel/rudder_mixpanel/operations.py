"""One update for one of Mixpanel's endpoints."""

from collections.abc import Mapping
from dataclasses import dataclass, field
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

# What JSON can say and the encoder cannot, by the encoder's words for it
UNENCODABLE: Final = (
    ("Recursion", Code.TOO_DEEP, "expected less nesting"),
    ("UTF-8", Code.UNREADABLE, "expected UTF-8 text"),
    ("64-bit", Code.UNREADABLE, "expected numbers of at most 64 bits"),
)


@dataclass(slots=True)
class Operation:
    """A JSON object on its way to one endpoint, with its encoded form.

    `origins` says where each of its properties came from, if that was asked for. Raises
    RejectedEvent where the payload cannot be encoded.
    """

    endpoint: Endpoint
    payload: Payload
    origins: Mapping[str, str] | None = field(default=None, compare=False, repr=False)
    encoded: bytes = field(init=False, compare=False, repr=False)

    def __post_init__(self) -> None:
        """Encode once: its size is asked before it is sent."""
        try:
            self.encoded = orjson.dumps(self.payload)
        except orjson.JSONEncodeError as error:
            for words, code, expected in UNENCODABLE:
                if words in str(error):
                    raise RejectedEvent(code, expected, self.endpoint) from error
            # Everything else that cannot be encoded is our own making, since the event was JSON.
            raise

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
