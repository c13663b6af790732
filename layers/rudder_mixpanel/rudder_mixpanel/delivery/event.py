"""An event of a record, and its outcome."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.delivery.remainder import Part, read_parts
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import EnvelopeItem, Unreadable, redact_body, redact_part
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping.left_out import LeftOut
from rudder_mixpanel.message.identity import id_as_text
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import (
    DELIVERED,
    DELIVERED_EARLIER,
    Delivered,
    Kept,
    Outcome,
    Rejected,
    Suppressed,
)


@dataclass(frozen=True, slots=True)
class Filtered:
    """The destination's filters exclude it; `reason` contains no personal data."""

    reason: str


type OutcomeName = Literal["delivered", "filtered", "suppressed", "rejected", "kept"]

type EventOutcome = Outcome | Filtered

# What keeps an event only until somebody else is done: another invocation, or its own record.
SHORT_WAITS: Final = frozenset({Code.PROFILE_BUSY, Code.RECORD_KEPT})
# Attempts after which that is a fault like others: half an hour. With longer waits after them, an
# event that is kept for nine days is received less than the thousand times that the queue allows.
MOST_SHORT_WAITS: Final = 120
# An event without an outcome is never counted as delivered.
UNSETTLED: Final = Kept(Code.UNSETTLED, "the event has no outcome")


@dataclass(slots=True)
class Event:
    """One event of a record, with an outcome for each of its operations; None: not sent yet.

    `index` is its index in the record. `destination` is where it is sent; dynamic settings can name
    another project than the stack's. `only` names the operations that its record asks for; empty
    means all. `is_requeued` when it is back on the queue in the message that replaces its record.
    """

    record: Record
    index: int
    parsed: EnvelopeItem | None
    destination: Destination | None = None
    operations: list[Operation] = field(default_factory=list)
    outcomes: list[EventOutcome | None] = field(default_factory=lambda: [None])
    left_out: list[LeftOut] = field(default_factory=list)
    only: frozenset[str] = frozenset()
    destination_id: str | None = None
    # The sender's id of the event, for the log.
    message_id: str = ""
    # All users that the event names; only set for a rejected event.
    named_ids: frozenset[str] = frozenset()
    is_requeued: bool = False

    def plan(self, operations: list[Operation], left_out: list[LeftOut]) -> None:
        """Set the operations to send; those that its record does not ask for are delivered already.

        If the record names an operation that is not among them, the settings have changed since,
        and all operations are sent.
        """
        self.operations = operations
        self.outcomes = [None] * len(operations)
        if self.only and self.only <= {operation.name for operation in operations}:
            self.outcomes = [
                None if operation.name in self.only else DELIVERED_EARLIER
                for operation in operations
            ]
        self.left_out = left_out
        # A batch of decoded messages takes several times the memory of its operations.
        self.parsed = None

    @property
    def item(self) -> EnvelopeItem:
        """The event, or what could not be read at its place in the record."""
        if self.parsed is None:
            return reread_record(self.record, self.destination_id)[self.index].item
        return self.parsed

    @property
    def remaining_ids(self) -> frozenset[str]:
        """The users of the operations to send, and `named_ids`."""
        return self.named_ids.union(
            *[
                operation.ids
                for operation, outcome in zip(self.operations, self.outcomes)  # noqa: B905 - as results()
                if outcome is None
            ]
        )

    @property
    def size(self) -> int:
        """The bytes of its operations."""
        return sum(len(operation.encoded) for operation in self.operations)

    def results(self) -> Iterator[tuple[Operation, EventOutcome | None]]:
        """Each operation with its outcome; nothing for an event that was not mapped."""
        return zip(self.operations, self.outcomes, strict=False)

    def taken_events(self) -> list[Operation]:
        """The operations that Mixpanel took in this invocation, and that are events there."""
        return [
            operation
            for operation, outcome in zip(self.operations, self.outcomes)  # noqa: B905 - as results()
            if type(outcome) is Delivered and operation.insert_id and not outcome.earlier
        ]

    def decide(self, outcome: EventOutcome) -> None:
        """Set the outcome of every operation that is not delivered."""
        self.outcomes = [current if current == DELIVERED else outcome for current in self.outcomes]
        if not isinstance(self.parsed, Unreadable):
            self.parsed = None

    @property
    def is_decided(self) -> bool:
        """Whether each of its operations has an outcome."""
        return None not in self.outcomes

    @property
    def body(self) -> str:
        """The event's JSON, or the text that could not be read, without secrets."""
        item = self.item
        if isinstance(item, Unreadable):
            return redact_body(item.body) if item.is_raw else item.body
        return redact_part(item)

    @property
    def kept_by(self) -> Kept | None:
        """The outcome of the first operation that is kept, if any."""
        return next((outcome for outcome in self.outcomes if isinstance(outcome, Kept)), None)

    @property
    def outcome(self) -> EventOutcome:
        """The first of these outcomes: kept, suppressed, rejected, filtered, delivered.

        Suppressed comes before rejected, so that no data of a suppressed user is stored.
        """
        # Nearly every event is delivered, as a whole.
        for outcome in self.outcomes:
            if type(outcome) is not Delivered:
                return self.worst_outcome
        return DELIVERED

    @property
    def worst_outcome(self) -> EventOutcome:
        """The outcome of an event of which something is not delivered."""
        for kind in (Kept, Suppressed, Rejected, Filtered):
            for outcome in self.outcomes:
                if isinstance(outcome, kind):
                    return outcome
        return UNSETTLED

    @property
    def outcome_name(self) -> OutcomeName:
        """The name under which it is counted."""
        match self.outcome:
            case Delivered():
                return "delivered"
            case Filtered():
                return "filtered"
            case Suppressed():
                return "suppressed"
            case Rejected():
                return "rejected"
            case Kept():
                return "kept"

    @property
    def is_superseded(self) -> bool:
        """Whether a part of its profile updates was not sent, since newer values are there."""
        # Asked twice of every event; `any` takes three times as long.
        for outcome in self.outcomes:  # noqa: SIM110
            if type(outcome) is Delivered and outcome.superseded:
                return True
        return False

    @property
    def waits_shortly(self) -> bool:
        """Whether nothing keeps it but what is over soon, and says nothing about an outage."""
        codes = {outcome.code for outcome in self.outcomes if isinstance(outcome, Kept)}
        is_fault = self.record.attempt > MOST_SHORT_WAITS
        return bool(codes) and codes <= SHORT_WAITS and not is_fault

    @property
    def repeats_counters(self) -> bool:
        """Whether its counters are sent again when their outcome is unknown."""
        return self.destination is not None and self.destination.counters_at_least_once

    @property
    def remaining(self) -> list[str]:
        """The names of the operations that are not delivered; empty, which means all, if none is.

        For an event that was not mapped this time, they are those that its record asks for.
        """
        if not self.operations:
            return sorted(self.only)
        if DELIVERED not in self.outcomes:
            # Its record may name all operations, one by one.
            names = {operation.name for operation in self.operations} if self.only else set()
            return sorted(self.only) if self.only == names else []
        return [operation.name for operation, outcome in self.results() if outcome != DELIVERED]

    @property
    def has_progressed(self) -> bool:
        """Whether less of it is left to do than its record says."""
        return self.outcome_name != "kept" or frozenset(self.remaining) != self.only

    @property
    def rejected_endpoints(self) -> tuple[str, ...]:
        """The endpoints of the rejected operations; empty for an event that was not mapped."""
        endpoints = [
            operation.endpoint
            for operation, outcome in self.results()
            if isinstance(outcome, Rejected)
        ]
        return tuple(dict.fromkeys(endpoints))


