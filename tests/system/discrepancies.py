"""What must be true of a delivery system when its queue is empty.

Nothing is lost, nothing is counted twice, and the metrics account for every event.
"""

import json
from collections import Counter
from collections.abc import Iterable, Iterator

from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.destination.destination import Destination
from tests.build import TOKEN
from tests.fakes.accounting import (
    Expected,
    Keys,
    account_discrepancies,
    canonical_json,
    changes,
    counters,
    difference,
    event_key,
    is_outcome_unknown,
    queue_discrepancies,
)
from tests.fakes.runtime_api import Answer
from tests.system.delivery_system import DeliverySystem


def discrepancies(
    system: DeliverySystem, *, uncounted: int = 0, failures: int = 0, unknown: int = 0
) -> list[str]:
    """Every discrepancy; empty if there is none.

    `failures` is how many invocations failed. `uncounted` is how many copies of events Mixpanel has
    beyond those in the metrics: a response was lost, or a process died before it wrote them.
    `unknown` is how many events are in the rejected queue because their counters may have counted.
    """
    destination = Destination.from_config({"token": TOKEN, **system.config})
    sent, settled = Expected(), Expected()
    for message in system.sent.values():
        sent.add(message, destination)
    # SQS can return a record twice in a batch, which counts once.
    deleted = [name for batch in system.source.batches for name in dict.fromkeys(batch.deleted)]
    for name in deleted:
        # A message that the function itself requeued is a part of one that was sent.
        if name in system.sent:
            settled.add(system.sent[name], destination)
    failed = [batch.failure for batch in system.source.batches if batch.failure]
    return [
        *difference("records never settled", system.sent.keys() - set(deleted), set()),
        *([] if len(failed) == failures else [f"failed invocations: {failed}"]),
        *queue_discrepancies(system.events, system.dead),
        *difference("violations", system.mixpanel.violations(), []),
        *mixpanel_discrepancies(system, sent, unknown),
        *rejected_discrepancies(system, sent, settled, unknown),
        *metrics_discrepancies(system, settled, unknown),
        *difference(
            "raw events", len(system.mixpanel.events()), settled.events.total() + uncounted
        ),
    ]


def mixpanel_discrepancies(system: DeliverySystem, sent: Expected, unknown: int) -> Iterator[str]:
    """A query shows each event once, each update is applied, and no counter counts twice."""
    queried = Counter(event_key(event) for event in system.mixpanel.events(view="query"))
    # Two events with one id are one event.
    yield from difference("events in a query", queried, Counter(sent.events.keys()))
    applied: Keys = sum(map(changes, system.mixpanel.updates()), Counter())
    counted, expected = counters(applied), counters(sent.updates)
    yield from difference("updates", applied.keys() - counted, sent.updates.keys() - expected)
    if unknown == 0 or not counted <= expected:
        yield from difference("counters", counted, expected)


def rejected_discrepancies(
    system: DeliverySystem, sent: Expected, settled: Expected, unknown: int
) -> Iterator[str]:
    """The rejected queue has each rejected event once for each time its record was settled."""
    messages = system.rejected.messages()
    certain = [message.body for message in messages if not is_outcome_unknown(message)]
    rejected = Counter(map(canonical_json, certain))
    expected = Counter({canonical_json(body): n for body, n in settled.rejected.items()})
    yield from difference("rejected events", rejected, expected)
    yield from difference("kinds of rejected events", len(rejected), len(sent.rejected))
    doubtful = len(messages) - len(certain)
    yield from difference("events of unknown outcome", doubtful, unknown)


def metrics_discrepancies(system: DeliverySystem, settled: Expected, unknown: int) -> Iterator[str]:
    """The metrics of each invocation add up, and in all each event is settled once."""
    accounts = list(metrics(system.function.answers))
    yield from account_discrepancies(accounts)
    rejected = sum(account.rejected for account in accounts)
    total = sum(account.received - account.kept for account in accounts)
    yield from difference("settled in all", total, settled.received)
    yield from difference("rejected in all", rejected, settled.rejected.total() + unknown)


def metrics(answers: Iterable[Answer]) -> Iterator[Account]:
    """The metrics of each invocation that completed."""
    for answer in answers:
        for line in answer.log:
            if '"CloudWatchMetrics"' in line:
                values = json.loads(line)
                yield Account(
                    received=values["Received"][0],
                    delivered=values["Delivered"][0],
                    filtered=values["Filtered"][0],
                    suppressed=values["Suppressed"][0],
                    rejected=values["Rejected"][0],
                    kept=values["Kept"][0],
                )
