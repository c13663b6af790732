"""What is found in a record: events, and parts that are unreadable."""

from typing import Any, NamedTuple

from rudder_mixpanel.errors import Code

type Message = dict[str, Any]


# A named tuple, because a frozen dataclass takes four times as long to make, and a record can have
# thousands of them.
class Unreadable(NamedTuple):
    """A body, or a part of it, without an event for this destination, and the reason.

    `is_raw` while nobody has looked for secrets in it.
    """

    body: str
    why: str
    code: Code = Code.UNREADABLE
    is_raw: bool = False


type EnvelopeItem = Message | Unreadable
