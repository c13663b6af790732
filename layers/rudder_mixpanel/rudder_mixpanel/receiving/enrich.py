"""Adds to an event what RudderStack's gateway adds: ids, times and the address."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5
from uuid import UUID

from rudder_mixpanel.envelopes import Message
from rudder_mixpanel.message.times import EARLIEST, LATEST, iso_milliseconds, milliseconds
from rudder_mixpanel.receiving.requests import read_id


@dataclass(frozen=True, slots=True)
class Arrival:
    """The arrival of a request: its time, its sender's address, and a source of new ids."""

    at: int  # milliseconds since 1970
    ip: str | None
    new_id: Callable[[], str]


def enrich_event(event: Message, arrival: Arrival) -> Message:
    """Add the fields that RudderStack's gateway adds; those that are there already are kept."""
    request_ip = {} if arrival.ip is None or "request_ip" in event else {"request_ip": arrival.ip}
    return {
        **event,
        **request_ip,
        "messageId": message_id(event) or arrival.new_id(),
        "rudderId": rudder_id(event),
        **event_times(event, arrival.at),
    }


def message_id(event: Message) -> str:
    """The event's id, stripped; empty when it has none."""
    value = event.get("messageId")
    return value.strip() if isinstance(value, str) else ""


def event_times(event: Message, arrived_at: int) -> dict[str, str]:
    """The four times of an event, of which `timestamp` is corrected for the sender's clock.

    That clock may be wrong, but the time between creating and sending an event is right.
    """
    received = read_time(event, "receivedAt", arrived_at)
    created = read_time(event, "originalTimestamp", received)
    sent = read_time(event, "sentAt", received)
    corrected = received - (sent - created)
    if not EARLIEST < corrected <= LATEST:
        corrected = created
    return {
        "receivedAt": iso_milliseconds(received),
        "originalTimestamp": iso_milliseconds(created),
        "sentAt": iso_milliseconds(sent),
        "timestamp": iso_milliseconds(read_time(event, "timestamp", corrected)),
    }


def read_time(event: Message, name: str, default: int) -> int:
    """A time of the event in milliseconds, or the default when it is missing or unreadable."""
    value = event.get(name)
    time = None if value is None else milliseconds(value)
    return default if time is None else time


def rudder_id(event: Message) -> str:
    """A UUID that is the same for all events with this user id and this anonymous id."""
    ids = f"{read_id(event, 'userId')}:{read_id(event, 'anonymousId')}"
    return str(UUID(bytes=md5(ids.encode(), usedforsecurity=False).digest(), version=4))
