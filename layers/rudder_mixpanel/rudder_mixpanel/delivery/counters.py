"""Counters are sent once: each is claimed in the ledger just before the request that carries it."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from typing import Final

from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.lanes import (
    Slot,
    keep_unsettled,
    limit_of,
    operation_of,
    streams_of,
    unsent_slots,
)
from rudder_mixpanel.delivery.ledger import ALWAYS, Claim, Claimant, ClaimState, Ledger
from rudder_mixpanel.delivery.newer_wins import NewerWins
from rudder_mixpanel.delivery.sender import Sender, Senders, not_sent
from rudder_mixpanel.delivery.side_by_side import SideBySide, threads_side_by_side
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import Request, pack_requests
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, NO_TIME_LEFT, Kept, Outcome, Rejected

SENT_ELSEWHERE: Final = "sent by another invocation, which did not record the response"
LEDGER_UNAVAILABLE: Final = Kept(
    Code.LEDGER_UNAVAILABLE, "the ledger of counters does not respond", not_applied=True
)
CLAIMED: Final = Kept(Code.CLAIMED, "another invocation is sending it", not_applied=True)


@dataclass(frozen=True, slots=True)
class CounterClaims:
    """How one invocation claims counters, and by key the outcomes of those that it has sent."""

    ledger: Ledger
    claimant: Claimant
    known: dict[str, Outcome] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CounterLane:
    """Counters on their way: by key, what is sent, and all slots that get its outcome."""

    senders: Senders
    claims: CounterClaims
    operations: Mapping[str, Operation]
    slots: Mapping[str, list[Slot]]

    def send(self, stream: Sequence[Slot]) -> None:
        """Send the counters of a stream, in order, and set their outcomes.

        An unexpected exception keeps those that have none yet, and does not affect other streams.
        """
        keys = [operation_of(slot).key for slot in stream]
        try:
            remaining = iter(stream)
            operations = (self.operations[key] for key in keys)
            for request in pack_requests(operations, partial(limit_of, "counters", self.senders)):
                slots = [next(remaining) for _ in request.operations]
                outcomes = send_claimed(request, slots, self.senders["engage"], self.claims)
                for operation, outcome in zip(request.operations, outcomes, strict=True):
                    self.settle(operation.key, outcome)
        except Exception as error:  # noqa: BLE001 - a bug with counters must not end the batch
            keep_unsettled(chain.from_iterable(self.slots[key] for key in keys), error)

    def settle(self, key: str, outcome: Outcome) -> None:
        """Set the outcome of a counter and of its duplicates."""
        self.claims.known[key] = outcome
        for event, index in self.slots[key]:
            event.outcomes[index] = outcome


def send_counters(
    events: Iterable[Event],
    senders: Senders,
    claims: CounterClaims,
    newer_wins: NewerWins | None = None,
    side_by_side: SideBySide = threads_side_by_side,
) -> None:
    """Send the counters of the events, each once, and set their outcomes.

    A counter that SQS or the sender repeated within the batch is sent once, and its duplicates
    share the outcome.
    """
    duplicates = unsent_counters(events, claims.known)
    # Of duplicates, the one that may be sent although the outcome of another one is unknown.
    slots = [
        max(group, key=lambda slot: slot[0].record.not_applied_before)
        for group in duplicates.values()
    ]
    sender = senders["engage"]
    operations = [operation_of(slot) for slot in slots]
    if newer_wins is not None and slots:
        try:
            operations = newer_wins.late_counters(operations, sender)
        except Exception as error:  # noqa: BLE001 - a bug with counters must not end the batch
            keep_unsettled(chain.from_iterable(duplicates.values()), error)
            return
    by_key = {operation.key: operation for operation in operations}
    lane = CounterLane(senders, claims, by_key, duplicates)
    # Several that are refused together may have been applied: see `send_one_first`.
    if not sender.accepts:
        lane.send(slots[:1])
        slots = slots[1:]
    side_by_side([partial(lane.send, stream) for stream in streams_of("counters", slots, senders)])


def unsent_counters(events: Iterable[Event], known: Mapping[str, Outcome]) -> dict[str, list[Slot]]:
    """The counters to send, by key; those that need not be sent get their outcomes."""
    unsent: dict[str, list[Slot]] = {}
    for _, (event, index) in unsent_slots(events, repeatable=False):
        key = event.operations[index].key
        # A kept event is retried with its counters: sending one now would risk it for nothing.
        if (kept := event.kept_by) is not None:
            event.outcomes[index] = not_sent(kept)
        elif key in known:
            event.outcomes[index] = known[key]
        else:
            unsent.setdefault(key, []).append((event, index))
    return unsent


def send_claimed(
    request: Request, slots: Sequence[Slot], sender: Sender, claims: CounterClaims
) -> list[Outcome]:
    """Claim the counters of a request, send those that were free, and settle them in the ledger."""
    if (reason := sender.reason_to_keep(request) or sender.refusal) is not None:
        return [reason] * len(slots)
    states = claims.ledger.claim(claims_for(slots), claims.claimant)
    outcomes = [unclaimed_outcome(state) for state in states]
    ours = [index for index, state in enumerate(states) if state is ClaimState.OURS]
    if not ours:
        return outcomes
    sent = send_one_first([request.operations[index] for index in ours], sender)
    results = list(zip(ours, sent, strict=True))
    claims.ledger.settle(
        {request.operations[index].key: state_after(outcome) for index, outcome in results},
        claims.claimant,
    )
    for index, outcome in results:
        outcomes[index] = final_outcome(outcome, again=slots[index][0].repeats_counters)
    return outcomes


def send_one_first(operations: Sequence[Operation], sender: Sender) -> list[Outcome]:
    """Send counters together, but alone until the endpoint has accepted one.

    Of several that Mixpanel refuses together, for instance because the project is over its quota,
    nobody knows whether one was applied. Of one it is certain.
    """
    if sender.accepts or len(operations) == 1:
        return sender.send(Request(tuple(operations)))
    first, rest = sender.send(Request((operations[0],))), operations[1:]
    if (reason := sender.refusal) is not None:
        return [*first, *([reason] * len(rest))]
    return [*first, *send_one_first(rest, sender)]


def claims_for(slots: Iterable[Slot]) -> list[Claim]:
    """A claim for each counter, which an unknown outcome prevents unless its event allows it."""
    return [
        Claim(
            event.operations[index].key,
            ALWAYS if event.repeats_counters else event.record.not_applied_before,
        )
        for event, index in slots
    ]


def unclaimed_outcome(state: ClaimState) -> Outcome:
    """The outcome of a counter that this invocation may not send."""
    match state:
        case ClaimState.DONE:
            return DELIVERED
        case ClaimState.UNKNOWN:
            return unknown_outcome(SENT_ELSEWHERE)
        case ClaimState.CLAIMED:
            return CLAIMED
        case ClaimState.NO_TIME:
            return NO_TIME_LEFT
        case _:
            return LEDGER_UNAVAILABLE


def state_after(outcome: Outcome) -> ClaimState:
    """The state to settle for a counter that was sent; OURS releases the claim."""
    if outcome == DELIVERED:
        return ClaimState.DONE
    if isinstance(outcome, Kept) and not outcome.not_applied:
        return ClaimState.UNKNOWN
    return ClaimState.OURS


def final_outcome(outcome: Outcome, *, again: bool) -> Outcome:
    """The outcome of a counter that was sent: rejected if unknown and not to be repeated."""
    if isinstance(outcome, Kept) and not outcome.not_applied and not again:
        return unknown_outcome(outcome.message, outcome.quote)
    return outcome


def unknown_outcome(reason: str, quote: str = "") -> Rejected:
    """The outcome of a counter that may have been applied, and is not sent again."""
    return Rejected(Code.OUTCOME_UNKNOWN, f"not repeated after: {reason}", quote=quote)
