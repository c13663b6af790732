"""Runs the targets with seeds."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from random import Random
from typing import Any, Final

from rudder_mixpanel.errors import exception_location
from tests.fuzz.deletions import DELETIONS
from tests.fuzz.envelopes import ENVELOPES
from tests.fuzz.mapping import MAPPING
from tests.fuzz.responses import RESPONSES
from tests.fuzz.target import Target

TARGETS: Final[Mapping[str, Target[Any]]] = {
    "envelopes": ENVELOPES,
    "mapping": MAPPING,
    "responses": RESPONSES,
    "deletions": DELETIONS,
}
# Seeds that a process runs in a row
CHUNK: Final = 20


@dataclass(frozen=True, slots=True)
class Finding:
    """What is wrong with the answer to an input."""

    target: str
    seed: int
    complaint: str
    text: str


def run_seeds(seeds: Iterable[int]) -> tuple[Counter[str], list[Finding]]:
    """Run every target with every seed; return how many cases ran, and what they found."""
    counts, findings = Counter[str](), list[Finding]()
    for seed in seeds:
        for name, target in TARGETS.items():
            counts[name] += 1
            findings += run_case(name, target, seed)
    return counts, findings


def run_case(name: str, target: Target[Any], seed: int) -> list[Finding]:
    """Run a target with one seed."""
    case = target.make(Random(seed))  # noqa: S311 - reproducible
    try:
        sentences = list(target.complain(case))
    except Exception as error:  # noqa: BLE001 - any exception is a finding
        sentences = [f"raises {error!r:.200} at {exception_location(error)}"]
    return [Finding(name, seed, sentence, target.show(case)) for sentence in sentences]
