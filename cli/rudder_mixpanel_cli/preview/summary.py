"""Count the outcomes of all events of a preview."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Final

from rudder_mixpanel_cli.preview.order import AS_THEY_COME

# What the numbers of a line mean, where its name does not say it.
MEANINGS: Final = {"unordered": f", {AS_THEY_COME}"}


@dataclass(slots=True)
class Summary:
    """Counts of events, of requests by endpoint, and of other outcomes by reason."""

    events: int = 0
    requests: Counter[str] = field(default_factory=Counter)
    filtered: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    left_out: Counter[str] = field(default_factory=Counter)
    unordered: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        """One line for each count that is not zero, the most frequent reasons first."""
        counters = {
            "requests": self.requests,
            "filtered": self.filtered,
            "rejected": self.rejected,
            "left out": self.left_out,
            "unordered": self.unordered,
        }
        lines = [f"{'events':<10}{self.events:,}"]
        for name, counter in counters.items():
            if counter:
                reasons = ", ".join(
                    f"{reason}: {count:,}" for reason, count in counter.most_common()
                )
                lines.append(f"{name:<10}{counter.total():,} ({reasons}){MEANINGS.get(name, '')}")
        return "\n".join(lines)
