"""Adds to an event what RudderStack's gateway adds: ids, times and the address."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from hashlib import md5
from typing import NamedTuple
from uuid import UUID

from rudder_mixpanel.envelopes import Message
from rudder_mixpanel.message.times import EARLIEST, LATEST, iso_milliseconds
from rudder_mixpanel.receiving.requests import read_id
from rudder_mixpanel.receiving.server_times import parse_server_time


@dataclass(frozen=True, slots=True)
class Arrival:
    """The arrival of a request: its time, its sender's address, and a source of new ids."""

    at: int  # milliseconds since 1970
    ip: str | None
    new_id: Callable[[], str]


class EnrichedEvent(NamedTuple):
    """An event with all fields, and how many of its times could not be read."""

    event: Message
    times_replaced: int


def enrich_event(event: Message, arrival: Arrival) -> EnrichedEvent:
    """Add the fields that RudderStack's gateway adds; those that are there already are kept."""
    request_ip = {} if arrival.ip is None or "request_ip" in event else {"request_ip": arrival.ip}
    times = EventTimes(event)
    enriched = {
        **event,
        **request_ip,
        "messageId": message_id(event) or arrival.new_id(),
        "rudderId": rudder_id(event),
        **times.complete(arrival.at),
    }
    return EnrichedEvent(enriched, times.replaced)


def message_id(event: Message) -> str:
    """The event's id, stripped; empty when it has none."""
    value = event.get("messageId")
    return value.strip() if isinstance(value, str) else ""


class EventTimes:
    """Reads the times of an event, and counts those that cannot be read."""

    def __init__(self, event: Message) -> None:
        self.event = event
        self.replaced = 0

    def complete(self, arrived_at: int) -> dict[str, str]:
        """All four times, in UTC, of which `timestamp` is corrected for the sender's clock.

        That clock may be wrong, but the time between creating and sending an event is right.
        """
        received = self.read("receivedAt", arrived_at)
        created = self.read("originalTimestamp", received)
        sent = self.read("sentAt", received)
        corrected = received - (sent - created)
        if not EARLIEST < corrected <= LATEST:
            corrected = created
        return {
            "receivedAt": write_time(received),
            "originalTimestamp": write_time(created),
            "sentAt": write_time(sent),
            "timestamp": write_time(self.read("timestamp", corrected)),
        }

    def read(self, name: str, default: int) -> int:
        """A time in milliseconds since 1970; the default when it is missing or unreadable."""
        value = self.event.get(name)
        if value is None:
            return default
        time = parse_server_time(value)
        if time is None:
            self.replaced += 1
            return default
        return time


@lru_cache(maxsize=64)
def write_time(time: int) -> str:
    """A time in ISO 8601; cached, because many times of a request are the same."""
    return iso_milliseconds(time)


def rudder_id(event: Message) -> str:
    """A UUID that is the same for all events with this user id and this anonymous id."""
    ids = f"{read_id(event, 'userId')}:{read_id(event, 'anonymousId')}"
    return str(UUID(bytes=md5(ids.encode(), usedforsecurity=False).digest(), version=4))
