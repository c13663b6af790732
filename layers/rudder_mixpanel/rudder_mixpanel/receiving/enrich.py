"""What RudderStack adds to an event between an SDK and a destination."""

from collections.abc import Callable
from dataclasses import dataclass
from hashlib import md5
from typing import Final

from rudder_mixpanel.envelopes import Message
from rudder_mixpanel.message.times import EARLIEST, LATEST, iso_milliseconds, milliseconds
from rudder_mixpanel.receiving.requests import read_id

VARIANTS: Final = "89ab"


@dataclass(frozen=True, slots=True)
class Arrival:
    """When a request came and from where, and where ids for events without one come from."""

    at: int  # milliseconds since 1970
    ip: str | None
    new_id: Callable[[], str]


def enrich_event(event: Message, arrival: Arrival) -> Message:
    """The event as a destination gets it; what its sender has said of itself is kept."""
    received = read_time(event, "receivedAt", arrival.at)
    made = read_time(event, "originalTimestamp", received)
    sent = read_time(event, "sentAt", received)
    # The sender's clock may be wrong, but the time between making and sending is right.
    corrected = received - (sent - made)
    happened = read_time(event, "timestamp", corrected if EARLIEST < corrected <= LATEST else made)
    message_id = event.get("messageId")
    named = message_id.strip() if isinstance(message_id, str) else ""
    whence = {} if arrival.ip is None or "request_ip" in event else {"request_ip": arrival.ip}
    return {
        **event,
        **whence,
        "messageId": named or arrival.new_id(),
        "rudderId": rudder_id(event),
        "receivedAt": iso_milliseconds(received),
        "originalTimestamp": iso_milliseconds(made),
        "sentAt": iso_milliseconds(sent),
        "timestamp": iso_milliseconds(happened),
    }


def read_time(event: Message, name: str, instead: int) -> int:
    """A time that the event says, in milliseconds, or another where it says none to read."""
    value = event.get(name)
    time = None if value is None else milliseconds(value)
    return instead if time is None else time


def rudder_id(event: Message) -> str:
    """A UUID that is the same for all events of a user id and an anonymous id."""
    ids = f"{read_id(event, 'userId')}:{read_id(event, 'anonymousId')}"
    digest = md5(ids.encode(), usedforsecurity=False).hexdigest()
    variant = VARIANTS[int(digest[16], 16) & 3]
    return f"{digest[:8]}-{digest[8:12]}-4{digest[13:16]}-{variant}{digest[17:20]}-{digest[20:]}"
