"""One rule, and the grades of its evidence."""

from dataclasses import dataclass
from typing import Final

# Documented; seen in published exchanges; stated by a Mixpanel employee; inferred.
DOC, LIVE, EMP, INF = "DOC", "LIVE", "EMP", "INF"
DOC_LIVE, DOC_EMP, DOC_INF = "DOC, LIVE", "DOC, EMP", "DOC, INF"
LIVE_INF, EMP_INF, EMP_LIVE_INF = "LIVE, INF", "EMP, INF", "EMP, LIVE, INF"
DOC_EMP_INF: Final = "DOC, EMP, INF"
DOC_LIVE_INF: Final = "DOC, LIVE, INF"


@dataclass(frozen=True, slots=True)
class Rule:
    """How Mixpanel responds to a request; with `violation`, the emulator records a violation."""

    id: str
    endpoints: tuple[str, ...]
    trigger: str
    answer: str
    source: str
    grade: str
    violation: bool = False


V: Final = True
