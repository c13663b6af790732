"""What is sent in a shuffle: updates of few profiles, out of order, again, and again after days."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final

from mixpanel_emulator.faults.plan import Fault
from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import Delivered, Kept
from rudder_mixpanel.suppression import pseudonym
from rudder_mixpanel_cli.queues.message import QueuedMessage
from tests.build import TOKEN
from tests.fakes.sqs.actions import Json
from tests.fakes.sqs.messages import Message as QueueMessage
from tests.shuffles.stack import Attributes, Stack
from tests.shuffles.touches import Chances
from tests.simulation.simulation import START

type Message = dict[str, Any]
# The id of the record in which an event first reached the queue, and its messageId
type Copy = tuple[str, str]

CONFIG: Final[dict[str, Any]] = {
    "token": TOKEN,
    "identityMergeApi": "simplified",
    "people": True,
    "propIncrements": [{"property": "item_count"}],
    "groupKeySettings": [{"groupKey": "company_id"}],
    "setOnceProperties": [{"property": "first_seen"}],
    "unionProperties": [{"property": "interests"}],
    "appendProperties": [{"property": "campaigns"}],
}
USERS: Final = ("user-1", "user-2", "user-3")
GROUPS: Final = ("acme", "globex")
PROPERTIES: Final = ("plan", "role", "score")
DAY: Final = 86_400
# Refusals of a single update are final when it was sent a day ago.
BACKLOG: Final = 25 * 3600
# Seconds after which no invocation sends anything of a suppressed user any more.
EFFECTIVE_AFTER: Final = 120
FAR_AHEAD: Final = "2099-01-01T00:00:00.000Z"
# The amount that the first message adds; each one adds as much as all before it, and more.
BASE: Final = 4


@dataclass
class Shuffle:
    """The shuffle of a seed.

    `sent` has each copy of a message that reached the queue, with its time in milliseconds, and the
    others the names of the updates that were delivered or superseded. In a calm one, nothing fails.
    """

    seed: int
    is_calm: bool = False
    stack: Stack = field(init=False)
    sent: dict[Copy, tuple[Message, int]] = field(default_factory=dict)
    delivered: set[tuple[Copy, str]] = field(default_factory=set)
    superseded: set[tuple[Copy, str]] = field(default_factory=set)
    # Updates of which an attempt ended without anybody knowing whether it was applied.
    in_doubt: int = 0
    replayed: int = 0
    ends_at: float = 0
    suppressed: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Decide what goes wrong."""
        self.random = random = Random(self.seed)  # noqa: S311 - reproducible
        self.chances = Chances(
            random,
            failure_rate=random.choice((0, 0, 0.05, 0.2)),
            death_rate=random.choice((0, 0, 0.01, 0.03)),
            longest_call=random.choice((0.01, 0.2, 3, 6)),
        )
        self.has_backlog = random.random() < 0.4
        # What Mixpanel refuses for now, and what it refuses for ever.
        self.poisoned: set[str] = set()
        self.refused: set[str] = set()
        self.outage_begins = random.uniform(0, 600) + self.begins_at
        self.outage_ends = self.outage_begins + random.choice((0, 0, 0, 60, 600))
        if self.is_calm:
            self.stop_faults()
        self.stack = ShuffleStack(
            CONFIG,
            self.chances,
            concurrency=3,
            batch_size=random.choice((2, 4, 10)),
            duplicates=random.choice((0, 0.05, 0.2)),
            outage=self.outage,
            begins_at=self.begins_at,
            window=random.choice((0, 1, 20)),
        )
        self.stack.shuffle = self

    @property
    def begins_at(self) -> float:
        """When the function begins to deliver, in seconds."""
        return BACKLOG if self.has_backlog else 0

    def run(self) -> "Shuffle":
        """Send everything, and run until all is settled."""
        random = self.random
        messages = list(history(random, random.randint(3, 7)))
        if not self.is_calm and random.random() < 0.5:
            self.poisoned = {each["messageId"] for each in messages if random.random() < 0.3}
        rounds = random.randint(0, 2)
        # What is refused for ever is kept for a day, unless it has waited for one.
        if self.has_backlog and rounds == 0:
            self.refused = set(self.poisoned)
        self.send(messages, 0, random.choice((1, 60, 1800)))
        at = self.begins_at + random.choice((60, 3600))
        for _ in range(rounds):
            self.stack.at(at, self.replay)
            at += random.choice((10, 3600, DAY))
            if random.random() < 0.7:
                again = [each for each in messages if random.random() < 0.7]
                self.send(again, at, random.choice((1, 60)))
            at += random.choice((10, 3600, DAY))
        if random.random() < 0.1:
            user = random.choice(USERS)
            self.stack.at(random.uniform(0, at), lambda: self.suppress(user))
        self.ends_at = at
        self.stack.at(at, self.stop_faults)
        self.stack.at(at + 1, self.replay)
        self.stack.run()
        return self

    # What is sent

    def send(self, messages: list[Message], at: float, within: float) -> None:
        """Send messages in any order, some together, and some twice."""
        remaining = [*messages, *(each for each in messages if self.random.random() < 0.1)]
        self.random.shuffle(remaining)
        while remaining:
            size = self.random.choice((1, 1, 1, 2))
            batch, remaining = remaining[:size], remaining[size:]
            body = json.dumps(batch[0] if len(batch) == 1 else {"batch": batch})
            self.stack.send(body, after=at + self.random.uniform(0, within))

    def note_sent(self, message: QueueMessage) -> None:
        """Note what a message of the queue brings for the first time."""
        content = json.loads(message.body)
        for each in content.get("batch", [content]):
            self.sent[message.id, each["messageId"]] = (each, message.sent_at)

    def replay(self) -> None:
        """Send rejected events again, as the operator's command does.

        Mixpanel refuses less by then. Counters whose outcome is unknown stay.
        """
        self.poisoned = self.refused
        rejected, events = self.stack.rejected, self.stack.events
        while received := rejected.receive(10):
            for each in received:
                queued = queued_message(each.message)
                if queued.code != Code.OUTCOME_UNKNOWN:
                    attributes: Any = queued.outgoing.attributes
                    events.send(queued.outgoing.body, attributes)
                    rejected.delete(each.handle)
                    self.replayed += 1

    def suppress(self, user: str) -> None:
        """Suppress a user, and delete its item when that is effective."""
        tables = self.stack.tables
        tables.suppressions.hold(user)
        self.suppressed.add(user)
        item = pseudonym(tables.profiles.key, user)
        self.stack.at(EFFECTIVE_AFTER, lambda: self.erase(item))

    def erase(self, item: str) -> None:
        """Delete a user's item."""
        self.stack.tables.profiles.items.pop(item, None)

    def stop_faults(self) -> None:
        """Let nothing fail from now on."""
        self.chances.stop()
        self.poisoned = self.refused
        self.outage_ends = 0

    def outage(self, now: datetime, body: bytes) -> Fault | None:
        """The outage, and the refusal of a message that Mixpanel does not accept."""
        if self.outage_begins <= (now - START).total_seconds() < self.outage_ends:
            return Fault(fault="envoy_503")
        if any(f'"{name}"'.encode() in body for name in self.poisoned):
            return Fault(fault="status_0")
        return None

    # What became of it

    def note(self, delivery: Delivery) -> None:
        """Note which updates Mixpanel has accepted, and which are superseded."""
        for event in delivery.events:
            for operation, outcome in event.results():
                self.in_doubt += isinstance(outcome, Kept) and not outcome.not_applied
                if isinstance(outcome, Delivered):
                    known = self.superseded if outcome.superseded else self.delivered
                    known.add((copy_of(event), operation.name))


