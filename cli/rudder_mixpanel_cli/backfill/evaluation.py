"""What a backfill does with an event: sends it, leaves it out, or refuses it, and why."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from rudder_mixpanel.aws.sqs import BODY_BYTES
from rudder_mixpanel.delivery.backfill import BackfillMode, backfill_operations
from rudder_mixpanel.delivery.filters import filter_reason
from rudder_mixpanel.destination.destination import MILLISECONDS_A_DAY, Destination
from rudder_mixpanel.envelopes import (
    EnvelopeItem,
    Message,
    Unreadable,
    encode_json,
    escape_for_sqs,
    read_events,
)
from rudder_mixpanel.errors import Code, RejectedEvent, exception_location
from rudder_mixpanel.mapping import map_message
from rudder_mixpanel.message.times import event_time, time_source
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel_cli.backfill.causes import BackfillCause
from rudder_mixpanel_cli.events_input.elements import InputElement
from rudder_mixpanel_cli.events_input.exports import split_export

# A record holds the event, and the attribute that says of what backfill it is.
ATTRIBUTE_BYTES: Final = 100
LONGEST_EVENT: Final = BODY_BYTES - ATTRIBUTE_BYTES
TOO_LONG: Final = Unreadable("", BackfillCause.TOO_LONG.explanation)


@dataclass(frozen=True, slots=True)
class ToSend:
    """An event to send: its JSON, and what Mixpanel gets of it."""

    encoded: bytes
    type: str
    day: int
    events: int
    identities: int
    updates: int
    counters: int
    left_out_updates: int
    left_out_counters: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LeftOutEvent:
    """An event that the destination's filters exclude, or of which the backfill sends nothing."""

    reason: str


@dataclass(frozen=True, slots=True)
class RefusedEvent:
    """An event that cannot be delivered, with a code and what was expected."""

    code: str
    message: str


type Evaluation = ToSend | LeftOutEvent | RefusedEvent


@dataclass(frozen=True, slots=True)
class Evaluator:
    """Decides by the settings of a destination; `now` is when the command started."""

    destination: Destination
    mode: BackfillMode
    retention_days: int
    now: int
    destination_id: str | None = None

    def items(self, element: InputElement) -> Iterator[EnvelopeItem]:
        """The events in a value of an input, out of their envelopes."""
        if element.value is None:
            yield TOO_LONG
            return
        for body in split_export(element.value):
            try:
                text = body.decode()
            except UnicodeDecodeError as error:
                yield Unreadable("", f"not UTF-8 at byte {error.start}")
            else:
                yield from read_events(text, destination_id=self.destination_id)

    def evaluate(self, item: EnvelopeItem) -> Evaluation:
        """What becomes of an event. Raises ConfigurationError when the settings are at fault."""
        if item is TOO_LONG:
            return RefusedEvent(BackfillCause.TOO_LONG, "")
        if isinstance(item, Unreadable):
            return RefusedEvent(item.code, item.why)
        try:
            return self.evaluate_message(item)
        except RejectedEvent as error:
            return RefusedEvent(error.code, error.message)
        except (ArithmeticError, LookupError, TypeError, ValueError, AttributeError) as error:
            # As in delivery: a bug with one event does not stop the others.
            return RefusedEvent(Code.INTERNAL_ERROR, exception_location(error))

    def evaluate_message(self, message: Message) -> Evaluation:
        """What becomes of a message. Raises RejectedEvent or ConfigurationError as the mapping."""
        if reason := filter_reason(message, self.destination):
            return LeftOutEvent(reason)
        if time_source(message, self.now) is None:
            return RefusedEvent(BackfillCause.NO_TIME, "")
        destination, rest = self.destination.for_event(message)
        mapped = map_message(rest, destination, now=self.now)[0]
        mode = self.mode.under(newer_wins=destination.newer_wins)
        operations = backfill_operations(mapped, mode, now=self.now)
        if not operations:
            return LeftOutEvent(mode.why_nothing)
        if any(self.is_past_retention(operation) for operation in operations):
            return RefusedEvent(BackfillCause.PAST_RETENTION, "")
        encoded = escape_for_sqs(encode_json(message)).encode()
        if len(encoded) > LONGEST_EVENT:
            return RefusedEvent(BackfillCause.TOO_LONG, "")
        return to_send(message, encoded, mapped, operations, self.now)

    def is_past_retention(self, operation: Operation) -> bool:
        """Whether an event is older than its project keeps it. Identity events have no age."""
        oldest = self.now - self.retention_days * MILLISECONDS_A_DAY
        return operation.lane in {"import", "track"} and operation.time < oldest


def to_send(
    message: Message, encoded: bytes, mapped: list[Operation], sent: list[Operation], now: int
) -> ToSend:
    """An event to send, with the counts of its operations."""
    kept, counters = count_updates(sent)
    updates, all_counters = count_updates(mapped)
    identities = sum(operation.lane == "identity" for operation in sent)
    return ToSend(
        encoded=encoded,
        type=str(message.get("type")),
        day=event_time(message, now) // MILLISECONDS_A_DAY,
        events=sum(bool(operation.insert_id) for operation in sent) - identities,
        identities=identities,
        updates=kept,
        counters=counters,
        left_out_updates=updates - kept,
        left_out_counters=all_counters - counters,
        bytes=sum(len(operation.encoded) for operation in sent),
    )


def count_updates(operations: list[Operation]) -> tuple[int, int]:
    """How many operations are updates of profiles, and how many are counters."""
    counters = sum(operation.lane == "counters" for operation in operations)
    profiles = sum(operation.endpoint in {"engage", "groups"} for operation in operations)
    return profiles - counters, counters
