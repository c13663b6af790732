"""The books: each event that came in has exactly one fate."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, Literal

from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.envelopes import EnvelopeItem, Unreadable, encode_json, read_events
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.responses import (
    DELIVERED,
    Delivered,
    Kept,
    Outcome,
    Rejected,
    Suppressed,
)


@dataclass(frozen=True, slots=True)
class Filtered:
    """The destination's filters leave it out, for a reason in words without data."""

    reason: str


type OutcomeName = Literal["delivered", "filtered", "suppressed", "rejected", "kept"]

type EventOutcome = Outcome | Filtered

# What nobody has settled is not delivered.
UNSETTLED: Final = Kept(Code.UNSETTLED, "nothing settled it")


@dataclass(slots=True)
class Event:
    """One event of a record, with an outcome for each of its operations (None: not sent yet).

    `place` is its own in the record. `destination` is where it goes; events can name another
    project by their dynamic settings. `sent_back` when it waits on the queue as a record of its
    own, `is_aside` when it is in the rejected queue.
    """

    record: Record
    place: int
    parsed: EnvelopeItem | None
    destination: Destination | None = None
    operations: list[Operation] = field(default_factory=list)
    outcomes: list[EventOutcome | None] = field(default_factory=lambda: [None])
    left_out: list[str] = field(default_factory=list)
    destination_id: str | None = None
    # What its sender calls it, for people who look for it.
    message_id: str = ""
    # Whom it names, where it is to be put aside.
    named_ids: frozenset[str] = frozenset()
    is_requeued: bool = False
    is_stored: bool = False

    def plan(self, operations: list[Operation], left_out: list[str]) -> None:
        """Say what is to be sent for it; what its record wants done no more counts as delivered.

        Where the record names an operation that is not among these, the settings have changed
        since, and all of it is done.
        """
        self.operations = operations
        self.outcomes = [None] * len(operations)
        if (only := self.record.only) and only <= {one.name for one in operations}:
            self.outcomes = [None if one.name in only else DELIVERED for one in operations]
        self.left_out = left_out
        # A batch of decoded messages takes several times the memory of what it becomes.
        self.parsed = None

    @property
    def item(self) -> EnvelopeItem:
        """What stands at its place in the record."""
        if self.parsed is None:
            return reread_record(self.record.body, self.destination_id)[self.place]
        return self.parsed

    @property
    def remaining_ids(self) -> frozenset[str]:
        """Whom it names in what is still to be sent of it; once it is refused, in all of it."""
        both = zip(self.operations, self.outcomes, strict=False)
        return self.named_ids.union(*(one.ids for one, outcome in both if outcome is None))

    @property
    def size(self) -> int:
        """The bytes that are to be sent for it."""
        return sum(len(one.encoded) for one in self.operations)

    def decide(self, outcome: EventOutcome) -> None:
        """Decide whatever of it is not delivered yet."""
        self.outcomes = [one if one == DELIVERED else outcome for one in self.outcomes]
        if not isinstance(self.parsed, Unreadable):
            self.parsed = None

    @property
    def is_decided(self) -> bool:
        """Whether each of its operations has an outcome."""
        return None not in self.outcomes

    @property
    def body(self) -> str:
        """The event's JSON, or whatever stood in its place."""
        found = self.item
        return found.body if isinstance(found, Unreadable) else encode_json(found)

    @property
    def kept_by(self) -> Kept | None:
        """Why one of its operations is kept for later, if one is."""
        return next((outcome for outcome in self.outcomes if isinstance(outcome, Kept)), None)

    @property
    def outcome(self) -> EventOutcome:
        """What decides where it goes: kept, suppressed, rejected, filtered, delivered.

        Of somebody who is suppressed nothing is put aside, whatever else was refused.
        """
        for kind in (Kept, Suppressed, Rejected, Filtered):
            for outcome in self.outcomes:
                if isinstance(outcome, kind):
                    return outcome
        return DELIVERED if self.is_decided else UNSETTLED

    @property
    def outcome_name(self) -> OutcomeName:
        """The word under which it is counted."""
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
    def repeats_counters(self) -> bool:
        """Whether its counters are sent again when nobody knows whether they have counted."""
        return self.destination is not None and self.destination.counters_at_least_once

    @property
    def undelivered_operations(self) -> list[str]:
        """The names of what is not delivered of it; none where that is all of it."""
        if DELIVERED not in self.outcomes:
            return []
        both = zip(self.operations, self.outcomes, strict=True)
        return [one.name for one, outcome in both if outcome != DELIVERED]

    @property
    def rejected_endpoints(self) -> tuple[str, ...]:
        """The endpoints whose operations were refused; none where mapping already failed."""
        both = zip(self.operations, self.outcomes, strict=False)
        endpoints = [one.endpoint for one, outcome in both if isinstance(outcome, Rejected)]
        return tuple(dict.fromkeys(endpoints))


def message_id_of(found: EnvelopeItem) -> str:
    """What the sender calls an event, or nothing."""
    told = None if isinstance(found, Unreadable) else found.get("messageId")
    return told if isinstance(told, str) else ""


@lru_cache(maxsize=1)
def reread_record(record_body: str, destination_id: str | None) -> list[EnvelopeItem]:
    """The events of a record, read again; those of one record are asked for in a row."""
    return read_events(record_body, destination_id=destination_id)


@dataclass(frozen=True, slots=True)
class Account:
    """How many events came in, and what became of them."""

    received: int
    delivered: int
    filtered: int
    suppressed: int
    rejected: int
    kept: int

    @classmethod
    def of(cls, events: Iterable[Event]) -> "Account":
        """Count each event once, under its fate."""
        fates = Counter(event.outcome_name for event in events)
        return cls(
            received=fates.total(),
            delivered=fates["delivered"],
            filtered=fates["filtered"],
            suppressed=fates["suppressed"],
            rejected=fates["rejected"],
            kept=fates["kept"],
        )
