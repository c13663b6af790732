"""What must be true of a trial when its queue is empty.

Each event is in Mixpanel once or in the rejected queue, each counter has counted once, or at most
once and is reported as unknown. Only outcomes count, not how a record came there.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import read_events
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mixpanel.operations import Operation
from tests.build import config
from tests.chaos.messages import Event
from tests.chaos.system import ChaosSystem
from tests.chaos.trial import Trial
from tests.fakes.accounting import (
    OUTCOME_UNKNOWN,
    Expected,
    account_discrepancies,
    attribute_text,
    changes,
    difference,
    event_key,
    expected_operations,
    queue_discrepancies,
)
from tests.fakes.sqs.messages import Message
from tests.system.discrepancies import metrics

LOST: Final = "is lost"
TWICE: Final = "is there twice"


class Results:
    """What Mixpanel and the rejected queue have in the end."""

    def __init__(self, system: ChaosSystem) -> None:
        self.destination = Destination.from_config(config(**system.config))
        self.queried = Counter(map(event_key, system.mixpanel.events(view="query")))
        self.applied = sum(map(changes, system.mixpanel.updates()), Counter[tuple[str, ...]]())
        # The codes and the operations of rejected events, by message id
        self.rejected: defaultdict[str, list[tuple[str, set[str]]]] = defaultdict(list)
        for message in system.rejected.messages():
            operations = set(attribute_text(message, "operations").split(",")) - {""}
            code = attribute_text(message, "code")
            self.rejected[json.loads(message.body)["messageId"]].append((code, operations))

    @property
    def unknown(self) -> int:
        """How many events have a counter whose outcome is unknown."""
        return sum(self.is_unknown(message_id) for message_id in self.rejected)

    def is_unknown(self, message_id: str, operation: str = "") -> bool:
        """Whether the outcome of an operation is reported as unknown, or of any operation."""
        return any(
            code == OUTCOME_UNKNOWN and (not operation or not operations or operation in operations)
            for code, operations in self.rejected[message_id]
        )

    def codes(self, message_id: str) -> set[str]:
        """The codes with which an event is rejected."""
        return {code for code, _ in self.rejected[message_id]}

    def times(self, operation: Operation) -> tuple[int, ...]:
        """How often each part of an operation is in Mixpanel."""
        if operation.endpoint in {"import", "track"}:
            return (self.queried[event_key(operation.payload)],)
        return tuple(self.applied[change] for change in changes(operation.payload))


def discrepancies(trial: Trial) -> list[str]:
    """Every discrepancy; empty if there is none."""
    system, results = trial.system, Results(trial.system)
    return [
        *queue_discrepancies(system.events, system.dead),
        *invocation_discrepancies(trial),
        *difference("violations", system.mixpanel.violations(), []),
        *(
            sentence
            for message in system.sent.values()
            for event in sent_events(message)
            for sentence in event_discrepancies(event, sent_at(message), results)
        ),
        *foreign_events(system, results),
        *([] if trial.kills else difference("unknown without a kill", results.unknown, 0)),
    ]


def invocation_discrepancies(trial: Trial) -> Iterator[str]:
    """Invocations that failed although they were not killed, or whose accounts do not add up."""
    system = trial.system
    failures = [batch.failure for source in system.sources for batch in source.batches]
    failed = [failure for failure in failures if failure]
    if len(failed) > trial.kills.total():
        last = str(failed[-1])[-2000:]
        yield f"{len(failed)} invocations failed, {trial.kills.total()} were killed: {last}"
    for function in system.functions:
        yield from account_discrepancies(metrics(function.answers))


def event_discrepancies(event: Event, now: datetime, results: Results) -> Iterator[str]:
    """What is wrong with what became of an event."""
    name = event["messageId"]
    try:
        operations = expected_operations(event, results.destination, now)
    except RejectedEvent as error:
        yield from difference(f"{name} is rejected as", results.codes(name), {error.code})
        return
    yield from difference(f"{name} is rejected as", results.codes(name) - {OUTCOME_UNKNOWN}, set())
    for operation in operations:
        for times in results.times(operation):
            is_unknown = results.is_unknown(name, operation.name)
            if sentence := complaint(operation, times, is_unknown=is_unknown):
                yield f"{name}: {operation.name} {sentence}"


def complaint(operation: Operation, times: int, *, is_unknown: bool) -> str:
    """What is wrong with an operation that is in Mixpanel so often; empty if nothing is."""
    if times == 0 and (operation.repeatable or not is_unknown):
        return LOST
    # A query shows an event once, and an update that is repeated changes nothing.
    is_update = operation.endpoint in {"engage", "groups"}
    return TWICE if times > 1 and not (is_update and operation.repeatable) else ""


def foreign_events(system: ChaosSystem, results: Results) -> Iterator[str]:
    """Events in Mixpanel that no event that was sent becomes."""
    expected = Expected()
    for message in system.sent.values():
        expected.add(message, results.destination)
    yield from difference(
        "events of no sender", results.queried.keys() - expected.events.keys(), set()
    )


def sent_events(message: Message) -> list[Event]:
    """The events of a record that was sent."""
    return [event for event in read_events(message.body) if isinstance(event, dict)]


def sent_at(message: Message) -> datetime:
    """When a record was sent."""
    return datetime.fromtimestamp(message.sent_at / 1000, UTC)
