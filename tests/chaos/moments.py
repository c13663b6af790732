"""The moments at which a process is killed: a call that it makes, and how far the call has come."""

import re
from dataclasses import dataclass
from random import Random
from typing import Final, Literal

# Before the first byte of a request; within it; after its last byte; when the response has come,
# but before the process reads it; after the process has read it.
type Phase = Literal["before", "within", "sent", "unread", "read"]
PHASES: Final[tuple[Phase, ...]] = ("before", "within", "sent", "unread", "read")

# Calls are named by their action at AWS, by the path at Mixpanel, and by the last word of the path
# at the Runtime API. The response to `next` starts an invocation, `response` ends it.
START: Final = "next"
ANY: Final = "any"
COUNTERS: Final = ("BatchExecuteStatement", "BatchWriteItem", "/engage")
OTHERS: Final = (
    "/import",
    "/groups",
    "BatchGetItem",
    "ChangeMessageVisibilityBatch",
    "DeleteMessageBatch",
    "GetQueueAttributes",
    "SendMessageBatch",
    "response",
)
# About how many calls an invocation makes, and how many seconds it takes
CALLS: Final = 25
SECONDS: Final = 0.3

REQUEST: Final = re.compile(rb"[A-Z]+ ([^ ?]*)")
TARGET: Final = re.compile(rb"\r\nx-amz-target: *[^.\r]*\.(\w+)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Moment:
    """The nth call with a name, counted by what the phase looks at, and seconds after that."""

    call: str
    nth: int
    phase: Phase
    delay: float = 0
    # Which part of the request arrives, for `within`
    part: float = 0.5

    def shown_name(self, call: str) -> str:
        """The call at which it came, for a table."""
        return "any time" if self.call == START else call


def random_moment(random: Random) -> Moment:
    """A moment anywhere in an invocation, often around claims, counters and queues."""
    delay, part = random.choice((0, random.uniform(0, 0.005))), random.random()
    kind = random.random()
    if kind < 0.2:
        return Moment(START, 1, "read", random.uniform(0, SECONDS))
    if kind < 0.4:
        return Moment(ANY, random.randint(1, CALLS), random.choice(PHASES), delay, part)
    call = random.choice(COUNTERS if kind < 0.7 else OTHERS)
    return Moment(call, random.choice((1, 1, 2, 2, 3, 4)), random.choice(PHASES), delay, part)


def call_name(head: bytes) -> str:
    """The name of a call, by the head of its request."""
    if target := TARGET.search(head):
        return target[1].decode()
    path = REQUEST.match(head)
    words = path[1].decode() if path else ""
    return words.rpartition("/")[2] if "/runtime/" in words else words