def message_id_of(item: EnvelopeItem) -> str:
    """The messageId of an event as text, empty if there is none."""
    message_id = None if isinstance(item, Unreadable) else item.get("messageId")
    return message_id if type(message_id) is str else id_as_text(message_id) or ""


@lru_cache(maxsize=1)
def reread_record(record: Record, destination_id: str | None) -> list[Part]:
    """The parts of a record, read again; the last record is cached for its next event."""
    return read_parts(record.body, destination_id=destination_id, is_remainder=record.is_remainder)


type EventsByOutcome = Mapping[OutcomeName, list[Event]]


def group_by_outcome(events: Iterable[Event]) -> EventsByOutcome:
    """The events with each outcome, in order."""
    groups: dict[OutcomeName, list[Event]] = {
        "delivered": [],
        "filtered": [],
        "suppressed": [],
        "rejected": [],
        "kept": [],
    }
    for event in events:
        groups[event.outcome_name].append(event)
    return groups


@dataclass(frozen=True, slots=True)
class Account:
    """How many events were received, and how many had each outcome."""

    received: int
    delivered: int
    filtered: int
    suppressed: int
    rejected: int
    kept: int

    @classmethod
    def of(cls, groups: EventsByOutcome) -> "Account":
        """Count each event once, by its outcome."""
        counts = {name: len(events) for name, events in groups.items()}
        return cls(received=sum(counts.values()), **counts)
