"""The gate before Mixpanel: nothing about a suppressed user passes it, nor what is unknown."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final

from rudder_mixpanel.accounts import Event
from rudder_mixpanel.answers import SUPPRESSED, Kept, Outcome
from rudder_mixpanel.errors import Code
from rudder_mixpanel.operations import Operation
from rudder_mixpanel.suppression import Suppressions

# A request that starts later than that after its users were looked up has them looked up again.
BELIEVED: Final = timedelta(seconds=3)
UNKNOWN: Final = Kept(
    Code.SUPPRESSION_UNAVAILABLE, "the table of suppressed users does not answer", untouched=True
)


class Gate:
    """What is known of the users of one invocation, and since when."""

    def __init__(self, suppressions: Suppressions, now: Callable[[], datetime]) -> None:
        self.suppressions = suppressions
        self.now = now
        self.known: dict[str, tuple[datetime, bool]] = {}
        self.reachable = True

    def hold_back(self, events: Iterable[Event]) -> None:
        """Settle what is about suppressed users, or about users of whom nothing is known."""
        open_slots = [
            (event, place, operation)
            for event in events
            for place, operation in enumerate(event.operations)
            if event.outcomes[place] is None
        ]
        held = self.held([operation for _, _, operation in open_slots])
        for (event, place, _), outcome in zip(open_slots, held, strict=True):
            event.outcomes[place] = outcome

    def held(
        self, operations: Sequence[Operation], *, afresh: bool = False
    ) -> list[Outcome | None]:
        """Why each may not be sent now; None where it may. With `afresh` nothing old counts."""
        self.ask({one for operation in operations for one in operation.ids}, afresh=afresh)
        return [self.verdict(operation) for operation in operations]

    def ask(self, ids: Iterable[str], *, afresh: bool) -> None:
        """Look up whoever is unknown, or was looked up too long ago."""
        now = self.now()
        stale = [one for one in ids if afresh or not self.believed(one, now)]
        found = self.suppressions.look_up(stale) if stale and self.reachable else {}
        for one in stale:
            if one in found:
                self.known[one] = (now, found[one])
            else:
                self.known.pop(one, None)
                # An answer that does not come costs seconds: it is not asked for again.
                self.reachable = False

    def believed(self, one: str, now: datetime) -> bool:
        """Whether what is known of somebody is fresh, by a clock that may be set back."""
        since, _ = self.known.get(one, (None, False))
        return since is not None and timedelta(0) <= now - since <= BELIEVED

    def verdict(self, operation: Operation) -> Outcome | None:
        """Why an operation may not be sent; None where it may."""
        # Each asked once: lanes side by side look others up, and forget them, in the meantime.
        known = [self.known.get(one) for one in operation.ids]
        if any(one is not None and one[1] for one in known):
            return SUPPRESSED
        return UNKNOWN if None in known else None

    def count(self, events: Iterable[Event], time_left: Callable[[], int]) -> None:
        """Note for the reports whose events were not sent."""
        counted: Counter[str] = Counter()
        for event in events:
            if event.fate == "suppressed":
                named = {one for operation in event.operations for one in operation.ids}
                counted.update(one for one in named if self.known.get(one, (None, False))[1])
        if counted:
            self.suppressions.count(counted, int(self.now().timestamp()), time_left)
