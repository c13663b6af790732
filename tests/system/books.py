"""What must be true when the queue is empty: nothing lost, nothing told twice, all accounted for.

What each event should have become is taken from the mapping, which has tests of its own.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import Unreadable, read_events
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.mixpanel.operations import Operation
from tests.build import TOKEN
from tests.fakes.sqs.messages import Message
from tests.system.harness import System

SETTLED: Final = ("Delivered", "Filtered", "Suppressed", "Rejected")
SUBJECT: Final = ("$distinct_id", "$group_key", "$group_id")
COUNTING: Final = ("$add", "$append")
UNKNOWN: Final = "OUTCOME_UNKNOWN"

type Told = Counter[tuple[str, ...]]


@dataclass(slots=True)
class Expected:
    """What the records should have become in the end."""

    events: Told = field(default_factory=Counter)
    updates: Told = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    received: int = 0

    def add(self, message: Message, destination: Destination) -> None:
        """Expect one more record."""
        now = datetime.fromtimestamp(message.sent_at / 1000, UTC)
        for found in read_events(message.body):
            self.received += 1
            if isinstance(found, Unreadable):
                self.rejected[found.body] += 1
            elif not filter_reason(found, destination):
                try:
                    operations = transform(found, destination, now=now)
                except RejectedEvent:
                    self.rejected[canonical(found)] += 1
                else:
                    self.expect(operations)

    def expect(self, operations: Iterable[Operation]) -> None:
        """Expect what an event becomes."""
        for operation in operations:
            if operation.endpoint in {"engage", "groups"}:
                self.updates += updates_of(operation.payload)
            else:
                self.events[name_of(operation.payload)] += 1


def discrepancies(
    system: System, *, unheard: int = 0, failures: int = 0, unknown: int = 0
) -> list[str]:
    """Everything that is not as it must be; none, when all is well.

    `failures` is how many invocations failed, and `unheard` how many copies of events Mixpanel has
    that no account tells of: an answer was lost, or a process died before it could tell. `unknown`
    is how many events were reported because nobody knows whether their counters have counted.
    """
    destination = Destination.from_config({"token": TOKEN, **system.config})
    once, told = Expected(), Expected()
    for message in system.sent.values():
        once.add(message, destination)
    settled = [name for one in system.source.rounds for name in one.deleted]
    for name in settled:
        # What the function itself put back is a part of what was sent.
        if name in system.sent:
            told.add(system.sent[name], destination)
    failed = [one.failure for one in system.source.rounds if one.failure]
    return [
        *differing("records never settled", system.sent.keys() - set(settled), set()),
        *([] if len(failed) == failures else [f"failed invocations: {failed}"]),
        *left_behind(system),
        *in_mixpanel(system, once, unknown),
        *in_rejected_queue(system, once, told, unknown),
        *in_accounts(system, told, unknown),
        *differing("raw events", len(system.mixpanel.events()), told.events.total() + unheard),
    ]


def left_behind(system: System) -> Iterator[str]:
    """What is still on its way, is lost, or went where it must not."""
    yield from differing("messages in the queue", len(system.events.messages()), 0)
    yield from differing("dead letters", len(system.dead.messages()), 0)
    yield from differing("messages forgotten by SQS", len(system.events.forgotten), 0)
    yield from differing("violations", system.mixpanel.violations(), [])


def in_mixpanel(system: System, once: Expected, unknown: int) -> Iterator[str]:
    """Each event exactly once in a query, each update applied, and counters not more than once."""
    queried = Counter(name_of(event) for event in system.mixpanel.events(view="query"))
    # Two events with one id are one event.
    yield from differing("events in a query", queried, Counter(once.events.keys()))
    applied: Told = sum(map(updates_of, system.mixpanel.updates()), Counter())
    found, expected = counters(applied), counters(once.updates)
    yield from differing("updates", applied.keys() - found, once.updates.keys() - expected)
    if unknown == 0 or not found <= expected:
        yield from differing("counters", found, expected)


def in_rejected_queue(
    system: System, once: Expected, told: Expected, unknown: int
) -> Iterator[str]:
    """What can never be delivered, once for each time that a record of it was settled."""
    certain = [one.body for one in system.rejected.messages() if code_of(one) != UNKNOWN]
    found = Counter(map(canonical, certain))
    expected = Counter({canonical(body): count for body, count in told.rejected.items()})
    yield from differing("rejected events", found, expected)
    yield from differing("kinds of rejected events", len(found), len(once.rejected))
    doubtful = len(system.rejected.messages()) - len(certain)
    yield from differing("events of unknown outcome", doubtful, unknown)


def in_accounts(system: System, told: Expected, unknown: int) -> Iterator[str]:
    """In each invocation the account adds up; in all, each event was settled once."""
    accounts = list(accounts_of(system))
    for account in accounts:
        ends = sum(account[fate] for fate in (*SETTLED, "Kept"))
        yield from differing("received in an invocation", account["Received"], ends)
    totals = {fate: sum(account[fate] for account in accounts) for fate in SETTLED}
    yield from differing("settled in all", sum(totals.values()), told.received)
    yield from differing("rejected in all", totals["Rejected"], told.rejected.total() + unknown)


def code_of(message: Message) -> str:
    """Why a message is in the rejected queue."""
    code: str = message.attributes["code"]["StringValue"]
    return code


def accounts_of(system: System) -> Iterator[dict[str, int]]:
    """The metrics of each invocation that came to its end."""
    for answer in system.function.answers:
        for line in answer.log:
            if '"CloudWatchMetrics"' in line:
                metrics = json.loads(line)
                yield {name: metrics[name][0] for name in (*SETTLED, "Received", "Kept")}


def differing(what: str, found: Any, expected: Any) -> Iterator[str]:
    """The sentence that says so, if they differ."""
    if found != expected:
        yield f"{what}: {found}, expected {expected}"


def name_of(event: dict[str, Any]) -> tuple[str, ...]:
    """What makes two copies of an event one: its name and its id."""
    return event["event"], event["properties"]["$insert_id"]


def updates_of(update: dict[str, Any]) -> Told:
    """Each property that an update changes, as it is sent or as the emulator shows it."""
    subject = [str(value) for name in SUBJECT if (value := named(update, name))]
    shown = {update["operation"]: update["value"]} if "operation" in update else update
    return Counter(
        (*subject, verb, name, canonical(value))
        for verb, properties in shown.items()
        if isinstance(properties, dict)
        for name, value in properties.items()
    )


def named(update: dict[str, Any], name: str) -> Any:
    """A field that the emulator shows without its dollar."""
    return update.get(name, update.get(name.removeprefix("$")))


def counters(updates: Told) -> Told:
    """Those that count twice when they are sent twice."""
    return Counter({k: v for k, v in updates.items() if not set(COUNTING).isdisjoint(k)})


def canonical(content: Any) -> str:
    """JSON spelled in one way; text that is none, as it is."""
    if isinstance(content, str):
        try:
            content = json.loads(content)
        except ValueError:
            return str(content)
    return json.dumps(content, sort_keys=True)
