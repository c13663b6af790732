"""Operations travel to Mixpanel in lanes, and each comes back with its outcome."""

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import groupby
from typing import Final

from rudder_mixpanel.accounts import Event
from rudder_mixpanel.answers import AskInHalves, Kept, Outcome, Refused, judge
from rudder_mixpanel.batching import Request, requests
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel import Mixpanel
from rudder_mixpanel.operations import Lane

type TimeLeft = Callable[[], int]
# An event and the place of one of its operations
type Slot = tuple[Event, int]

# Milliseconds. A request that starts must be able to end: connecting, writing and waiting together.
TIME_FOR_A_REQUEST: Final = 25_000
# Mixpanel joins events and profiles when it is asked, so these need not wait for each other.
SIDE_BY_SIDE: Final[tuple[Lane, ...]] = ("import", "track", "identity", "engage", "groups")
NO_TIME_LEFT: Final = Kept(Code.NO_TIME_LEFT, "the invocation ends", untouched=True)


class Courier:
    """Carries one lane's requests one after the other; after a sign of outage, no more."""

    def __init__(self, mixpanel: Mixpanel, time_left: TimeLeft) -> None:
        self.mixpanel = mixpanel
        self.time_left = time_left
        self.outage: Kept | None = None

    def outcomes(self, request: Request) -> list[Outcome]:
        """An outcome for each operation of a request; asked in halves where one answer says little."""
        if self.outage is None and self.time_left() < TIME_FOR_A_REQUEST:
            self.outage = NO_TIME_LEFT
        if self.outage is not None:
            return [self.outage] * len(request.operations)
        verdict = judge(request, self.mixpanel.send(request))
        if isinstance(verdict, AskInHalves):
            first, second = request.halves()
            return self.outcomes(first) + self.outcomes(second)
        signs = (outcome for outcome in verdict if isinstance(outcome, Kept))
        self.outage = next((replace(sign, untouched=True) for sign in signs), None)
        return verdict


def send_repeatable(events: Iterable[Event], mixpanel: Mixpanel, time_left: TimeLeft) -> None:
    """Send what may be sent twice, lanes side by side, and settle it."""
    by_lane: dict[Lane, list[list[Slot]]] = {lane: [] for lane in SIDE_BY_SIDE}
    for event in events:
        for place, (operation, _) in enumerate(event.parcels):
            if event.outcomes[place] is None and operation.repeatable:
                by_lane[operation.lane].append([(event, place)])
    # All lanes have ended when the block ends: a thread that outlived the invocation would be
    # frozen with it, and go on in the next one.
    with ThreadPoolExecutor(len(SIDE_BY_SIDE)) as threads:
        runs = [
            threads.submit(carry, lane, units, Courier(mixpanel, time_left))
            for lane, units in by_lane.items()
            if units
        ]
    for run in runs:
        run.result()


def send_counters(events: Iterable[Event], mixpanel: Mixpanel, time_left: TimeLeft) -> None:
    """Send what counts twice when sent twice, for events that are delivered but for it.

    All counters of a record share one request, so that they are applied together or not at all.
    What may or may not have been applied is refused, never repeated.
    """
    slots = [
        (event, place)
        for event in events
        for place, outcome in enumerate(event.outcomes)
        if outcome is None
    ]
    units = [list(unit) for _, unit in groupby(slots, lambda slot: slot[0].record_id)]
    carry("counters", units, Courier(mixpanel, time_left))
    for event, place in slots:
        event.outcomes[place] = at_most_once(event.outcomes[place])


def at_most_once(outcome: Outcome | None) -> Outcome | None:
    """A counter that may have been applied is not tried again."""
    if isinstance(outcome, Kept) and not outcome.untouched:
        return Refused(Code.OUTCOME_UNKNOWN, f"sent once, and then: {outcome.message}")
    return outcome


def carry(lane: Lane, units: list[list[Slot]], courier: Courier) -> None:
    """Send one lane's operations in order, and write each outcome where it belongs."""
    slots = (slot for unit in units for slot in unit)
    for request in requests(
        lane, ([event.parcels[place] for event, place in unit] for unit in units)
    ):
        for outcome in courier.outcomes(request):
            event, place = next(slots)
            event.outcomes[place] = outcome
