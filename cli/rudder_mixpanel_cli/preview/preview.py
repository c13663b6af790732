"""What would be sent for an event: shown, and never sent."""

from collections import Counter
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, get_args

import httpx
import orjson

from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import Message, Unreadable, read_events
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent, exception_location
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.message.times import since_epoch
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import Endpoint, Operation

type Line = dict[str, Any]
type Addresses = dict[Endpoint, dict[str, str]]

ENDPOINTS: Final[tuple[Endpoint, ...]] = get_args(Endpoint.__value__)
MOST_REMEMBERED: Final = 256


@dataclass(slots=True)
class Summary:
    """What became of all events together."""

    events: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    filtered: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """One line for each thing that there is to say, most frequent first."""
        counted = {
            "requests": self.requests,
            "filtered": self.filtered,
            "rejected": self.rejected,
            "left out": self.left_out,
        }
        lines = [f"{'events':<10}{self.events:,}"]
        for name, counts in counted.items():
            if counts:
                each = ", ".join(f"{what}: {number:,}" for what, number in counts.most_common())
                lines.append(f"{name:<10}{counts.total():,} ({each})")
        return "\n".join(lines)


class Preview:
    """The stack's own reading, filtering and mapping, with nothing behind them."""

    def __init__(self, destination: Destination, *, now: datetime, explain: bool = False) -> None:
        self.destination = destination
        self.now = since_epoch(now)
        self.explain = explain
        self.addresses: dict[Hashable, Addresses] = {}
        self.summary = Summary()

    def lines(self, body: bytes) -> Iterator[Line]:
        """One line for each event of what may be a record's body."""
        for event in found_in(body):
            self.summary.events += 1
            yield self.unreadable(event) if isinstance(event, Unreadable) else self.line(event)

    def unreadable(self, found: Unreadable) -> Line:
        """The line of something that is no event."""
        return self.rejected({}, Code.UNREADABLE, found.why)

    def line(self, message: Message) -> Line:
        """The line of an event."""
        try:
            if reason := filter_reason(message, self.destination):
                self.summary.filtered[reason] += 1
                return line_of(message, filtered=reason)
            there, rest = self.destination.for_event(message)
            operations, left_out = map_message(rest, there, now=self.now, explain=self.explain)
            requests = [self.request(operation, there) for operation in operations]
        except RejectedEvent as error:
            return self.rejected(message, error.code, error.message, error.field)
        except ConfigurationError as error:
            # Delivery keeps such an event until somebody mends the setting.
            return self.rejected(message, error.code, error.expected, error.setting)
        except Exception as error:  # noqa: BLE001 - as in delivery: one event's surprise
            return self.rejected(message, Code.INTERNAL_ERROR, exception_location(error))
        self.summary.requests.update(operation.endpoint for operation in operations)
        self.summary.left_out.update(left_out)
        return line_of(message, requests)

    def rejected(self, message: Message, code: Code, why: str, place: str = "") -> Line:
        """The line of an event that is not delivered."""
        self.summary.rejected[code] += 1
        return line_of(message, rejected={"code": code, "message": why, "field": place})

    def request(self, operation: Operation, there: Destination) -> Line:
        """One request of an event; the payload is the very JSON that travels."""
        address = self.addresses_of(there)[operation.endpoint]
        shown = {**address, "payload": orjson.Fragment(operation.encoded)}
        return shown | ({"explain": operation.origins or {}} if self.explain else {})

    def addresses_of(self, there: Destination) -> Addresses:
        """The addresses of a destination, which events may have made by dynamic settings."""
        if there.connection not in self.addresses:
            if len(self.addresses) >= MOST_REMEMBERED:
                self.addresses.clear()
            self.addresses[there.connection] = addresses(there)
        return self.addresses[there.connection]


def line_of(
    message: Message,
    requests: list[Line] | None = None,
    *,
    filtered: str | None = None,
    rejected: Line | None = None,
) -> Line:
    """The line of an event, whatever became of it."""
    message_id = message.get("messageId")
    return {
        "messageId": message_id if isinstance(message_id, str | int | float) else None,
        "requests": requests or [],
        "filtered": filtered,
        "rejected": rejected,
    }


def found_in(body: bytes) -> list[Message | Unreadable]:
    """The events of one line, as delivery finds them in a record's body."""
    try:
        return read_events(body.decode())
    except UnicodeDecodeError as error:
        return [Unreadable("", f"not UTF-8 at byte {error.start}")]


def addresses(destination: Destination) -> Addresses:
    """Method and URL for each endpoint, asked of the client that the stack sends with."""
    seen: list[httpx.Request] = []

    def answer(sent: httpx.Request) -> httpx.Response:
        seen.append(sent)
        return httpx.Response(200)

    with httpx.Client(transport=httpx.MockTransport(answer)) as http:
        mixpanel = IngestionClient(http, destination)
        for endpoint in ENDPOINTS:
            mixpanel.send(Request((Operation(endpoint, {}),)))
    both = zip(ENDPOINTS, seen, strict=True)
    return {endpoint: {"method": one.method, "url": str(one.url)} for endpoint, one in both}
