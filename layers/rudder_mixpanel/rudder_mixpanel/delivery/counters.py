"""Counters travel once: each is claimed in the ledger just before the request that carries it."""

from collections.abc import Iterable
from dataclasses import replace
from functools import partial
from typing import Final

from rudder_mixpanel.delivery.dispatch import Courier, Couriers, Slot, limit_of, unsent
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ledger import ALWAYS, Claim, Claimant, Ledger, State
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import Request, requests
from rudder_mixpanel.mixpanel.responses import DELIVERED, Kept, Outcome, Refused

UNSETTLED_ELSEWHERE: Final = "sent by another invocation, whose answer never came"
OUT_OF_REACH: Final = Kept(
    Code.LEDGER_UNAVAILABLE, "the ledger of counters does not answer", untouched=True
)
CLAIMED: Final = Kept(Code.CLAIMED, "another invocation is sending it", untouched=True)


type Told = dict[str, Outcome]


def send_counters(
    events: Iterable[Event], by: Couriers, ledger: Ledger, claimant: Claimant, told: Told
) -> None:
    """Send what counts twice when sent twice, and settle it.

    A counter that stands in the batch more than once, since SQS or the sender repeats, travels
    once, and all its copies share the outcome; `told` is what this invocation knows already.
    """
    copies: dict[str, list[Slot]] = {}
    for _, (event, place) in unsent(events, repeatable=False):
        # It comes again in any case, and its counter with it: none is put in doubt for nothing.
        if (held := event.kept_by) is not None:
            event.outcomes[place] = replace(held, untouched=True, quote="")
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
    for request in requests(operations, partial(limit_of, "counters", by)):
        of_request = [next(places) for _ in request.operations]
        outcomes = settled(request, of_request, by["engage"], ledger, claimant)
        for operation, outcome in zip(request.operations, outcomes, strict=True):
            told[operation.key] = outcome
            for event, place in copies[operation.key]:
                event.outcomes[place] = outcome


def settled(
    request: Request, slots: list[Slot], courier: Courier, ledger: Ledger, claimant: Claimant
) -> list[Outcome]:
    """An outcome for each counter of a request, with the ledger told of it."""
    if (rest := courier.resting) is not None:
        return [rest] * len(slots)
    claims = [
        Claim(
            event.operations[place].key,
            ALWAYS if event.counts_again else event.record.not_applied_before,
        )
        for event, place in slots
    ]
    states = ledger.claim(claims, claimant)
    ours = [index for index, state in enumerate(states) if state is State.OURS]
    outcomes: list[Outcome] = [standing(state) for state in states]
    if not ours:
        return outcomes
    answers = courier.outcomes(Request(tuple(request.operations[index] for index in ours)))
    ledger.write(
        {request.operations[i].key: state_after(one) for i, one in zip(ours, answers, strict=True)},
        claimant,
    )
    for index, answer in zip(ours, answers, strict=True):
        outcomes[index] = counted_once(answer, again=slots[index][0].counts_again)
    return outcomes


def standing(state: State) -> Outcome:
    """What becomes of a counter that is not ours to send."""
    match state:
        case State.DONE:
            return DELIVERED
        case State.UNKNOWN:
            return unknown(UNSETTLED_ELSEWHERE)
        case State.CLAIMED:
            return CLAIMED
        case _:
            return OUT_OF_REACH


def state_after(outcome: Outcome) -> State:
    """What the ledger is to say; a claim that is given back is free for the next."""
    if outcome == DELIVERED:
        return State.DONE
    if isinstance(outcome, Kept) and not outcome.untouched:
        return State.UNKNOWN
    return State.OURS


def counted_once(outcome: Outcome, *, again: bool) -> Outcome:
    """The outcome of a counter that was sent: in doubt not to be repeated, unless told so."""
    if isinstance(outcome, Kept) and not outcome.untouched and not again:
        return unknown(outcome.message, outcome.quote)
    return outcome


def unknown(why: str, quote: str = "") -> Refused:
    """It may have counted, and is not sent again by itself."""
    return Refused(Code.OUTCOME_UNKNOWN, f"not to be repeated after: {why}", quote=quote)