class ShuffleStack(Stack):
    """A stack that tells its shuffle what reaches the queue, and what becomes of it."""

    shuffle: Shuffle

    def arrive(self, body: str, attributes: Attributes | None = None) -> None:
        """Note what arrives."""
        self.shuffle.note_sent(self.events.send(body, attributes))
        self.expected -= 1
        self.turns.wake(self.poller)

    def report(self, delivery: Delivery) -> None:
        """Note the outcomes."""
        super().report(delivery)
        self.shuffle.note(delivery)


def history(random: Random, count: int) -> Iterator[Message]:
    """Updates, of which several have the same time."""
    users = USERS[: random.randint(1, 3)]
    for number in range(count):
        make = random.choice((identify, identify, group, purchase))
        message = make(random, number)
        message["userId"] = random.choice(users)
        message["messageId"] = f"m{number}"
        draw = random.random()
        if draw < 0.08:
            message["timestamp"] = FAR_AHEAD
        elif draw < 0.95:
            minutes = random.randint(0, 5)
            message["timestamp"] = (START - timedelta(minutes=minutes)).isoformat()
        yield message


def copy_of(event: Event) -> Copy:
    """Which copy of a message an event is."""
    return event.record.first_id, event.message_id


def identify(random: Random, number: int) -> Message:
    """Traits of all kinds, with values by which their message is found."""
    value = f"m{number}"
    traits: dict[str, Any] = {name: value for name in PROPERTIES if random.random() < 0.5}
    if random.random() < 0.3:
        traits["first_seen"] = value
    if random.random() < 0.3:
        traits["interests"] = [value]
    if random.random() < 0.3:
        traits["campaigns"] = value
    return {"type": "identify", "traits": traits, "context": context(number, traits)}


def group(random: Random, number: int) -> Message:
    """Traits of a group, and the user's membership."""
    traits = {name: f"m{number}" for name in PROPERTIES if random.random() < 0.5}
    traits["company_id"] = random.choice(GROUPS)
    return {"type": "group", "traits": traits, "context": context(number, traits)}


def purchase(_random: Random, number: int) -> Message:
    """An event that counts in the user's profile, by an amount that only it has."""
    return {"type": "track", "event": "Bought", "properties": {"item_count": BASE**number}}


def context(number: int, traits: Message) -> Message:
    """The address of the user; messages with a counter have none, since it sends the same."""
    return {} if "campaigns" in traits else {"ip": f"81.2.69.{number + 1}"}


def queued_message(message: QueueMessage) -> QueuedMessage:
    """A message of the rejected queue as the operator's command receives it."""
    content: Json = {
        "MessageId": message.id,
        "ReceiptHandle": "handle",
        "Body": message.body,
        "MessageAttributes": message.attributes,
        "Attributes": {"SentTimestamp": str(message.sent_at)},
    }
    return QueuedMessage.from_sqs(content)  # type: ignore[arg-type]  # the same shape
