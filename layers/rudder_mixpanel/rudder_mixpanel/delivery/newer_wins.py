"""Updates of profiles are sent so that newer values win.

Around the request that carries a profile's updates, the invocation has the lease of the profile's
history. What is older than the properties it sets is not sent; what was accepted is written into
the history when the lease ends. docs/decisions/0020 has the reasons.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.lanes import Slot, limit_of, operation_of, unsent_slots
from rudder_mixpanel.delivery.ledger import TIME_FOR_A_CLAIM
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.delivery.profile_place import ProfilePlace, place_of
from rudder_mixpanel.delivery.sender import Sender, Senders
from rudder_mixpanel.errors import Code, TableUnavailable
from rudder_mixpanel.mixpanel.batching import Request, pack_requests
from rudder_mixpanel.mixpanel.operations import LANES, Lane, Operation
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, NO_TIME_LEFT, SUPERSEDED, Kept, Outcome
from rudder_mixpanel.profiles.history import History
from rudder_mixpanel.profiles.store import NoLease, ProfileItem, ProfileStore, Release
from rudder_mixpanel.profiles.updates import ProfileUpdate, late_update, newer_part

# Seconds after the time limit of an invocation until its leases end: a request whose outcome is
# unknown must not arrive after one that is sent later.
LEASE_MARGIN: Final = 60
# Milliseconds. Before the request, which needs as much as after a claim, the table is read and
# written.
TIME_FOR_A_LEASE: Final = TIME_FOR_A_CLAIM + 3_000
# Seconds in which a busy profile is tried again, and the longest pause before that.
PATIENCE: Final = 2.0
LONGEST_PAUSE: Final = 0.1

BUSY: Final = Kept(
    Code.PROFILE_BUSY, "another invocation is updating the profile", not_applied=True
)
UNAVAILABLE: Final = Kept(
    Code.PROFILE_ORDER_UNAVAILABLE, "the table of profiles does not respond", not_applied=True
)
# It was applied, but its time is not in the history.
NOT_NOTED: Final = replace(UNAVAILABLE, not_applied=False)


@dataclass(frozen=True, slots=True)
class PlannedUpdate:
    """An update of which something is to be sent."""

    slot: Slot
    place: ProfilePlace
    update: ProfileUpdate


class NewerWins:
    """Sends updates of profiles in the order of their stamps, for one invocation.

    `patience` is how many seconds it tries a busy profile again. `forgotten` counts the properties
    for which a history had no room.
    """

    def __init__(self, store: ProfileStore, invocation: Invocation) -> None:
        self.store = store
        self.invocation = invocation
        self.patience = PATIENCE
        self.is_reachable = True
        self.forgotten = 0

    @property
    def now(self) -> float:
        """The time, in seconds since 1970."""
        return self.invocation.now().timestamp()

    def send(self, lane: Lane, slots: list[Slot], senders: Senders) -> None:
        """Send the updates of a stream; those of a profile that stays busy get no outcome."""
        sender = senders[LANES[lane]]
        unsent = sorted(slots, key=lambda slot: operation_of(slot).stamp)
        # Pauses count by themselves, too: a clock can be set back.
        begun, waited = self.now, 0.0
        while unsent:
            remaining = iter(unsent)
            operations = map(operation_of, unsent)
            for request in pack_requests(operations, partial(limit_of, lane, senders)):
                self.send_request([next(remaining) for _ in request.operations], sender)
            unsent = [slot for slot in unsent if has_no_outcome(slot)]
            if sender.blocked_by is not None or max(self.now - begun, waited) >= self.patience:
                return
            waited += self.invocation.pause(LONGEST_PAUSE)

    def send_request(self, slots: Sequence[Slot], sender: Sender) -> None:
        """Send the updates of one request, as far as their profiles are free."""
        if not (allowed := self.allowed_slots(slots, sender)):
            return
        token = sender.mixpanel.destination.token
        places = [place_of(operation_of(slot), token, self.store.key) for slot in allowed]
        if (items := self.read({place.id for place in places})) is None:
            decide(allowed, UNAVAILABLE)
            return
        updates = plan_updates(allowed, places, items)
        until = int(self.now + self.invocation.time_left() / 1000) + LEASE_MARGIN
        leases = self.lease({planned.place.id for planned in updates}, items, until)
        decide(
            [
                planned.slot
                for planned in updates
                if leases[planned.place.id] is NoLease.UNREACHABLE
            ],
            UNAVAILABLE,
        )
        versions = {id_: lease for id_, lease in leases.items() if isinstance(lease, str)}
        leased = [planned for planned in updates if planned.place.id in versions]
        if leased:
            outcomes = sender.send(Request(tuple(planned.update.operation for planned in leased)))
            self.settle(list(zip(leased, outcomes, strict=True)), versions, items, until)

    def allowed_slots(self, slots: Sequence[Slot], sender: Sender) -> list[Slot]:
        """The updates that may be sent now; the others get their outcomes.

        Users are looked up before the table is touched: a suppressed user's items are deleted, and
        none must be made after that.
        """
        request = Request(tuple(map(operation_of, slots)))
        reason = sender.reason_to_keep(request)
        if reason is None and self.invocation.time_left() < TIME_FOR_A_LEASE:
            reason = NO_TIME_LEFT
        if reason is not None:
            decide(slots, reason)
            return []
        blocked = sender.blocked_operations(request, again=False)
        for slot, outcome in zip(slots, blocked, strict=True):
            if outcome is not None:
                decide([slot], outcome)
        return [slot for slot, outcome in zip(slots, blocked, strict=True) if outcome is None]

    def read(self, ids: Collection[str]) -> dict[str, ProfileItem] | None:
        """The items; None when the table is out of reach, and from then on."""
        if not self.is_reachable:
            return None
        try:
            return self.store.read(ids)
        except TableUnavailable:
            self.is_reachable = False
            return None

    def lease(
        self, ids: Collection[str], items: Mapping[str, ProfileItem], until: int
    ) -> dict[str, str | NoLease]:
        """Take the leases of the profiles that are free: the version of each, or why not."""
        now = int(self.now)
        free = {id_: items[id_] for id_ in ids if not items[id_].is_leased(now)}
        taken = self.store.lease(free, until) if free else {}
        return {id_: taken.get(id_, NoLease.BUSY) for id_ in ids}

    def settle(
        self,
        sent: Sequence[tuple[PlannedUpdate, Outcome]],
        versions: Mapping[str, str],
        items: Mapping[str, ProfileItem],
        until: int,
    ) -> None:
        """Write what was accepted into the histories, end the leases, and set the outcomes.

        The lease of an update that Mixpanel may still apply stays until then. One that was accepted
        is delivered only when that is written.
        """
        by_item: defaultdict[str, list[tuple[PlannedUpdate, Outcome]]] = defaultdict(list)
        for planned, outcome in sent:
            by_item[planned.place.id].append((planned, outcome))
        releases: dict[str, Release] = {}
        for id_, group in by_item.items():
            accepted = [planned for planned, outcome in group if outcome == DELIVERED]
            is_open = any(may_be_applied(outcome) for _, outcome in group)
            if accepted or not is_open:
                history = self.noted(items[id_].history, accepted)
                releases[id_] = Release(versions[id_], history, until if is_open else 0)
        written = self.store.release(releases, int(self.now)) if releases else ()
        for planned, outcome in sent:
            is_written = planned.place.id in written
            decide([planned.slot], settled_outcome(planned, outcome, is_written=is_written))

    def noted(self, history: bytes, accepted: Iterable[PlannedUpdate]) -> bytes:
        """An encoded history, with what was accepted."""
        decoded = History.decode(history)
        for planned in accepted:
            decoded.note(planned.update.names, operation_of(planned.slot).stamp)
        self.forgotten += decoded.excess
        return decoded.encode()

    def late_counters(self, operations: Sequence[Operation], sender: Sender) -> list[Operation]:
        """The counters as they are sent.

        One that is older than the newest update of its user's profile changes neither location nor
        "last seen". So does one for which that is not known, because another invocation is updating
        the profile, or the table is out of reach: what a counter adds does not depend on the order.
        """
        token = sender.mixpanel.destination.token
        places = [place_of(operation, token, self.store.key) for operation in operations]
        items = self.read({place.id for place in places}) or {}
        now = int(self.now)
        return [
            late_update(operation)
            if is_late(operation, place, items.get(place.id), now)
            else operation
            for operation, place in zip(operations, places, strict=True)
        ]


def plan_updates(
    slots: Sequence[Slot], places: Sequence[ProfilePlace], items: Mapping[str, ProfileItem]
) -> list[PlannedUpdate]:
    """The updates of which something is to be sent; the others are superseded.

    Those of an item follow each other, in order: one history is decoded at a time, since that takes
    eight times its room. Thousands of full ones would exceed the function's memory.
    """
    by_item: defaultdict[str, list[tuple[Slot, ProfilePlace]]] = defaultdict(list)
    for slot, place in zip(slots, places, strict=True):
        by_item[place.id].append((slot, place))
    updates: list[PlannedUpdate] = []
    for id_, group in by_item.items():
        history = History.decode(items[id_].history)
        for slot, place in group:
            update = newer_part(operation_of(slot), history, place.names)
            if update is None:
                decide([slot], SUPERSEDED)
            else:
                updates.append(PlannedUpdate(slot, place, update))
    return updates


def is_late(operation: Operation, place: ProfilePlace, item: ProfileItem | None, now: int) -> bool:
    """Whether an update is, or may be, older than the newest of its profile."""
    if item is None or item.is_leased(now):
        return True
    return History.decode(item.history).newest(place.names) > operation.stamp


def may_be_applied(outcome: Outcome) -> bool:
    """Whether Mixpanel may have applied an update, or may apply it yet, without saying so."""
    return isinstance(outcome, Kept) and not outcome.not_applied


def settled_outcome(planned: PlannedUpdate, outcome: Outcome, *, is_written: bool) -> Outcome:
    """The outcome of an update that was sent."""
    if outcome != DELIVERED:
        return outcome
    if not is_written:
        return NOT_NOTED
    return SUPERSEDED if planned.update.superseded else outcome


def decide(slots: Iterable[Slot], outcome: Outcome) -> None:
    """Set the outcome of these operations."""
    for event, index in slots:
        event.outcomes[index] = outcome


def has_no_outcome(slot: Slot) -> bool:
    """Whether an operation is still to be sent."""
    event, index = slot
    return event.outcomes[index] is None


def keep_busy(events: Iterable[Event]) -> None:
    """Keep the updates whose profiles stayed busy until the end of the invocation."""
    decide([slot for _, slot in unsent_slots(events, repeatable=True)], BUSY)
