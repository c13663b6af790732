"""No data of a suppressed user is sent to Mixpanel, nor of one who could not be looked up."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any, Final

from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.envelopes import EnvelopeItem, Unreadable, decode_json
from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.message.identity import ids_named_by
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import NO_TIME_LEFT, SUPPRESSED, Kept, Outcome
from rudder_mixpanel.suppression import NOBODY, SuppressionLookup, WrongSuppressionKey

# A request that starts later than this after its users were looked up has them looked up again.
FRESH: Final = timedelta(seconds=3)
# Milliseconds for one call to the table, and one to a queue after it. Less is not enough to ask
# again for what the table throttles, either.
TIME_TO_LOOK_UP: Final = 20_000
UNKNOWN: Final = Kept(
    Code.SUPPRESSION_UNAVAILABLE, "the table of suppressed users does not respond", not_applied=True
)


def readable_content(item: EnvelopeItem) -> Any:
    """What can be read of an event, or of an envelope that is not delivered; None if nothing."""
    if not isinstance(item, Unreadable):
        return item
    try:
        return decode_json(item.body)
    except RejectedEvent:
        return None


class SuppressionCheck:
    """The suppressed users as far as one invocation has looked them up, and when it did."""

    def __init__(self, suppressions: SuppressionLookup, now: Callable[[], datetime]) -> None:
        self.suppressions = suppressions
        self.now = now
        # For each user, when they were looked up, and the regulations that suppress them.
        self.known: dict[str, tuple[datetime, frozenset[str]]] = {}
        self.reachable = True
        # Why a user is unknown.
        self.unknown = UNKNOWN

    def suppress(self, events: Iterable[Event]) -> None:
        """Decide each event that is about a suppressed user, or one who could not be looked up."""
        ids_by_event = [(event, event.remaining_ids) for event in events]
        self.refresh({id_ for _, ids in ids_by_event for id_ in ids}, afresh=False)
        for event, ids in ids_by_event:
            if (outcome := self.outcome_for(ids)) is not None:
                event.decide(outcome)

    def suppress_rejected(self, events: Iterable[Event], time_left: TimeLeft) -> None:
        """Do the same for rejected events, so that no data of a suppressed user is stored.

        The rejected queue stores the whole event, so every user that it names is looked up.
        """
        rejected = [event for event in events if event.outcome_name == "rejected"]
        for event in rejected:
            event.named_ids = ids_named_by(readable_content(event.item))
        if time_left() > TIME_TO_LOOK_UP:
            self.suppress(rejected)
        else:
            for event in rejected:
                event.decide(NO_TIME_LEFT)

    def blocked(
        self, operations: Sequence[Operation], *, afresh: bool = False
    ) -> list[Outcome | None]:
        """Why each operation must not be sent now; None where it may be.

        With `afresh`, all users are looked up again.
        """
        self.refresh({id_ for operation in operations for id_ in operation.ids}, afresh=afresh)
        return [self.outcome_for(operation.ids) for operation in operations]

    def refresh(self, ids: Iterable[str], *, afresh: bool) -> None:
        """Look up the users who are unknown, or were looked up too long ago."""
        now = self.now()
        stale = [*ids] if afresh else self.stale_ids(ids, now)
        found = self.look_up(stale) if stale and self.reachable else {}
        for id_ in stale:
            if id_ in found:
                self.known[id_] = (now, found[id_])
            else:
                self.known.pop(id_, None)
                # A call without a response takes seconds, so no other one is made.
                self.reachable = False

    def look_up(self, ids: Sequence[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each user; those who cannot be looked up are missing."""
        try:
            return self.suppressions.look_up(ids)
        except WrongSuppressionKey as error:
            self.unknown = Kept(error.code, str(error), not_applied=True)
            return {}

    def stale_ids(self, ids: Iterable[str], now: datetime) -> list[str]:
        """The users who were not looked up recently; a clock that was set back means all."""
        known, oldest = self.known, now - FRESH
        return [
            id_ for id_ in ids if (entry := known.get(id_)) is None or not oldest <= entry[0] <= now
        ]

    def outcome_for(self, ids: Iterable[str]) -> Outcome | None:
        """Why nothing may be sent about these users; None when it may."""
        is_unknown = False
        for id_ in ids:
            # Each is read once, since concurrent lanes look up and remove others meanwhile.
            if (entry := self.known.get(id_)) is None:
                is_unknown = True
            elif entry[1]:
                return SUPPRESSED
        return self.unknown if is_unknown else None

    def count(self, suppressed: Iterable[Event], time_left: TimeLeft) -> None:
        """Count suppressed events by regulation, for the reports."""
        counts: Counter[str] = Counter()
        for event in suppressed:
            counts.update(self.regulations_for(event))
        if counts:
            self.suppressions.count(counts, int(self.now().timestamp()), time_left)

    def regulations_for(self, event: Event) -> frozenset[str]:
        """The regulations that suppress any user of an event."""
        ids = event.named_ids.union(*(operation.ids for operation in event.operations))
        entries = (self.known.get(id_, (None, NOBODY)) for id_ in ids)
        return NOBODY.union(*(regulations for _, regulations in entries))
