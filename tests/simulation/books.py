"""What must be true when the queue is empty, and what is not."""

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import Any

from mixpanel_emulator.web.views import queried_events
from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.errors import RejectedEvent
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.mixpanel.operations import COUNTING, Operation
from tests.simulation.simulation import START, Simulation, attribute

type Message = dict[str, Any]


def problems(simulation: Simulation, messages: list[Message]) -> list[str]:
    """Whatever contradicts that each message has one known fate, and that no counter counts twice.

    Each message must be of a user of its own, so that a profile tells what became of it.
    """
    world = Held(simulation)
    found = [f"violation of {one['rule']}" for one in simulation.store.violations]
    if simulation.dead.messages() or simulation.events.forgotten:
        found.append("a message died or was forgotten")
    for account in simulation.accounts:
        settled = account.delivered + account.filtered + account.rejected + account.kept
        if account.received != settled:
            found.append(f"an account does not add up: {account}")
    for message in messages:
        found += [f"{message['messageId']}: {one}" for one in wrong_with(message, world)]
    return found


class Held:
    """What Mixpanel and the rejected queue hold, by what it is found."""

    def __init__(self, simulation: Simulation) -> None:
        self.destination = simulation.destination
        self.events = Counter(
            (one["event"], one["properties"].get("$insert_id")) for one in simulation.store.events
        )
        queried = queried_events(simulation.store)
        self.queried = Counter(
            (one["event"], one["properties"].get("$insert_id")) for one in queried
        )
        self.profiles = {
            key[-1]: profile.properties for key, profile in simulation.store.profiles.items()
        }
        self.groups = {
            key[1:]: profile.properties for key, profile in simulation.store.groups.items()
        }
        self.reported: dict[str, set[str]] = {}
        for one in simulation.rejected.messages():
            name = json.loads(one.body).get("messageId", "")
            operations = attribute(one, "operations").split(",")
            self.reported.setdefault(name, set()).update(operations)

    def is_reported(self, message_id: str, operation: str) -> bool:
        """Whether the rejected queue names an operation of a message, or all of it."""
        names = self.reported.get(message_id, set())
        return operation in names or "" in names


def wrong_with(message: Message, held: Held) -> Iterator[str]:
    """What of a message is neither where it belongs nor reported, or is there too often."""
    if filter_reason(message, held.destination):
        return
    try:
        operations = transform(message, held.destination, now=START)
    except RejectedEvent as error:
        if message["messageId"] not in held.reported:
            yield f"should be rejected as {error.code}"
        return
    for operation in operations:
        name, times = operation.name, applied(operation, held)
        if times == 0 and not held.is_reported(message["messageId"], name):
            yield f"{name} is lost"
        if times > 1:
            yield f"{name} is there {times} times"


def applied(operation: Operation, held: Held) -> int:
    """How often an operation is to be seen in Mixpanel."""
    payload = operation.payload
    if operation.endpoint in {"import", "track"}:
        key = (payload["event"], payload["properties"]["$insert_id"])
        return held.queried[key] if held.events[key] else 0
    if operation.endpoint == "groups":
        group = held.groups.get((payload["$group_key"], payload["$group_id"]), {})
        return int(payload["$set"].keys() <= group.keys())
    profile = held.profiles.get(payload["$distinct_id"])
    (verb,) = payload.keys() - {"$token", "$distinct_id", "$ip", "$ignore_time", "$time"}
    if profile is None:
        return 0
    if verb in COUNTING:
        return max(counted(verb, name, one, profile) for name, one in payload[verb].items())
    return int(payload[verb].keys() <= profile.keys())


def counted(verb: str, name: str, value: Any, profile: Mapping[str, Any]) -> int:
    """How often a counter has counted in a profile that belongs to one message only."""
    found = profile.get(name)
    if found is None:
        return 0
    return len(found) if verb == "$append" else round(found / value)
