"""Operations travel to Mixpanel in lanes, and each comes back with its outcome."""

from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import batched, groupby
from typing import Final

from rudder_mixpanel.accounts import Event
from rudder_mixpanel.answers import AskInHalves, Kept, Outcome, Refused, judge
from rudder_mixpanel.batching import LIMITS, Request, requests
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel import Mixpanel
from rudder_mixpanel.operations import Endpoint, Lane

type TimeLeft = Callable[[], int]
# An event and the place of one of its operations
type Slot = tuple[Event, int]

# Milliseconds. A request that starts must be able to end: connecting, writing and waiting together.
TIME_FOR_A_REQUEST: Final = 25_000
# What becomes of counters must be settled, too: an invocation that dies after they were applied
# is repeated, and they with it.
TIME_FOR_COUNTERS: Final = 35_000
# Operations that get an inexplicable answer all alone before that is taken for an outage: the
# first may be at fault itself, and must not hold up the others.
ODD_ANSWERS: Final = 3
# Mixpanel joins events and profiles when it is asked, so these need not wait for each other.
SIDE_BY_SIDE: Final[tuple[Lane, ...]] = ("import", "track", "identity", "engage", "groups")
NO_TIME_LEFT: Final = Kept(Code.NO_TIME_LEFT, "the invocation ends", untouched=True)


class Courier:
    """Carries requests to one endpoint; after a sign of outage there, no more."""

    def __init__(self, mixpanel: Mixpanel, time_left: TimeLeft) -> None:
        self.mixpanel = mixpanel
        self.time_left = time_left
        self.outage: Kept | None = None
        self.odd_answers = 0

    def outcomes(self, request: Request) -> list[Outcome]:
        """An outcome for each operation of a request, asked in halves where one answer is vague."""
        needed = TIME_FOR_A_REQUEST if request.repeatable else TIME_FOR_COUNTERS
        if self.outage is None and self.time_left() < needed:
            self.outage = NO_TIME_LEFT
        if self.outage is not None:
            return [self.outage] * len(request.operations)
        verdict = judge(request, self.mixpanel.send(request))
        if isinstance(verdict, AskInHalves):
            first, second = request.halves()
            return self.outcomes(first) + self.outcomes(second)
        self.watch(verdict)
        return verdict

    def watch(self, verdict: list[Outcome]) -> None:
        """Stop after an answer that bodes ill for the next request, too."""
        sign = next((outcome for outcome in verdict if isinstance(outcome, Kept)), None)
        if sign is None:
            return
        if len(verdict) == 1 and sign.code is Code.UNEXPECTED_ANSWER:
            self.odd_answers += 1
            if self.odd_answers < ODD_ANSWERS:
                return
        self.outage = replace(sign, untouched=True, quote="")


type Couriers = Mapping[Endpoint, Courier]


def couriers(mixpanel: Mixpanel, time_left: TimeLeft) -> Couriers:
    """One for each endpoint, for one invocation: lanes to the same endpoint share its outage."""
    endpoints: tuple[Endpoint, ...] = ("import", "track", "engage", "groups")
    return {endpoint: Courier(mixpanel, time_left) for endpoint in endpoints}


def send_repeatable(events: Iterable[Event], by: Couriers) -> None:
    """Send what may be sent twice, lanes side by side, and settle it."""
    by_lane: dict[Lane, list[list[Slot]]] = {lane: [] for lane in SIDE_BY_SIDE}
    for event in events:
        for place, operation in enumerate(event.operations):
            if event.outcomes[place] is None and operation.repeatable:
                by_lane[operation.lane].append([(event, place)])
    # All lanes have ended when the block ends: a thread that outlived the invocation would be
    # frozen with it, and go on in the next one.
    with ThreadPoolExecutor(len(SIDE_BY_SIDE)) as threads:
        runs = [threads.submit(carry, lane, units, by) for lane, units in by_lane.items() if units]
    for run in runs:
        run.result()


def send_counters(events: Iterable[Event], by: Couriers) -> None:
    """Send what counts twice when sent twice, for events that are delivered but for it.

    All counters of a record share one request, as far as Mixpanel takes so many, so that they are
    applied together or not at all. What may or may not have been applied is refused, never
    repeated.
    """
    slots = [
        (event, place)
        for event in events
        for place, outcome in enumerate(event.outcomes)
        if outcome is None
    ]
    records = [list(record) for _, record in groupby(slots, lambda slot: slot[0].record_id)]
    most = LIMITS["engage"].operations
    units = [list(unit) for record in records for unit in batched(record, most, strict=False)]
    carry("counters", units, by)
    for record in records:
        settle_at_most_once(record)


def settle_at_most_once(record: list[Slot]) -> None:
    """Refuse what is open of a record's counters, unless it is certain that none was applied."""
    outcomes = [event.outcomes[place] for event, place in record]
    if all(isinstance(outcome, Kept) and outcome.untouched for outcome in outcomes):
        return
    for event, place in record:
        outcome = event.outcomes[place]
        if isinstance(outcome, Kept):
            event.outcomes[place] = Refused(
                Code.OUTCOME_UNKNOWN,
                f"not to be repeated after: {outcome.message}",
                quote=outcome.quote,
            )


def carry(lane: Lane, units: list[list[Slot]], by: Couriers) -> None:
    """Send one lane's operations in order, and write each outcome where it belongs."""
    slots = (slot for unit in units for slot in unit)
    for request in requests(
        lane, ([event.operations[place] for event, place in unit] for unit in units)
    ):
        for outcome in by[request.endpoint].outcomes(request):
            event, place = next(slots)
            event.outcomes[place] = outcome
