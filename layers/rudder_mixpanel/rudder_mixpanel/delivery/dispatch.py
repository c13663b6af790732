"""Operations travel to Mixpanel in lanes, and each comes back with its outcome."""

import re
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from http import HTTPStatus
from typing import Final

from rudder_mixpanel.aws.sqs import TimeLeft
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.suppression_check import SuppressionCheck
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import LIMITS, Request, RequestLimit, pack_requests
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.mixpanel.operations import LANES, Endpoint, Lane
from rudder_mixpanel.mixpanel.responses import (
    DELIVERED,
    SMALL,
    Kept,
    MixpanelResponse,
    Outcome,
    Rejected,
    Split,
    interpret_response,
)

# An event and the place of one of its operations
type Slot = tuple[Event, int]

# Milliseconds. A request that starts must be able to end: connecting, writing and waiting together
# take fifteen seconds, the ledger some, and the queues are left their ten.
TIME_FOR_A_REQUEST: Final = 29_000
# Operations that get an inexplicable answer all alone before that is taken for an outage: the
# first may be at fault itself, and must not hold up the others.
ODD_ANSWERS: Final = 3
# Mixpanel joins events and profiles when it is asked, so these need not wait for each other.
SIDE_BY_SIDE: Final[tuple[Lane, ...]] = ("import", "track", "identity", "engage", "groups")
# Operations that are refused alone, in the same words but for ids, before any was taken: then these
# words are about the project, or the request, and no event's own fault.
SAME_WORDS: Final = 3
# What differs from one request to the next without meaning anything.
ID: Final = re.compile(r"[0-9a-f]*[0-9][0-9a-f]*(-[0-9a-f]+)*", re.IGNORECASE)
COMPLAINT: Final = Kept(
    Code.UNEXPECTED_ANSWER, "refused in the same words, one after the other", not_applied=True
)
NO_TIME_LEFT: Final = Kept(Code.NO_TIME_LEFT, "the invocation ends", not_applied=True)


class Sender:
    """Carries requests to one endpoint; after a sign of outage there, no more."""

    def __init__(
        self, mixpanel: IngestionClient, time_left: TimeLeft, gate: SuppressionCheck
    ) -> None:
        self.mixpanel = mixpanel
        self.time_left = time_left
        self.suppression_check = gate
        self.outage: Kept | None = None
        self.unexplained_responses = 0
        self.complaints: list[str] = []
        self.has_delivered = False
        # Profiles of which an update is kept: those after it must not overtake it.
        self.kept_profiles: dict[tuple[str, ...], Kept] = {}

    @property
    def blocked_by(self) -> Kept | None:
        """Why no further request is made in this invocation; None when one may be."""
        if self.outage is None and self.time_left() < TIME_FOR_A_REQUEST:
            self.outage = NO_TIME_LEFT
        return self.outage

    def send(self, request: Request, *, again: bool = False) -> list[Outcome]:
        """An outcome for each operation of a request, whose users are looked up again if need be.

        `again` when Mixpanel was asked before: whoever was suppressed meanwhile stays out of it.
        """
        if (rest := self.blocked_by) is not None:
            return [rest] * len(request.operations)
        held = self.suppression_check.blocked(request.operations, afresh=again)
        if self.kept_profiles:
            both = zip(request.operations, held, strict=True)
            held = [why or self.kept_profiles.get(one.profile) for one, why in both]
        # Looking users up takes time, too.
        if (rest := self.blocked_by) is not None:
            return [why or rest for why in held]
        passing = tuple(
            one for one, why in zip(request.operations, held, strict=True) if why is None
        )
        if len(passing) == len(held):
            return self.request_outcomes(request)
        answers = iter(self.request_outcomes(Request(passing)) if passing else ())
        return [next(answers) if why is None else why for why in held]

    def reconsider(self, outcomes: list[Outcome]) -> list[Outcome]:
        """The same, but nothing rejected for what turned out to be a complaint about everything."""
        if self.outage is not COMPLAINT:
            return outcomes
        return [COMPLAINT if complaint_of(one) in self.complaints else one for one in outcomes]

    def request_outcomes(self, request: Request) -> list[Outcome]:
        """An outcome for each operation, asked in halves where one answer is vague."""
        answer = self.mixpanel.send(request)
        verdict = interpret_response(request, answer)
        if isinstance(verdict, Split):
            first, second = request.halves()
            if (
                isinstance(answer, MixpanelResponse)
                and answer.status == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
            ):
                half = max(len(first.body), len(second.body), SMALL)
                self.mixpanel.most_bytes[request.endpoint] = half
            return self.send(first, again=True) + self.send(second, again=True)
        self.note_outcomes(verdict)
        for one, outcome in zip(request.operations, verdict, strict=True):
            if isinstance(outcome, Kept) and (profile := one.profile):
                self.kept_profiles[profile] = replace(outcome, not_applied=True, quote="")
        return verdict

    def note_outcomes(self, verdict: list[Outcome]) -> None:
        """Stop after an answer that bodes ill for the next request, too."""
        self.has_delivered = self.has_delivered or DELIVERED in verdict
        if len(verdict) == 1 and (words := complaint_of(verdict[0])) and not self.has_delivered:
            self.complaints.append(words)
            if self.complaints.count(words) == SAME_WORDS:
                self.outage = COMPLAINT
        sign = next((outcome for outcome in verdict if isinstance(outcome, Kept)), None)
        if sign is None:
            return
        if len(verdict) == 1 and sign.code is Code.UNEXPECTED_ANSWER:
            self.unexplained_responses += 1
            if self.unexplained_responses < ODD_ANSWERS:
                return
        self.outage = replace(sign, not_applied=True, quote="")


