"""What a reconciliation found, and whether that decides anything."""

from dataclasses import dataclass
from datetime import timedelta
from math import floor

from rudder_mixpanel_cli.reconcile.matching import Counts
from rudder_mixpanel_cli.reconcile.period import Period

# Decimals of a percentage: one event of a million is visible.
PRECISION = 10_000


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """The counts of a period, for a stack and its project.

    `kept_days` is for how long the log is kept, None without end. `has_zone` when the project's
    time zone was given. `dynamic_settings` are those by which events can name another project.
    """

    stack: str
    project: str
    period: Period
    counts: Counts
    kept_days: int | None = None
    has_zone: bool = False
    dynamic_settings: tuple[str, ...] = ()

    @property
    def is_conclusive(self) -> bool:
        """Whether the log has all receipts, and what is missing is in no other project.

        Without an event that can be judged, nothing is known: it may be the wrong stack.
        """
        may_be_elsewhere = bool(self.dynamic_settings and self.counts.missing)
        return self.has_all_receipts and not may_be_elsewhere and self.counts.judged > 0

    @property
    def has_all_receipts(self) -> bool:
        """Whether the log still has everything since the first day."""
        if self.kept_days is None:
            return True
        return self.period.now - self.period.earliest_delivery <= timedelta(days=self.kept_days)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is missing, and nothing doubled."""
        return not (self.counts.missing or self.counts.doubled)

    @property
    def completeness(self) -> float | None:
        """How many per cent of the events were found, rounded down; None when that is unknown."""
        counts = self.counts
        if not self.is_conclusive:
            return None
        return floor(100 * PRECISION * (counts.judged - counts.missing) / counts.judged) / PRECISION
