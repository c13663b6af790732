"""The gate before Mixpanel: nothing about a suppressed user passes it, nor what is unknown."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.envelopes import Unreadable
from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.identity import ids_named_by
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.responses import SUPPRESSED, Kept, Outcome
from rudder_mixpanel.suppression import NOBODY, SuppressionLookup

# A request that starts later than that after its users were looked up has them looked up again.
FRESH: Final = timedelta(seconds=3)
# Milliseconds: a call to the table must be able to end, and then one to a queue.
TIME_TO_LOOK_UP: Final = 20_000
UNKNOWN: Final = Kept(
    Code.SUPPRESSION_UNAVAILABLE, "the table of suppressed users does not answer", not_applied=True
)


class SuppressionCheck:
    """What is known of the users of one invocation, and since when."""

    def __init__(self, suppressions: SuppressionLookup, now: Callable[[], datetime]) -> None:
        self.suppressions = suppressions
        self.now = now
        # Since when it is known by which regulations somebody is suppressed, if by any.
        self.known: dict[str, tuple[datetime, frozenset[str]]] = {}
        self.reachable = True

    def suppress(self, events: Iterable[Event]) -> None:
        """Settle, as a whole, what is about suppressed users, or about users who are not known."""
        named = [(event, event.remaining_ids) for event in events]
        self.refresh({one for _, ids in named for one in ids}, afresh=False)
        for event, ids in named:
            if (outcome := self.outcome_for(ids)) is not None:
                event.decide(outcome)

    def suppress_rejected(self, events: Iterable[Event], time_left: Callable[[], int]) -> None:
        """Settle in the same way what was refused: nothing of a suppressed user is put aside.

        What is put aside has all of an event, so that it is about whoever is named in it.
        """
        refused = [event for event in events if event.outcome_name == "rejected"]
        for event in refused:
            if not isinstance(found := event.item, Unreadable):
                event.named_ids = ids_named_by(found)
        if time_left() > TIME_TO_LOOK_UP:
            self.suppress(refused)
        else:
            for event in refused:
                event.decide(UNKNOWN)

    def blocked(
        self, operations: Sequence[Operation], *, afresh: bool = False
    ) -> list[Outcome | None]:
        """Why each may not be sent now; None where it may. With `afresh` nothing old counts."""
        self.refresh({one for operation in operations for one in operation.ids}, afresh=afresh)
        return [self.outcome_for(operation.ids) for operation in operations]

    def refresh(self, ids: Iterable[str], *, afresh: bool) -> None:
        """Look up whoever is unknown, or was looked up too long ago."""
        now = self.now()
        stale = [one for one in ids if afresh or not self.is_fresh(one, now)]
        found = self.suppressions.look_up(stale) if stale and self.reachable else {}
        for one in stale:
            if one in found:
                self.known[one] = (now, found[one])
            else:
                self.known.pop(one, None)
                # An answer that does not come costs seconds: it is not asked for again.
                self.reachable = False

    def is_fresh(self, one: str, now: datetime) -> bool:
        """Whether what is known of somebody is fresh, by a clock that may be set back."""
        since, _ = self.known.get(one, (None, NOBODY))
        return since is not None and timedelta(0) <= now - since <= FRESH

    def outcome_for(self, ids: Iterable[str]) -> Outcome | None:
        """Why nothing may be sent about these; None where it may."""
        # Each asked once: lanes side by side look others up, and forget them, in the meantime.
        known = [self.known.get(one) for one in ids]
        if any(one is not None and one[1] for one in known):
            return SUPPRESSED
        return UNKNOWN if None in known else None

    def count(self, events: Iterable[Event], time_left: Callable[[], int]) -> None:
        """Note for the reports because of which regulations events were not sent."""
        counted: Counter[str] = Counter()
        for event in events:
            if event.outcome_name == "suppressed":
                ids = {*event.named_ids, *(one for each in event.operations for one in each.ids)}
                known = (self.known.get(one, (None, NOBODY)) for one in ids)
                counted.update(NOBODY.union(*(regulations for _, regulations in known)))
        if counted:
            self.suppressions.count(counted, int(self.now().timestamp()), time_left)
