"""What RudderStack adds to an event between an SDK and a destination."""

from datetime import datetime
from hashlib import md5
from typing import Any
from uuid import NAMESPACE_OID, UUID, uuid5

Event = dict[str, Any]


def enriched(event: Event, received_at: datetime, request_ip: str) -> Event:
    """The event as a destination gets it; the SDK's own ids and times are kept."""
    arrived = moment(event.get("receivedAt")) or received_at
    made = moment(event.get("originalTimestamp")) or arrived
    sent = moment(event.get("sentAt")) or arrived
    # The sender's clock may be wrong, but the time between making and sending is right.
    happened = moment(event.get("timestamp")) or arrived - (sent - made)
    return {
        **event,
        "messageId": event.get("messageId") or _message_id(event, arrived),
        "rudderId": str(rudder_id(event)),
        "request_ip": event.get("request_ip") or request_ip,
        "receivedAt": rfc3339(arrived),
        "originalTimestamp": rfc3339(made),
        "sentAt": rfc3339(sent),
        "timestamp": rfc3339(happened),
    }


def rudder_id(event: Event) -> UUID:
    """Same for all events of a user id and an anonymous id."""
    ids = [str(event.get(field) or "").strip() for field in ("userId", "anonymousId")]
    return UUID(bytes=md5(":".join(ids).encode(), usedforsecurity=False).digest(), version=4)


def rfc3339(time: datetime) -> str:
    """The time as RudderStack writes it: milliseconds, `Z` for UTC, any other offset as it was."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def moment(text: Any) -> datetime | None:
    """The time that an SDK wrote, or None when there is none to read."""
    try:
        time = datetime.fromisoformat(text)
    except (TypeError, ValueError):
        return None
    return time if time.tzinfo else None


def _message_id(event: Event, arrived: datetime) -> str:
    # RudderStack takes a random one; here the same request shall make the same sample.
    return str(uuid5(NAMESPACE_OID, f"{arrived}{sorted(event.items())}"))
