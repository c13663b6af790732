"""Adds to an event what RudderStack adds between an SDK and a destination."""

from datetime import datetime
from hashlib import md5
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

Event = dict[str, Any]


def enrich_event(event: Event, received_at: datetime, request_ip: str) -> Event:
    """The event as a destination receives it; the SDK's own ids and times are kept."""
    arrived = parse_time(event.get("receivedAt")) or received_at
    created = parse_time(event.get("originalTimestamp")) or arrived
    sent = parse_time(event.get("sentAt")) or arrived
    # The sender's clock may be wrong, but the time between creating and sending is right.
    happened = parse_time(event.get("timestamp")) or arrived - (sent - created)
    return {
        **event,
        "messageId": event.get("messageId") or _message_id(event, arrived),
        "rudderId": str(rudder_id(event)),
        "request_ip": event.get("request_ip") or request_ip,
        "receivedAt": rfc3339(arrived),
        "originalTimestamp": rfc3339(created),
        "sentAt": rfc3339(sent),
        "timestamp": rfc3339(happened),
    }


def rudder_id(event: Event) -> UUID:
    """A UUID that is the same for all events with this user id and this anonymous id."""
    ids = [str(event.get(field) or "").strip() for field in ("userId", "anonymousId")]
    return UUID(bytes=md5(":".join(ids).encode(), usedforsecurity=False).digest(), version=4)


def rfc3339(time: datetime) -> str:
    """The time as RudderStack writes it: in milliseconds, with `Z` for UTC or the offset."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def parse_time(text: Any) -> datetime | None:
    """The time that an SDK wrote, or None when it is missing or unreadable."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else None


def _message_id(event: Event, arrived: datetime) -> str:
    # RudderStack sets a random id; here, the same request makes the same sample.
    return str(uuid5(NAMESPACE_OID, f"{arrived}{sorted(event.items())}"))
