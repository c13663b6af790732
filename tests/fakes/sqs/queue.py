"""A standard queue of SQS as a state machine: no network, and a clock that is moved."""

import uuid
from collections import deque
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
    Refusal,
    check_delay,
    check_message,
    invalid,
)

FORTNIGHT: Final = 14 * 24 * 3600
LONGEST_VISIBILITY: Final = 43_200  # seconds, and in all since a message was received
MOST_IN_FLIGHT: Final = 120_000
MOST_AT_ONCE: Final = 10
# Deleted messages that can be brought back.
REMEMBERED: Final = 10_000


@dataclass(frozen=True, slots=True)
class Settings:
    """A queue's attributes; times are in seconds."""

    visibility: int = 30
    retention: int = 345_600
    longest: int = MEBIBYTE
    dead_letters: "Queue | None" = None
    most_receives: int = 1000
    # What a standard queue may do at any time: with this chance a message is received twice, or
    # comes back although it was deleted.
    duplicates: float = 0
    shuffled: bool = False
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Received:
    """A message as one receive found it, and the handle that this receive gave out."""

    message: Message
    receives: int
    handle: str


class Queue:
    """Messages, each of them waiting, in flight, or gone."""

    def __init__(self, name: str, clock: Clock, settings: Settings | None = None) -> None:
        self.name = name
        self.clock = clock
        self.settings = settings or Settings()
        # What the retention took from the queue before anybody had settled it.
        self.forgotten: list[Message] = []
        self._chance = Random(self.settings.seed)  # noqa: S311 - so that a failure fails again
        self._places = count(1)
        self.purge()

    def send(self, body: str, attributes: Attributes | None = None, delay: int = 0) -> Message:
        """Take a message, or refuse it as SQS does."""
        check_message(body, attributes or {}, self.settings.longest)
        check_delay(delay)
        identifier = str(uuid.UUID(int=self._chance.getrandbits(128), version=4))
        message = Message(identifier, body, attributes or {}, self.clock.milliseconds)
        self._put(message, message.sent_at + 1000 * delay)
        return message

    def receive(self, most: int = 1, visibility: int | None = None) -> list[Received]:
        """Hand out up to so many messages, and hide them for a while."""
        if not 1 <= most <= MOST_AT_ONCE:
            raise invalid(f"Value {most} for parameter MaxNumberOfMessages is invalid.")
        hidden = self.settings.visibility if visibility is None else checked(visibility)
        # Counting is slow, so only where it can matter.
        if len(self._hidden) >= MOST_IN_FLIGHT and self.in_flight >= MOST_IN_FLIGHT:
            raise Refusal("OverLimit", "Too many messages in flight.")
        self._surface()
        found: list[Received] = []
        while len(found) < most and (message := self._next()):
            found.append(self._hand_out(message, hidden))
        return found

    def delete(self, handle: str) -> None:
        """Settle a message; an older handle than the latest has no effect, and that is no error."""
        message = self._latest(handle)
        if message is None:
            return
        self._remove(message)
        self._settled[message.id] = message
        while len(self._settled) > REMEMBERED:
            del self._settled[next(iter(self._settled))]
        if self._by_chance():
            self.redeliver(message.id)

    def change_visibility(self, handle: str, seconds: int) -> None:
        """Hide a message that is in flight for this long from now; 0 shows it at once."""
        checked(seconds)
        message, now = self._latest(handle), self.clock.milliseconds
        if message is None or message.visible_at <= now:
            raise Refusal("MessageNotInflight", "The message is not in flight.")
        if now + 1000 * seconds > message.received_at + 1000 * LONGEST_VISIBILITY:
            raise invalid("Total VisibilityTimeout is beyond the limit of 43200 seconds.")
        self._put(message, now + 1000 * seconds)

    def redeliver(self, identifier: str) -> None:
        """Bring back a deleted message, as a server of SQS does that missed the deletion."""
        self._put(self._settled.pop(identifier), self.clock.milliseconds)

    def purge(self) -> None:
        """Forget everything."""
        self._messages: dict[str, Message] = {}
        self._settled: dict[str, Message] = {}
        self._hidden: list[tuple[int, int, Message]] = []
        self._ready: list[tuple[float, int, Message]] = []
        self._copies: deque[Message] = deque()

    def messages(self) -> list[Message]:
        """Every message that is not deleted, wherever it is."""
        for message in list(self._messages.values()):
            self._kept(message)
        return list(self._messages.values())

    @property
    def visible(self) -> int:
        """How many can be received now."""
        return len(self.messages()) - self.in_flight - self.delayed

    @property
    def in_flight(self) -> int:
        """How many were received and neither deleted nor shown again."""
        return sum(one.receives > 0 for one in self._messages.values() if self._is_hidden(one))

    @property
    def delayed(self) -> int:
        """How many were sent with a delay that is not over."""
        return sum(one.receives == 0 for one in self._messages.values() if self._is_hidden(one))

    def next_visible_at(self) -> int | None:
        """When there will be something to receive; None for an empty queue."""
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
        """Line up what is hidden no longer."""
        now = self.clock.milliseconds
        while self._hidden and self._hidden[0][0] <= now:
            _, place, message = heappop(self._hidden)
            order = self._chance.random() if self.settings.shuffled else place
            heappush(self._ready, (order, place, message))

    def _next(self) -> Message | None:
        """The next message to hand out; those that were received too often are moved away."""
        while self._copies:
            if self._kept(copy := self._copies.popleft()):
                return copy
        while self._ready:
            _, place, message = heappop(self._ready)
            if message.place == place and self._kept(message) and not self._is_moved(message):
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
        """Whether it went to the dead letters, as it does instead of one receive too many."""
        settings = self.settings
        if settings.dead_letters is None or message.receives < settings.most_receives:
            return False
        self._remove(message)
        settings.dead_letters._put(message, self.clock.milliseconds)
        return True

    def _kept(self, message: Message) -> bool:
        """Whether it is still there; what is too old is forgotten now."""
        if message.id not in self._messages:
            return False
        if self.clock.milliseconds < message.sent_at + 1000 * self.settings.retention:
            return True
        self._remove(message)
        self.forgotten.append(message)
        return False

    def _latest(self, handle: str) -> Message | None:
        """The message of a handle, if it is there and has not been received since."""
        name, _, rest = handle.partition("/")
        identifier, _, receives = rest.partition("/")
        if name != self.name or not receives.isdecimal():
            raise Refusal("ReceiptHandleIsInvalid", "The receipt handle is not valid.")
        message = self._messages.get(identifier)
        return message if message and message.receives == int(receives) else None

    def _is_hidden(self, message: Message) -> bool:
        return message.visible_at > self.clock.milliseconds

    def _by_chance(self) -> bool:
        return self._chance.random() < self.settings.duplicates


def checked(visibility: int) -> int:
    """A visibility timeout that SQS takes."""
    if not 0 <= visibility <= LONGEST_VISIBILITY:
        raise invalid(f"Value {visibility} for parameter VisibilityTimeout is invalid.")
    return visibility