def complaint_of(outcome: Outcome) -> str:
    """The complaint by which an operation was refused alone; none, where it was named in a list."""
    if isinstance(outcome, Rejected) and outcome.code is Code.REFUSED_BY_MIXPANEL:
        return "" if outcome.field else ID.sub("#", outcome.quote)
    return ""


type Senders = Mapping[Endpoint, Sender]


def senders_for(mixpanel: IngestionClient, time_left: TimeLeft, gate: SuppressionCheck) -> Senders:
    """One for each endpoint, for one invocation: lanes to the same endpoint share its outage."""
    endpoints: tuple[Endpoint, ...] = ("import", "track", "engage", "groups")
    return {endpoint: Sender(mixpanel, time_left, gate) for endpoint in endpoints}


def unsent_slots(events: Iterable[Event], *, repeatable: bool) -> Iterator[tuple[Lane, Slot]]:
    """The operations without an outcome, those that may be repeated or the others."""
    for event in events:
        for place, operation in enumerate(event.operations):
            if event.outcomes[place] is None and operation.repeatable is repeatable:
                yield operation.lane, (event, place)


def send_repeatable(events: Iterable[Event], by: Senders) -> None:
    """Send what may be sent twice, lanes side by side, and settle it."""
    by_lane: dict[Lane, list[Slot]] = {lane: [] for lane in SIDE_BY_SIDE}
    for lane, slot in unsent_slots(events, repeatable=True):
        by_lane[lane].append(slot)
    # All lanes have ended when the block ends: a thread that outlived the invocation would be
    # frozen with it, and go on in the next one.
    with ThreadPoolExecutor(len(SIDE_BY_SIDE)) as threads:
        runs = [
            threads.submit(send_lane, lane, slots, by) for lane, slots in by_lane.items() if slots
        ]
    for run in runs:
        run.result()


def send_lane(lane: Lane, slots: list[Slot], by: Senders) -> None:
    """Send one lane's operations in order, and write each outcome where it belongs."""
    places = iter(slots)
    operations = (event.operations[place] for event, place in slots)
    for request in pack_requests(operations, partial(limit_of, lane, by)):
        courier = by[request.endpoint]
        for outcome in courier.reconsider(courier.send(request)):
            event, place = next(places)
            event.outcomes[place] = outcome


def limit_of(lane: Lane, by: Senders) -> RequestLimit:
    """What one request of a lane may hold, as far as is known now."""
    limit, endpoint = LIMITS[lane], LANES[lane]
    most = by[endpoint].mixpanel.most_bytes.get(endpoint)
    return limit if most is None else replace(limit, bytes=min(limit.bytes, most))
