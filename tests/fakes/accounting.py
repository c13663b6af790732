"""What must be true of any delivery when the queue is empty.

What an event should have become is taken from the mapping, which has tests of its own.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import Unreadable, read_events
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.mixpanel.operations import COUNTING, Operation
from tests.fakes.sqs.messages import Message
from tests.fakes.sqs.queue import Queue

SUBJECT: Final = ("$distinct_id", "$group_key", "$group_id")
OUTCOME_UNKNOWN: Final = "OUTCOME_UNKNOWN"

type Keys = Counter[tuple[str, ...]]


def difference(what: str, actual: Any, expected: Any) -> Iterator[str]:
    """A sentence that names the difference; nothing if both are equal."""
    if actual != expected:
        yield f"{what}: {actual}, expected {expected}"


def queue_discrepancies(events: Queue, dead_letters: Queue) -> Iterator[str]:
    """Messages that are still on the queue, dead letters, or lost."""
    yield from difference("messages in the queue", len(events.messages()), 0)
    yield from difference("dead letters", len(dead_letters.messages()), 0)
    yield from difference("expired messages", len(events.expired), 0)


def account_discrepancies(accounts: Iterable[Account]) -> Iterator[str]:
    """Accounts of invocations that do not add up."""
    for account in accounts:
        outcomes = (account.delivered, account.filtered, account.suppressed, account.rejected)
        total = sum(outcomes) + account.kept
        yield from difference("received in an invocation", account.received, total)


def attribute_text(message: Message, name: str) -> str:
    """The text of an attribute; empty if the message has no such attribute."""
    return str(message.attributes.get(name, {}).get("StringValue", ""))


def is_outcome_unknown(message: Message) -> bool:
    """Whether a message of the rejected queue reports a counter that may have counted."""
    return attribute_text(message, "code") == OUTCOME_UNKNOWN


@dataclass(slots=True)
class Expected:
    """What records become in the end."""

    events: Keys = field(default_factory=Counter)
    updates: Keys = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    received: int = 0

    def add(self, message: Message, destination: Destination) -> None:
        """Expect one more record."""
        now = datetime.fromtimestamp(message.sent_at / 1000, UTC)
        for event in read_events(message.body):
            self.received += 1
            if isinstance(event, Unreadable):
                self.rejected[event.body] += 1
                continue
            try:
                self.expect(expected_operations(event, destination, now))
            except RejectedEvent:
                self.rejected[canonical_json(event)] += 1

    def expect(self, operations: Iterable[Operation]) -> None:
        """Expect what one event becomes."""
        for operation in operations:
            if operation.endpoint in {"engage", "groups"}:
                self.updates += changes(operation.payload)
            else:
                self.events[event_key(operation.payload)] += 1


def expected_operations(
    event: dict[str, Any], destination: Destination, now: datetime
) -> list[Operation]:
    """The operations of an event, none if it is filtered.

    Raises RejectedEvent when it can never be delivered.
    """
    if filter_reason(event, destination):
        return []
    return transform(event, destination, now=now)


def event_key(event: Mapping[str, Any]) -> tuple[str, ...]:
    """What two copies of an event have in common: its name and its id."""
    return event["event"], event["properties"].get("$insert_id")


def changes(update: Mapping[str, Any]) -> Keys:
    """Each property that an update changes; the update is as sent or as the emulator shows it."""
    subject = [str(value) for name in SUBJECT if (value := shown_field(update, name))]
    verbs = {update["operation"]: update["value"]} if "operation" in update else update
    return Counter(
        (*subject, verb, name, canonical_json(value))
        for verb, properties in verbs.items()
        if isinstance(properties, dict)
        for name, value in properties.items()
    )


def shown_field(update: Mapping[str, Any], name: str) -> Any:
    """A field that the emulator shows without its dollar sign."""
    return update.get(name, update.get(name.removeprefix("$")))


def counters(updates: Keys) -> Keys:
    """The changes that count twice when they are sent twice."""
    return Counter({key: count for key, count in updates.items() if COUNTING & set(key)})


def canonical_json(content: Any) -> str:
    """JSON in one spelling; text that is not JSON as it is."""
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError:
            return str(content)
    return json.dumps(content, sort_keys=True)
