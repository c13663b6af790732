"""What a comparison has found, counted."""

from collections import Counter
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any, Final

from rudder_mixpanel_cli.compare.artefacts import Artefact
from rudder_mixpanel_cli.compare.index import LeftOver
from rudder_mixpanel_cli.compare.rules import EXPLANATIONS, UNEXPLAINED

# Events by which each finding is shown
MOST_EXAMPLES: Final = 3
# Different findings; of more, the rest counts as one.
MOST_FINDINGS: Final = 1_000
OTHER_PATHS: Final = "(other properties)"
OTHER_NAMES: Final = "(other names)"


@dataclass(frozen=True, slots=True)
class Example:
    """One event of a finding; values are there only when they are to be shown."""

    message_id: str
    values: dict[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that differs, and the key of what explains it, which may be UNEXPLAINED."""

    path: str
    change: str
    key: str

    @property
    def is_of_mixpanel(self) -> bool:
        """Whether Mixpanel itself made the difference, so that nothing needs attention."""
        return isinstance(EXPLANATIONS.get(self.key), Artefact)


@dataclass(slots=True)
class Counted[Counts: Hashable]:
    """How often each of several things was found, with some examples."""

    counts: Counter[Counts] = field(default_factory=Counter)
    examples: dict[Counts, list[Example]] = field(default_factory=dict)

    def add(self, found: Counts, example: Callable[[], Example]) -> None:
        """Count one event, and keep it as an example if there are few."""
        self.counts[found] += 1
        examples = self.examples.setdefault(found, [])
        if len(examples) < MOST_EXAMPLES:
            examples.append(example())


@dataclass(slots=True)
class Account:
    """Everything that a comparison has found.

    `absent` counts events that are sent here and not in Mixpanel, by the key of what explains it;
    `updates` the requests that no export has, and `not_exported` events of names that this export
    does not have. `other_names` counts the events of the export that are not in the input,
    `copies` those that repeat another one, of which Mixpanel shows one, and `doubled` those that
    have the id of another one, and another name, user or time.
    """

    messages: int = 0
    unreadable: int = 0
    held: int = 0
    compared: int = 0
    equal: int = 0
    repeated: int = 0
    updates: int = 0
    not_exported: Counter[str] = field(default_factory=Counter)
    rejected: Counter[str] = field(default_factory=Counter)
    filtered: Counter[str] = field(default_factory=Counter)
    findings: Counted[Finding] = field(default_factory=Counted)
    absent: Counted[str] = field(default_factory=Counted)
    other_names: Counter[str] = field(default_factory=Counter)
    copies: int = 0
    doubled: int = 0
    in_milliseconds: bool = True

    def add_finding(self, finding: Finding, example: Callable[[], Example]) -> None:
        """Count a difference of one event."""
        known = self.findings.counts
        if finding not in known and len(known) >= MOST_FINDINGS:
            finding = Finding(OTHER_PATHS, "", finding.key)
        self.findings.add(finding, example)

    def add_left_over(self, name: str, found: LeftOver) -> None:
        """Count events of the export that match none of the input, under this name."""
        self.copies += found.copies
        self.doubled += found.doubled
        if found.others:
            is_new = name not in self.other_names and len(self.other_names) >= MOST_FINDINGS
            self.other_names[OTHER_NAMES if is_new else name] += found.others

    @property
    def others(self) -> int:
        """Events of the export that are not in the input."""
        return self.other_names.total()

    @property
    def missing(self) -> int:
        """Events that are sent here, and not in Mixpanel without an explanation."""
        return self.absent.counts[UNEXPLAINED]

    @property
    def unexplained(self) -> int:
        """How many differences have no explanation."""
        differences = sum(
            count for finding, count in self.findings.counts.items() if finding.key == UNEXPLAINED
        )
        return differences + self.missing + self.doubled

    @property
    def is_determined(self) -> bool:
        """Whether every event could be read, and there were events to compare."""
        return self.unreadable == 0 and self.compared + self.absent.counts.total() > 0
