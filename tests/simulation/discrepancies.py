"""What must be true of a simulation when its queue is empty.

Every message has one known outcome, whatever went wrong, and no counter counts twice.
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mixpanel_emulator.web.views import queried_events
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mixpanel.operations import COUNTING, Operation
from tests.fakes.accounting import (
    account_discrepancies,
    attribute_text,
    difference,
    event_key,
    expected_operations,
    queue_discrepancies,
)
from tests.simulation.simulation import START, Simulation

type Message = dict[str, Any]


def discrepancies(simulation: Simulation, messages: list[Message]) -> list[str]:
    """Every discrepancy; empty if there is none.

    Each message must be about a user of its own, so that a profile shows what became of it.
    """
    result = ResultState(simulation)
    return [
        *(f"violation of {violation['rule']}" for violation in simulation.store.violations),
        *queue_discrepancies(simulation.events, simulation.dead),
        *difference("messages that invocations added", simulation.multiplied, 0),
        *account_discrepancies(simulation.accounts),
        *(
            f"{message['messageId']}: {sentence}"
            for message in messages
            for sentence in message_discrepancies(message, result)
        ),
    ]


class ResultState:
    """What Mixpanel and the rejected queue hold in the end, indexed."""

    def __init__(self, simulation: Simulation) -> None:
        store = simulation.store
        self.destination = simulation.destination
        self.events = Counter(map(event_key, store.events))
        self.queried = Counter(map(event_key, queried_events(store)))
        self.profiles = {key[-1]: profile.properties for key, profile in store.profiles.items()}
        self.groups = {key[1:]: profile.properties for key, profile in store.groups.items()}
        self.reported: dict[str, set[str]] = {}
        for message in simulation.rejected.messages():
            name = json.loads(message.body).get("messageId", "")
            operations = attribute_text(message, "operations").split(",")
            self.reported.setdefault(name, set()).update(operations)

    def is_reported(self, message_id: str, operation: str) -> bool:
        """Whether the rejected queue names an operation of a message, or all of the message."""
        names = self.reported.get(message_id, set())
        return operation in names or "" in names

    def times_applied(self, operation: Operation) -> int:
        """How often an operation shows in Mixpanel."""
        payload = operation.payload
        if operation.endpoint in {"import", "track"}:
            key = event_key(payload)
            return self.queried[key] if self.events[key] else 0
        if operation.endpoint == "groups":
            group = self.groups.get((payload["$group_key"], payload["$group_id"]), {})
            return int(payload["$set"].keys() <= group.keys())
        return times_updated(payload, self.profiles.get(payload["$distinct_id"]))


def message_discrepancies(message: Message, result: ResultState) -> Iterator[str]:
    """Operations of a message that are neither applied nor reported, or applied too often."""
    try:
        operations = expected_operations(message, result.destination, START)
    except RejectedEvent as error:
        if message["messageId"] not in result.reported:
            yield f"should be rejected as {error.code}"
        return
    for operation in operations:
        name, times = operation.name, result.times_applied(operation)
        if times == 0 and not result.is_reported(message["messageId"], name):
            yield f"{name} is lost"
        if times > 1:
            yield f"{name} is there {times} times"


def times_updated(update: Mapping[str, Any], profile: Mapping[str, Any] | None) -> int:
    """How often an update shows in the profile that is its own."""
    if profile is None:
        return 0
    (verb,) = update.keys() - {"$token", "$distinct_id", "$ip", "$ignore_time", "$time"}
    if verb in COUNTING:
        return max(
            times_counted(verb, value, profile.get(name)) for name, value in update[verb].items()
        )
    return int(update[verb].keys() <= profile.keys())


def times_counted(verb: str, value: Any, total: Any) -> int:
    """How often a counter has counted, by the property that it changes."""
    if total is None:
        return 0
    return len(total) if verb == "$append" else round(total / value)
