"""Calls that merge users, as the stack maps and delivers them with original merge."""

from datetime import UTC, datetime
from typing import Any, Final

from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping.calls import transform
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Kept
from tests.build import destination, identify, sqs_record
from tests.reconciliation.plan import PlannedEvent

DESTINATION: Final = destination(people=True)
KEPT: Final = Kept(Code.THROTTLED, "HTTP 429")


def call(event: PlannedEvent) -> dict[str, Any]:
    """An identify call with both ids; every fifth event is an alias."""
    fields = {
        "messageId": event.insert_id,
        "userId": f"u{event.number % 997}",
        "timestamp": datetime.fromtimestamp(event.time / 1000, UTC).isoformat(),
    }
    if event.number % 5:
        return identify(anonymousId=f"d{event.number}", **fields)
    return {"type": "alias", "previousId": f"a{event.number}", **fields}


def operations_of(event: PlannedEvent, now: datetime) -> list[Operation]:
    """What the stack sends of it."""
    return transform(call(event), DESTINATION, now=now)


def identity_event(event: PlannedEvent, now: datetime) -> Operation:
    """What merges the users: the last that is sent."""
    return operations_of(event, now)[-1]


def event_of(event: PlannedEvent, now: datetime) -> Event:
    """The event when it was delivered; of every third, the profile updates are kept."""
    *updates, merge = operations_of(event, now)
    rest = DELIVERED if event.number % 3 else KEPT
    return Event(
        Record.of(sqs_record({}, f"record-{event.number}")),
        0,
        None,
        operations=[*updates, merge],
        outcomes=[*(rest for _ in updates), DELIVERED],
        message_id=event.insert_id,
    )
