"""Makes records of the events in files, as a sender would put them on the queue."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from rudder_mixpanel.aws.sqs import BODY_BYTES, OutgoingMessage
from rudder_mixpanel.envelopes import Message, Unreadable, encode_json, escape_for_sqs, read_events
from rudder_mixpanel.receiving.enrich import Arrival, enrich_event
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.events_input.bodies import InputBody


@dataclass(frozen=True, slots=True)
class PreparedEvent:
    """An event with everything that RudderStack's gateway adds, and where it was read."""

    message_id: str
    event: Message
    place: str

    @property
    def record(self) -> OutgoingMessage:
        """The record of the queue that holds it alone."""
        return OutgoingMessage(escape_for_sqs(encode_json(self.event)))

    @property
    def name(self) -> str:
        """What kind of event it is."""
        kind, name = self.event.get("type"), self.event.get("event") or self.event.get("name")
        return " ".join(text for text in (kind, name) if isinstance(text, str)) or "event"


def prepare_events(bodies: Iterable[InputBody], arrival: Arrival) -> Iterator[PreparedEvent]:
    """The events in these bodies, out of their envelopes.

    Raises UsageError for a part that is not readable, and for an event that a record cannot hold.
    """
    for body in bodies:
        for item in read_events(text_of(body)):
            if isinstance(item, Unreadable):
                raise UsageError(f"{body.place}: expected an event; {item.why}")
            prepared = prepare_event(item, body.place, arrival)
            if prepared.record.size > BODY_BYTES:
                raise UsageError(f"{body.place}: the event is larger than {BODY_BYTES:,} bytes")
            yield prepared


def prepare_event(event: dict[str, Any], place: str, arrival: Arrival) -> PreparedEvent:
    """One event with its id, its times and the rest; what it has of these is kept."""
    enriched = enrich_event(event, arrival).event
    return PreparedEvent(enriched["messageId"], enriched, place)


def text_of(body: InputBody) -> str:
    """The text of a body. Raises UsageError when it is not UTF-8."""
    try:
        return body.body.decode()
    except UnicodeDecodeError as error:
        raise UsageError(f"{body.place}: not UTF-8 at byte {error.start}") from None
