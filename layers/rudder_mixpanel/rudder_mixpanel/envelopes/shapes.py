"""What the content of an envelope looks like, and what it says about its destination."""

from typing import Any, Final

from rudder_mixpanel.envelopes.items import Message

# Fields by which an object is recognized as a RudderStack event
EVENT_FIELDS: Final = frozenset(
    {"type", "messageId", "userId", "anonymousId", "event", "properties", "traits", "context"}
)


def is_event(content: Any) -> bool:
    """Whether this is an event, whatever other fields it has.

    A batch may have fields that all its events share: without a type, it is not an event.
    """
    if not isinstance(content, dict) or EVENT_FIELDS.isdisjoint(content):
        return False
    return "type" in content or not isinstance(content.get("batch"), list)


def destination_of(envelope: Message) -> Any:
    """The id of the destination that a transformer's envelope names, or None."""
    match envelope:
        case {"destination": {"ID": named}} if named:
            return named
        case {"metadata": {"destinationId": named}}:
            return named
        case _:
            return None


def without_config(content: Any) -> Any:
    """An envelope without the destination's config, which can contain credentials."""
    match content:
        case {"message": _, "destination": dict(destination)}:
            return {**content, "destination": {"ID": destination.get("ID")}}
        case _:
            return content
