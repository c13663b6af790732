"""Builders of operations, and of the events and requests that carry them."""

from typing import Any

from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.mixpanel.batching import LIMITS, Request, pack_requests
from rudder_mixpanel.mixpanel.operations import Lane, Operation
from tests.build import TOKEN, destination, sqs_record


def event(name: str = "one", **properties: Any) -> Operation:
    """An event for /import, with its name as its insert id."""
    return Operation("import", {"event": name, "properties": {"$insert_id": name, **properties}})


def update(verb: str = "$set", user: str = "user-1", value: Any = None) -> Operation:
    """A profile update for /engage."""
    payload = {"$token": TOKEN, "$distinct_id": user, verb: value or {"plan": "pro"}}
    return Operation("engage", payload, key=f"{user} {verb}")


def planned(*operations: Operation, record: str = "record-1", **settings: Any) -> Event:
    """An event that maps to these operations, for a destination with these settings."""
    planned_event = Event(Record.of(sqs_record({}, record)), 0, {}, destination(**settings))
    planned_event.plan(list(operations), [])
    return planned_event


def request(*operations: Operation, lane: Lane = "import") -> Request:
    """One request that carries these operations."""
    (packed,) = pack_requests(operations, lambda: LIMITS[lane])
    return packed
