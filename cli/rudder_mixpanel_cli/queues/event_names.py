"""The names of the events in a message, as far as they may be shown."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from rudder_mixpanel.delivery.event import message_id_of
from rudder_mixpanel.message.log_ids import loggable_id
from rudder_mixpanel_cli.personal_names import LONGEST_NAME, WITHHELD, may_be_personal
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.terminal import printable

# The field with the name of an event, for each type of event that has one.
NAME_FIELDS: Final = {"track": "event", "page": "name", "screen": "name"}
TYPES: Final = frozenset({*NAME_FIELDS, "identify", "group", "alias"})


class EventName(NamedTuple):
    """The type and the name of an event; the name is empty when it has none."""

    type: str
    name: str = ""

    def __str__(self) -> str:
        """The type and the name as text."""
        if not self.name or self.name == WITHHELD:
            return f"{self.type} {self.name}".rstrip()
        return f'{self.type} "{self.name}"'


UNREADABLE: Final = EventName("unreadable")


def event_names(message: QueuedMessage, *, quotes: bool) -> Iterator[tuple[EventName, str]]:
    """The name of each event in a message, with its messageId as logs show it, or an empty text."""
    for event in message.events:
        if event is None:
            yield UNREADABLE, ""
            continue
        yield name_of(event, quotes=quotes), loggable_id(message_id_of(event))


def name_of(event: dict[str, Any], *, quotes: bool) -> EventName:
    """The name of an event; without `quotes`, not one that may be personal data."""
    kind = event.get("type")
    if not isinstance(kind, str) or kind not in TYPES:
        return EventName("event of no known type")
    name = event.get(NAME_FIELDS.get(kind, ""))
    if not isinstance(name, str):
        return EventName(kind)
    if not quotes and may_be_personal(name):
        return EventName(kind, WITHHELD)
    return EventName(kind, printable(name[:LONGEST_NAME]))
