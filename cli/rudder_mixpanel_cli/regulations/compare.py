"""Compares a filed report with the record, field by field.

A record goes on after a report was made: notes are added, states move forward, and identifiers are
deleted. What cannot have changed in this way contradicts.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from rudder_mixpanel.regulations.model import FINAL
from rudder_mixpanel.regulations.task import LEAST_NOTES

HISTORY: Final = "deletion.history"
STATES: Final = frozenset({"regulation.state", "deletion.state"})
# The states to which a regulation that was final can still change.
AFTER_FINAL: Final = {
    "suppressed": {"cancelling", "canceled"},
    "completed": {"cancelling"},
    "failed": {"cancelling"},
}
# Fields that only grow: times in ISO 8601, and counts.
GROWING: Final = frozenset(
    {
        "reportedAt",
        "suppression.eventsNotSent",
        "suppression.lastEventNotSentAt",
        "remains.backupsOfTheRegulationUntil",
    }
)
# Fields that are empty until something happens, and do not change after it.
SET_ONCE: Final = frozenset(
    {
        "regulation.effectiveAt",
        "suppression.effectiveAt",
        "suppression.canceledBy",
        "suppression.canceledAt",
        "suppression.liftedAt",
        "remains.identifiersUntil",
        "remains.rejectedQueueUntil",
        "remains.deadLetterQueueUntil",
        "remains.undeliveredByEventBridgeQueueUntil",
        "remains.profileUpdateTimesDeletedAt",
        "remains.backupsOfProfileUpdateTimesUntil",
        *GROWING,
    }
)
# Fields that follow from what Mixpanel is asked and answers, until the regulation is final.
OF_THE_DELETION: Final = (
    "deletion.",
    "regulation.deletes",
    "regulation.deletionContinues",
    "regulation.expectedCompletionAt",
    "regulation.completedAt",
)
# Identifiers, which are deleted in time, and are shown only to some tokens.
IDENTIFIERS: Final = frozenset({"regulation.attributes", "remains.identifiersUntil", "givenUser"})
# Fields that change only from this value.
ONE_WAY: Final = {"regulation.canceled": False, "remains.identifiersStored": True}
# Fields that follow from the parameters of the stack.
OF_THE_STACK: Final = frozenset({"remains.messageIdsInLogsUntil"})
# Fields whose words depend on the version that made the report.
WORDS: Final = ("version", "notCovered", "deletion.leaves")
MISSING: Final = None


@dataclass(slots=True)
class Comparison:
    """What a comparison has found; each field as a line for people."""

    equal: int = 0
    changes: list[str] = field(default_factory=list)
    contradictions: list[str] = field(default_factory=list)
    not_compared: list[str] = field(default_factory=list)


def compare_reports(filed: dict[str, Any], recorded: dict[str, Any]) -> Comparison:
    """Compare every field of a filed report with the record."""
    comparison = Comparison()
    before, now = dict(flatten(filed)), dict(flatten(recorded))
    state = before.get("deletion.state", "")
    same_version = filed.get("version") == recorded.get("version")
    for name in dict.fromkeys([*before, *now]):
        old, new = before.get(name, MISSING), now.get(name, MISSING)
        line = f"{name}: filed {old!r}, recorded {new!r}"
        if old == new:
            comparison.equal += 1
        elif name == HISTORY:
            compare_histories(old or [], new or [], str(filed.get("reportedAt")), comparison)
        elif not same_version and not (name in before and name in now):
            comparison.not_compared.append(f"{line}; the reports are of different versions")
        elif name == "aboutThisUser" and new is MISSING:
            comparison.not_compared.append(f"{name}: filed {old!r}; give the id with --user")
        elif may_change(name, old, new, state=str(state), same_version=same_version):
            comparison.changes.append(line)
        else:
            comparison.contradictions.append(line)
    return comparison


def flatten(value: Any, name: str = "") -> Iterator[tuple[str, Any]]:
    """The fields of an object by their path; lists stay whole."""
    if not isinstance(value, dict) or not value or name in {"regulation.attributes", "givenUser"}:
        yield name, value
        return
    for key, inner in value.items():
        yield from flatten(inner, f"{name}.{key}" if name else key)


def may_change(name: str, old: Any, new: Any, *, state: str, same_version: bool) -> bool:
    """Whether the record can have changed in this way since a report in this state was made."""
    is_open = state not in FINAL
    if name in STATES:
        return new != "accepting" and (is_open or new in AFTER_FINAL.get(state, ()))
    return (
        (name in GROWING and is_more(old, new))
        or (name in SET_ONCE and not old)
        or (name in ONE_WAY and bool(old) is ONE_WAY[name])
        or (name in IDENTIFIERS and not (old and new))
        or (name in WORDS and not same_version)
        or name in OF_THE_STACK
        or (is_open and (name in WORDS or name.startswith(OF_THE_DELETION)))
    )


def is_more(old: Any, new: Any) -> bool:
    """Whether a count has grown, or a time is later."""
    return type(old) is type(new) and bool(old < new)


def compare_histories(
    old: list[dict[str, Any]], new: list[dict[str, Any]], made_at: str, comparison: Comparison
) -> None:
    """Compare two histories: notes may be repeated and added, and of many only some are kept."""
    added, place = list(new), 0
    for note in old:
        found = next((n for n in range(place, len(added)) if continues(note, added[n])), None)
        if found is not None:
            comparison.equal += note == added[found]
            place = found
            del added[found]
        elif len(new) >= LEAST_NOTES:
            comparison.not_compared.append(f"{HISTORY}: no longer kept: {describe(note)}")
        else:
            comparison.contradictions.append(f"{HISTORY}: not in the record: {describe(note)}")
    for note in added:
        # A note from before the report was made would be in it.
        is_later = str(note.get("at")) >= made_at
        lines = comparison.changes if is_later else comparison.contradictions
        lines.append(f"{HISTORY}: not in the filed report: {describe(note)}")


def continues(old: dict[str, Any], new: dict[str, Any]) -> bool:
    """Whether a note of the record is a filed one, perhaps repeated since."""
    same = all(old.get(name) == new.get(name) for name in ("at", "what"))
    return same and (old == new or times(old) < times(new))


def times(note: dict[str, Any]) -> int:
    """How often a note was repeated."""
    count = note.get("times", 1)
    return count if isinstance(count, int) else 0


def describe(note: dict[str, Any]) -> str:
    """A note in one line."""
    return f"{note.get('at')} {note.get('what')}"
