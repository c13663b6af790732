"""Operations: one event or one profile update for one of Mixpanel's endpoints."""

from collections.abc import Mapping
from copy import copy
from datetime import timedelta
from hashlib import sha256
from typing import Any, Final, Literal

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.message.identity import IDENTITIES, id_as_text

type Endpoint = Literal["import", "track", "engage", "groups"]
type Lane = Literal["import", "track", "identity", "engage", "groups", "counters"]
type Payload = dict[str, Any]

LANES: Final[Mapping[Lane, Endpoint]] = {
    "import": "import",
    "track": "track",
    "identity": "import",
    "engage": "engage",
    "groups": "groups",
    "counters": "engage",
}

# Events that merge users: https://developer.mixpanel.com/reference/create-identity
IDENTITY_EVENTS: Final = frozenset({"$identify", "$merge", "$create_alias"})
# Profile operations that count twice when sent twice; Mixpanel cannot de-duplicate them.
COUNTING: Final = frozenset({"$add", "$append"})
# All profile operations: https://developer.mixpanel.com/reference/profile-set and the pages after
VERBS: Final = COUNTING | {"$set", "$set_once", "$union", "$unset", "$remove", "$delete"}

# The oldest event that /track takes, in milliseconds: it drops those older than five days, and
# answers success. An hour less, because a request takes time and clocks differ.
# https://developer.mixpanel.com/reference/track-event
OLDEST_TRACKED: Final = timedelta(days=5, hours=-1) // timedelta(milliseconds=1)

# What JSON allows and the encoder does not: a word of its error, and our code and message for it
UNENCODABLE: Final = (
    ("Recursion", Code.TOO_DEEP, "expected less nesting"),
    ("UTF-8", Code.UNREADABLE, "expected UTF-8 text"),
    ("64-bit", Code.UNREADABLE, "expected numbers of at most 64 bits"),
)


class Operation:
    """A JSON object for one endpoint, encoded as it will be sent.

    `lane` decides with which other operations it may share a request. `ids` are the users it is
    about: those that the caller names, else all that the payload names. `key` identifies a counter
    in the ledger. `insert_id` and `time` are those of an event, and empty for a profile update,
    which has a `stamp` instead. With `refusal_is_final`, Mixpanel's refusal of it alone rejects it.
    """

    __slots__ = (
        "encoded",
        "endpoint",
        "ids",
        "insert_id",
        "key",
        "lane",
        "refusal_is_final",
        "stamp",
        "time",
    )

    def __init__(
        self,
        endpoint: Endpoint,
        payload: Payload,
        key: str = "",
        ids: tuple[str, ...] | None = None,
        stamp: bytes = b"",
    ) -> None:
        """Encode the payload. Raises RejectedEvent when that is not possible."""
        self.endpoint = endpoint
        self.lane = lane_of(endpoint, payload)
        self.key = key
        self.stamp = stamp
        self.refusal_is_final = False
        properties = payload.get("properties", payload)
        self.insert_id = properties.get("$insert_id", "")
        self.time = properties.get("time", 0)
        self.ids = identities(payload) if ids is None else ids
        # Encoded at once: as bytes, a batch of thousands takes a tenth of the memory.
        try:
            self.encoded = orjson.dumps(payload)
        except orjson.JSONEncodeError as error:
            raise_rejected(error, endpoint)
            # Anything else that cannot be encoded is a bug, since the event was JSON.
            raise

    @property
    def payload(self) -> Payload:
        """The JSON object that is sent, decoded again."""
        payload: Payload = orjson.loads(self.encoded)
        return payload

    @property
    def name(self) -> str:
        """Endpoint, profile operation and a digest of the payload: `engage $set 3f2a9c01`.

        For an event it is `event 3f2a9c01`, whichever endpoint it is sent to. The digest tells it
        from the operation that changed settings would make of the same event.
        """
        digest = sha256(self.encoded).hexdigest()[:8]
        if self.endpoint in {"import", "track"}:
            return f"event {digest}"
        verb = next(key for key in self.payload if key in VERBS)
        return f"{self.endpoint} {verb} {digest}"

    @property
    def profile(self) -> tuple[str, ...]:
        """The user's or group's profile that it updates; empty for an event."""
        if self.endpoint == "engage":
            return self.ids
        if self.endpoint == "groups":
            payload = self.payload
            return str(payload["$group_key"]), str(payload["$group_id"])
        return ()

    def with_payload(self, payload: Payload) -> "Operation":
        """The same operation with another payload."""
        changed = copy(self)
        changed.encoded = orjson.dumps(payload)
        return changed

    def rerouted(self, now: int) -> "Operation":
        """The operation for the endpoint that takes it at this time, in milliseconds since 1970.

        An event for /track that has become too old for it is sent to /import, as it is.
        """
        if self.endpoint != "track" or is_tracked(self.payload["properties"]["time"], now):
            return self
        moved = copy(self)
        moved.endpoint = moved.lane = "import"
        return moved

    @property
    def repeatable(self) -> bool:
        """Whether sending it again changes nothing."""
        return self.lane != "counters"

    def __eq__(self, other: object) -> bool:
        """Whether it sends the same to the same endpoint."""
        if not isinstance(other, Operation):
            return NotImplemented
        return (self.endpoint, self.payload) == (other.endpoint, other.payload)

    __hash__ = None  # type: ignore[assignment]  # as for every class that is compared by content

    def __repr__(self) -> str:
        """The operation for a debugger; it contains the payload."""
        return f"Operation({self.endpoint!r}, {self.payload!r})"


def is_tracked(time: int, now: int) -> bool:
    """Whether /track takes an event of this time; both are in milliseconds since 1970."""
    return now - time <= OLDEST_TRACKED


def lane_of(endpoint: Endpoint, payload: Payload) -> Lane:
    """The lane of an operation: identity events and counters do not share requests with others.

    One identity event fails a whole batch in a project with simplified merge; counters are sent
    last and never repeated.
    """
    if endpoint == "engage":
        return "engage" if COUNTING.isdisjoint(payload) else "counters"
    return "identity" if payload.get("event") in IDENTITY_EVENTS else endpoint


def raise_rejected(error: orjson.JSONEncodeError, endpoint: Endpoint) -> None:
    """Raises RejectedEvent when the event is the reason why its payload cannot be encoded."""
    for word, code, expected in UNENCODABLE:
        if word in str(error):
            raise RejectedEvent(code, expected, endpoint) from error


def identities(payload: Payload) -> tuple[str, ...]:
    """Every identifier in the identity fields of an event or profile update, without duplicates.

    Numbers are returned as text, which is how Mixpanel reads them; empty text is left out.
    """
    fields = payload.get("properties", payload)
    values = [fields[name] for name in IDENTITIES if name in fields]
    ids = [id_ for value in values for id_ in (value if isinstance(value, list) else [value])]
    texts = [id_as_text(id_) for id_ in ids]
    return tuple(text for text in dict.fromkeys(texts) if text)
