"""A standard queue of SQS as a state machine, without a network, on a clock that a test moves."""

import uuid
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from heapq import heappop, heappush
from itertools import count
from random import Random
from typing import Final

from tests.fakes.clock import Clock
from tests.fakes.sqs.messages import (
    MEBIBYTE,
    Attributes,
    Message,
    SqsError,
    check_delay,
    check_message,
    invalid,
)

TWO_WEEKS: Final = 14 * 24 * 3600
MAX_VISIBILITY: Final = 43_200  # seconds, also in total since a message was received
MAX_IN_FLIGHT: Final = 120_000
MAX_MESSAGES: Final = 10
# How many deleted messages can be redelivered.
MAX_DELETED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Settings:
    """A queue's attributes; times are in seconds."""

    visibility: int = 30
    retention: int = 345_600
    max_bytes: int = MEBIBYTE
    dead_letters: "Queue | None" = None
    max_receives: int = 1000
    max_in_flight: int = MAX_IN_FLIGHT
    # A standard queue may repeat messages: the probability that a message is received twice, and
    # that a deleted one comes back.
    duplicates: float = 0
    shuffled: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """A message as one ReceiveMessage returned it, with its receipt handle."""

    message: Message
    receives: int
    handle: str


class Queue:
    """Messages, each of them visible, delayed, in flight, or gone."""

    def __init__(self, name: str, clock: Clock, settings: Settings | None = None) -> None:
        self.name = name
        self.clock = clock
        self.settings = settings or Settings()
        # Messages that exceeded the retention before anything deleted them.
        self.expired: list[Message] = []
        # How many messages came back after they were deleted.
        self.redelivered = 0
        self._chance = Random(self.settings.seed)  # noqa: S311 - reproducible
        self._places = count(1)
        self.purge()

    def send(self, body: str, attributes: Attributes | None = None, delay: int = 0) -> Message:
        """Add a message; raises SqsError for one that SQS rejects."""
        check_message(body, attributes or {}, self.settings.max_bytes)
        check_delay(delay)
        identifier = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        message = Message(identifier, body, attributes or {}, self.clock.milliseconds)
        self._put(message, message.sent_at + 1000 * delay)
        return message

    def receive(self, limit: int = 1, visibility: int | None = None) -> list[Received]:
        """Return up to `limit` visible messages, and hide them for the visibility timeout."""
        if not 1 <= limit <= MAX_MESSAGES:
            raise invalid(f"Value {limit} for parameter MaxNumberOfMessages is invalid.")
        if visibility is None:
            visibility = self.settings.visibility
        check_visibility(visibility)
        # Counting is slow, so it is done only where it can matter.
        limit_in_flight = self.settings.max_in_flight
        if len(self._hidden) >= limit_in_flight and self.in_flight >= limit_in_flight:
            raise SqsError("OverLimit", "Too many messages in flight.")
        self._surface()
        received: list[Received] = []
        while len(received) < limit and (message := self._next()):
            received.append(self._hand_out(message, visibility))
        return received

    def delete(self, handle: str) -> None:
        """Delete a message; an outdated handle has no effect and is not an error."""
        message = self._latest(handle)
        if message is None:
            return
        self._remove(message)
        self._deleted[message.id] = message
        while len(self._deleted) > MAX_DELETED:
            del self._deleted[next(iter(self._deleted))]
        if self._by_chance():
            self.redeliver(message.id)

    def change_visibility(self, handle: str, seconds: int) -> None:
        """Hide a message in flight for this long from now; 0 makes it visible at once.

        Raises SqsError when the message is not in flight.
        """
        check_visibility(seconds)
        message, now = self._latest(handle), self.clock.milliseconds
        if message is None or message.visible_at <= now:
            raise SqsError("MessageNotInflight", "The message is not in flight.")
        if now + 1000 * seconds > message.received_at + 1000 * MAX_VISIBILITY:
            raise invalid("Total VisibilityTimeout is beyond the limit of 43200 seconds.")
        self._put(message, now + 1000 * seconds)

    def redeliver(self, identifier: str) -> None:
        """Bring a deleted message back, as a server of SQS does that missed the deletion."""
        self.redelivered += 1
        self._put(self._deleted.pop(identifier), self.clock.milliseconds)

    def purge(self) -> None:
        """Delete everything."""
        self._messages: dict[str, Message] = {}
        self._deleted: dict[str, Message] = {}
        self._hidden: list[tuple[int, int, Message]] = []
        self._ready: list[tuple[float, int, Message]] = []
        self._copies: deque[Message] = deque()

    def messages(self) -> list[Message]:
        """Every message that is not deleted: visible, delayed or in flight."""
        for message in list(self._messages.values()):
            self._is_there(message)
        return list(self._messages.values())

    def __len__(self) -> int:
        """How many messages are not deleted, or have expired unnoticed."""
        return len(self._messages)

    @property
    def visible(self) -> int:
        """How many messages can be received now."""
        return len(self.messages()) - self.in_flight - self.delayed

    @property
    def in_flight(self) -> int:
        """How many messages were received and are hidden."""
        return sum(message.receives > 0 for message in self._hidden_messages())

    @property
    def delayed(self) -> int:
        """How many messages were sent with a delay that is not over."""
        return sum(message.receives == 0 for message in self._hidden_messages())

    def next_visible_at(self) -> int | None:
        """When the next message is visible, in milliseconds; None for an empty queue."""
        return min((message.visible_at for message in self.messages()), default=None)

    def _put(self, message: Message, visible_at: int) -> None:
        message.visible_at = visible_at
        message.place = next(self._places)
        self._messages[message.id] = message
        heappush(self._hidden, (visible_at, message.place, message))

    def _remove(self, message: Message) -> None:
        del self._messages[message.id]
        message.place = 0

    def _surface(self) -> None:
        """Make ready what is not hidden any more."""
        now = self.clock.milliseconds
        while self._hidden and self._hidden[0][0] <= now:
            _, place, message = heappop(self._hidden)
            order = self._chance.random() if self.settings.shuffled else place
            heappush(self._ready, (order, place, message))

    def _next(self) -> Message | None:
        """The next message to return; those received too often become dead letters."""
        while self._copies:
            if self._is_there(copy := self._copies.popleft()):
                return copy
        while self._ready:
            _, place, message = heappop(self._ready)
            if message.place == place and self._is_there(message) and not self._is_moved(message):
                return message
        return None

    def _hand_out(self, message: Message, visibility: int) -> Received:
        now = self.clock.milliseconds
        message.receives += 1
        message.received_at = now
        message.first_received_at = message.first_received_at or now
        self._put(message, now + 1000 * visibility)
        if self._by_chance():
            self._copies.append(message)
        handle = f"{self.name}/{message.id}/{message.receives}"
        return Received(message, message.receives, handle)

    def _is_moved(self, message: Message) -> bool:
        """Move a message that was received too often to the dead letters; say whether it was."""
        settings = self.settings
        if settings.dead_letters is None or message.receives < settings.max_receives:
            return False
        self._remove(message)
        settings.dead_letters._put(message, self.clock.milliseconds)
        return True

    def _is_there(self, message: Message) -> bool:
        """Whether a message still exists; it expires here when it is too old."""
        if message.id not in self._messages:
            return False
        if self.clock.milliseconds < message.sent_at + 1000 * self.settings.retention:
            return True
        self._remove(message)
        self.expired.append(message)
        return False

    def _latest(self, handle: str) -> Message | None:
        """The message of a receipt handle, if it exists and the handle is its latest.

        Raises SqsError when the handle is not valid.
        """
        name, _, rest = handle.partition("/")
        identifier, _, receives = rest.partition("/")
        if name != self.name or not receives.isdecimal():
            raise SqsError("ReceiptHandleIsInvalid", "The receipt handle is not valid.")
        message = self._messages.get(identifier)
        return message if message and message.receives == int(receives) else None

    def _hidden_messages(self) -> Iterator[Message]:
        now = self.clock.milliseconds
        return (message for message in self._messages.values() if message.visible_at > now)

    def _by_chance(self) -> bool:
        return self._chance.random() < self.settings.duplicates


def check_visibility(visibility: int) -> None:
    """Raise SqsError for a visibility timeout that SQS rejects."""
    if not 0 <= visibility <= MAX_VISIBILITY:
        raise invalid(f"Value {visibility} for parameter VisibilityTimeout is invalid.")
