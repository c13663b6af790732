"""One update for one of Mixpanel's endpoints."""

from collections.abc import Mapping
from hashlib import sha256
from typing import Any, Final, Literal

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent

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

# Events that change who is who: https://developer.mixpanel.com/reference/create-identity
IDENTITY_EVENTS: Final = frozenset({"$identify", "$merge", "$create_alias"})
# Profile operations that count twice when sent twice; Mixpanel has no key to de-duplicate them by.
COUNTING: Final = frozenset({"$add", "$append"})
# Profile operations: https://developer.mixpanel.com/reference/profile-set and its neighbours
VERBS: Final = COUNTING | {"$set", "$set_once", "$union", "$unset", "$remove", "$delete"}

# Where an event says whose it is: https://docs.mixpanel.com/docs/tracking-methods/id-management
IDENTITIES: Final = frozenset(
    {"distinct_id", "$distinct_id", "$user_id", "$device_id", "alias", "$distinct_ids"}
)

# What JSON can say and the encoder cannot, by the encoder's words for it
UNENCODABLE: Final = (
    ("Recursion", Code.TOO_DEEP, "expected less nesting"),
    ("UTF-8", Code.UNREADABLE, "expected UTF-8 text"),
    ("64-bit", Code.UNREADABLE, "expected numbers of at most 64 bits"),
)


class Operation:
    """A JSON object on its way to one endpoint, kept as it will travel.

    `origins` says where each of its properties came from, if that was asked for. `key` is by what
    the ledger knows what must not be repeated, `lane` tells with which others it may share a
    request. `ids` are whom it is about: what its maker says,
    else all that its payload says. Raises RejectedEvent where the payload cannot be encoded.
    """

    __slots__ = ("encoded", "endpoint", "ids", "key", "lane", "origins")

    def __init__(
        self,
        endpoint: Endpoint,
        payload: Payload,
        origins: Mapping[str, str] | None = None,
        key: str = "",
        ids: tuple[str, ...] | None = None,
    ) -> None:
        """Encode at once: a batch of thousands takes a tenth of the memory as bytes."""
        self.endpoint = endpoint
        self.lane: Lane = endpoint
        # Identity events travel apart, because one of them fails a whole batch in a project with
        # simplified merge; counters do, because they are sent last and never repeated.
        if endpoint == "engage":
            if not COUNTING.isdisjoint(payload):
                self.lane = "counters"
        elif payload.get("event") in IDENTITY_EVENTS:
            self.lane = "identity"
        self.origins = origins
        self.key = key
        self.ids = identities(payload) if ids is None else ids
        try:
            self.encoded = orjson.dumps(payload)
        except orjson.JSONEncodeError as error:
            for words, code, expected in UNENCODABLE:
                if words in str(error):
                    raise RejectedEvent(code, expected, endpoint) from error
            # Everything else that cannot be encoded is our own making, since the event was JSON.
            raise

    @property
    def payload(self) -> Payload:
        """The JSON object that goes on the wire, decoded anew."""
        payload: Payload = orjson.loads(self.encoded)
        return payload

    @property
    def name(self) -> str:
        """What it does, and a digest of what it says: `engage $set 3f2a9c01`.

        So that another operation, as changed settings make it, is not taken for this one.
        """
        verb = next((f"{one} " for one in self.payload if one in VERBS), "")
        return f"{self.endpoint} {verb}{sha256(self.encoded).hexdigest()[:8]}"

    @property
    def profile(self) -> tuple[str, ...]:
        """Whose or which group's profile it updates; nothing where it updates none."""
        if self.endpoint == "engage":
            return self.ids
        if self.endpoint == "groups":
            payload = self.payload
            return str(payload["$group_key"]), str(payload["$group_id"])
        return ()

    @property
    def repeatable(self) -> bool:
        """Whether sending it again changes nothing."""
        return self.lane != "counters"

    def __eq__(self, other: object) -> bool:
        """Whether it says the same to the same endpoint."""
        if not isinstance(other, Operation):
            return NotImplemented
        return (self.endpoint, self.payload) == (other.endpoint, other.payload)

    __hash__ = None  # type: ignore[assignment]  # as of all that is compared by content

    def __repr__(self) -> str:
        """What it is about, for whoever debugs; it repeats the payload."""
        return f"Operation({self.endpoint!r}, {self.payload!r})"


def identities(payload: Payload) -> tuple[str, ...]:
    """Every identifier in the identity fields of an event or of a profile's update.

    Numbers as their text, which is how Mixpanel reads them; empty text is nobody's.
    """
    fields = payload.get("properties", payload)
    said = [fields[name] for name in IDENTITIES if name in fields]
    every = [one for value in said for one in (value if isinstance(value, list) else [value])]
    texts = [str(one) for one in every if isinstance(one, str | int | float) and one != ""]
    return tuple(dict.fromkeys(texts))
