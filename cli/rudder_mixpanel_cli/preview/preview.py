"""Turn events into the requests that the stack would send, without sending them."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import orjson

from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.delivery.remainder import read_parts
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.envelopes import Message, Unreadable
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent, exception_location
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.mapping.explain.explanation import explain_event
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel_cli.preview.endpoints import EndpointCache
from rudder_mixpanel_cli.preview.order import ONLY_NEWER, ORDERED, PROFILES, verb_of
from rudder_mixpanel_cli.preview.summary import Summary

type OutputLine = dict[str, Any]


class Preview:
    """Reads, filters and maps events with the stack's own code, and sends nothing."""

    def __init__(
        self,
        destination: Destination,
        *,
        now: datetime,
        explain: bool = False,
        destination_id: str | None = None,
    ) -> None:
        self.destination = destination
        self.destination_id = destination_id
        self.now = since_epoch(now)
        self.explain = explain
        self.endpoints = EndpointCache()
        self.summary = Summary()

    def lines(self, body: bytes) -> Iterator[OutputLine]:
        """One output line for each event of a message body."""
        for event in events_in(body, self.destination_id):
            self.summary.events += 1
            yield self.unreadable(event) if isinstance(event, Unreadable) else self.line(event)

    def unreadable(self, event: Unreadable) -> OutputLine:
        """The output line of a body, or a part of one, that is not an event."""
        return self.rejected({}, event.code, event.why)

    def line(self, message: Message) -> OutputLine:
        """The output line of an event."""
        try:
            if reason := filter_reason(message, self.destination):
                self.summary.filtered[reason] += 1
                return output_line(message, filtered=reason)
            return self.mapped(message)
        except RejectedEvent as error:
            return self.rejected(message, error.code, error.message, error.field)
        except ConfigurationError as error:
            # Delivery keeps such an event until the setting is fixed.
            return self.rejected(message, error.code, error.expected, error.setting)
        except Exception as error:  # noqa: BLE001 - as in delivery: it must not stop other events
            return self.rejected(message, Code.INTERNAL_ERROR, exception_location(error))

    def mapped(self, message: Message) -> OutputLine:
        """The output line of an event that passes the filters.

        Raises RejectedEvent or ConfigurationError as the mapping does.
        """
        destination, rest = self.destination.for_event(message)
        operations, left_out = map_message(rest, destination, now=self.now)
        requests = [self.request(operation, destination) for operation in operations]
        self.summary.requests.update(operation.endpoint for operation in operations)
        self.summary.left_out.update(left_out)
        order = self.order(operations) if destination.newer_wins else {}
        line = output_line(message, requests)
        if self.explain:
            explanation = explain_event(message, self.destination, operations, now=self.now)
            for request, sources in zip(requests, explanation.requests, strict=True):
                request["explain"] = sources
            line["explain"] = {"used": explanation.used, "left_out": explanation.left_out}
            if order:
                line["explain"]["order"] = order
        return line

    def order(self, operations: Iterable[Operation]) -> dict[str, str]:
        """Which updates are sent only where they are newer, by endpoint and verb; count others."""
        ordered: dict[str, str] = {}
        for operation in operations:
            verb = verb_of(operation.payload) if operation.endpoint in PROFILES else ""
            if verb in ORDERED:
                ordered[f"{operation.endpoint} {verb}"] = ONLY_NEWER
            elif verb:
                self.summary.unordered[verb] += 1
        return ordered

    def rejected(
        self, message: Message, code: Code, explanation: str, field: str = ""
    ) -> OutputLine:
        """The output line of an event that is not delivered."""
        self.summary.rejected[code] += 1
        return output_line(message, rejected={"code": code, "message": explanation, "field": field})

    def request(self, operation: Operation, destination: Destination) -> OutputLine:
        """One request of an event; the payload is the exact JSON that is sent."""
        return {
            **self.endpoints.request_line(destination, operation.endpoint),
            "payload": orjson.Fragment(operation.encoded),
        }


def output_line(
    message: Message,
    requests: list[OutputLine] | None = None,
    *,
    filtered: str | None = None,
    rejected: OutputLine | None = None,
) -> OutputLine:
    """The output line of an event with its outcome."""
    message_id = message.get("messageId")
    return {
        "messageId": message_id if isinstance(message_id, str | int | float) else None,
        "type": text_or_none(message, "type"),
        "name": text_or_none(message, "event") or text_or_none(message, "name"),
        "requests": requests or [],
        "filtered": filtered,
        "rejected": rejected,
    }


def text_or_none(message: Message, name: str) -> str | None:
    """A field of an event if it is text."""
    value = message.get(name)
    return value if isinstance(value, str) else None


def events_in(body: bytes, destination_id: str | None) -> list[Message | Unreadable]:
    """The events of a message body, found as delivery finds them."""
    try:
        parts = read_parts(body.decode(), destination_id=destination_id, is_remainder=True)
        return [part.item for part in parts]
    except UnicodeDecodeError as error:
        return [Unreadable("", f"not UTF-8 at byte {error.start}")]
