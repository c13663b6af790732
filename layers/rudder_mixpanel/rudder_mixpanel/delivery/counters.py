"""Counters travel once: each is claimed in the ledger just before the request that carries it."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Final

from rudder_mixpanel.delivery.dispatch import Sender, Senders, Slot, limit_of, unsent_slots
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ledger import ALWAYS, Claim, Claimant, ClaimState, Ledger
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import Request, pack_requests
from rudder_mixpanel.mixpanel.responses import DELIVERED, Kept, Outcome, Rejected

UNSETTLED_ELSEWHERE: Final = "sent by another invocation, whose answer never came"
OUT_OF_REACH: Final = Kept(
    Code.LEDGER_UNAVAILABLE, "the ledger of counters does not answer", not_applied=True
)
CLAIMED: Final = Kept(Code.CLAIMED, "another invocation is sending it", not_applied=True)


type OutcomesByKey = dict[str, Outcome]


def send_counters(
    events: Iterable[Event], by: Senders, ledger: Ledger, claimant: Claimant, told: OutcomesByKey
) -> None:
    """Send what counts twice when sent twice, and settle it.

    A counter that stands in the batch more than once, since SQS or the sender repeats, travels
    once, and all its copies share the outcome; `told` is what this invocation knows already.
    """
    copies: dict[str, list[Slot]] = {}
    for _, (event, place) in unsent_slots(events, repeatable=False):
        # It comes again in any case, and its counter with it: none is put in doubt for nothing.
        if (held := event.kept_by) is not None:
            event.outcomes[place] = replace(held, not_applied=True, quote="")
            continue
        key = event.operations[place].key
        if key in told:
            event.outcomes[place] = told[key]
        else:
            copies.setdefault(key, []).append((event, place))
    # Of copies the one that may be sent even where another one's outcome was in doubt.
    slots = [
        max(some, key=lambda slot: slot[0].record.not_applied_before) for some in copies.values()
    ]
    operations = (event.operations[place] for event, place in slots)
    places = iter(slots)
    for request in pack_requests(operations, partial(limit_of, "counters", by)):
        of_request = [next(places) for _ in request.operations]
        outcomes = send_claimed(request, of_request, by["engage"], ledger, claimant)
        for operation, outcome in zip(request.operations, outcomes, strict=True):
            told[operation.key] = outcome
            for event, place in copies[operation.key]:
                event.outcomes[place] = outcome


def send_claimed(
    request: Request, slots: list[Slot], courier: Sender, ledger: Ledger, claimant: Claimant
) -> list[Outcome]:
    """An outcome for each counter of a request, with the ledger told of it."""
    if (rest := courier.blocked_by) is not None:
        return [rest] * len(slots)
    claims = [
        Claim(
            event.operations[place].key,
            ALWAYS if event.repeats_counters else event.record.not_applied_before,
        )
        for event, place in slots
    ]
    states = ledger.claim(claims, claimant)
    ours = [index for index, state in enumerate(states) if state is ClaimState.OURS]
    outcomes: list[Outcome] = [outcome_of(state) for state in states]
    if not ours:
        return outcomes
    answers = courier.send(Request(tuple(request.operations[index] for index in ours)))
    ledger.settle(
        {request.operations[i].key: state_after(one) for i, one in zip(ours, answers, strict=True)},
        claimant,
    )
    for index, answer in zip(ours, answers, strict=True):
        outcomes[index] = final_outcome(answer, again=slots[index][0].repeats_counters)
    return outcomes


def outcome_of(state: ClaimState) -> Outcome:
    """What becomes of a counter that is not ours to send."""
    match state:
        case ClaimState.DONE:
            return DELIVERED
        case ClaimState.UNKNOWN:
            return unknown_outcome(UNSETTLED_ELSEWHERE)
        case ClaimState.CLAIMED:
            return CLAIMED
        case _:
            return OUT_OF_REACH


def state_after(outcome: Outcome) -> ClaimState:
    """What the ledger is to say; a claim that is given back is free for the next."""
    if outcome == DELIVERED:
        return ClaimState.DONE
    if isinstance(outcome, Kept) and not outcome.not_applied:
        return ClaimState.UNKNOWN
    return ClaimState.OURS


def final_outcome(outcome: Outcome, *, again: bool) -> Outcome:
    """The outcome of a counter that was sent: in doubt not to be repeated, unless told so."""
    if isinstance(outcome, Kept) and not outcome.not_applied and not again:
        return unknown_outcome(outcome.message, outcome.quote)
    return outcome


def unknown_outcome(why: str, quote: str = "") -> Rejected:
    """It may have counted, and is not sent again by itself."""
    return Rejected(Code.OUTCOME_UNKNOWN, f"not to be repeated after: {why}", quote=quote)
