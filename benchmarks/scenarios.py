"""The batches that are delivered to measure an invocation."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Scenario:
    """A batch: the share of its events that have one counter, and whether newer updates win.

    Without a share, the events are the workload's own, of which some have several counters.
    """

    name: str
    share: float | None
    newer_wins: bool

    @property
    def settings(self) -> dict[str, str]:
        """The settings that it needs; a revision that does not know them ignores them."""
        return {"profileUpdates": "newer-wins" if self.newer_wins else "as-they-come"}


# Of 2,000 events, the workload's own have this many counters.
OWN_COUNTERS: Final = "500 counters"
MIXES: Final[dict[str, float | None]] = {
    "no counters": 0.0,
    "0.2 counters an event": 0.2,
    "0.9 counters an event": 0.9,
    OWN_COUNTERS: None,
}
SCENARIOS: Final = tuple(
    Scenario(f"{mix}, {order}", share, newer_wins=order == "newer wins")
    for mix, share in MIXES.items()
    for order in ("as they come", "newer wins")
)
