"""The figures of docs/performance.md beside their goals."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from benchmarks.cold_start import STARTS
from benchmarks.scenarios import OWN_COUNTERS

# Batches that are delivered at a time, unless the parameter says otherwise.
CONCURRENCY: Final = 10
MILLISECONDS: Final = 1000

type Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class BatchGoals:
    """What is wanted of a batch: processor time as a ratio, seconds, events a second."""

    processor_ratio: float
    seconds: float
    events_a_second: int
    peak_mb: int = 130


GOALS: Final = {
    f"{OWN_COUNTERS}, as they come": BatchGoals(0.4, 1.2, 16_000),
    f"{OWN_COUNTERS}, newer wins": BatchGoals(0.6, 1.4, 14_000),
}


class Figure(NamedTuple):
    """One row: what is measured, this version, the reference, their ratio, and the goal."""

    what: str
    present: str
    reference: str = ""
    ratio: str = ""
    goal: str = ""


def compared_figures(figures: Json) -> Iterator[Figure]:
    """The figures in the order in which they are shown."""
    yield from mapping_figures(figures["mapping"])
    invocations = figures["invocations"]
    for scenario, summary in invocations["scenarios"].items():
        yield from batch_figures(scenario, summary, invocations["events"])
    for start in STARTS:
        ratio = figures["starts"][start.function]["ratio"]
        what = f"cold start of {start.function}, times a handler that only makes the same clients"
        yield Figure(what, f"{ratio:.2f}", goal=f"≤ {start.goal}")


def mapping_figures(mapping: Json) -> Iterator[Figure]:
    """What mapping costs."""
    yield Figure(
        "mapping, times the floor: decoding, encoding and compressing the same",
        f"{mapping['times_the_floor']:.2f}",
        goal="≤ 2.2",
    )
    yield Figure("mapping, µs an event", f"{mapping['us_per_event']:.1f}", goal="≤ 25")


def batch_figures(scenario: str, summary: Json, events: int) -> Iterator[Figure]:
    """What the delivery of one batch costs."""
    present, reference, ratios = summary["present"], summary["against"], summary["ratios"]
    goals = GOALS.get(scenario)
    yield Figure(
        f"{scenario}: ms of processor",
        f"{present['processor_ms']:,.0f}",
        f"{reference['processor_ms']:,.0f}",
        f"{ratios['processor_ms']:.2f}",
        f"ratio ≤ {goals.processor_ratio}" if goals else "",
    )
    yield Figure(
        f"{scenario}: seconds",
        f"{present['wall_ms'] / MILLISECONDS:.2f}",
        f"{reference['wall_ms'] / MILLISECONDS:.2f}",
        f"{ratios['wall_ms']:.2f}",
        f"≤ {goals.seconds}" if goals else "",
    )
    if not goals:
        return
    yield Figure(
        f"{scenario}: peak MB",
        f"{present['peak_mb']:.0f}",
        f"{reference['peak_mb']:.0f}",
        f"{ratios['peak_mb']:.2f}",
        f"≤ {goals.peak_mb}",
    )
    now, before = (rate(used["wall_ms"], events) for used in (present, reference))
    yield Figure(
        f"{scenario}: events a second at `MaximumConcurrency` {CONCURRENCY}, computed",
        f"{now:,.0f}",
        f"{before:,.0f}",
        f"{now / before:.2f}",
        f"≥ {goals.events_a_second:,}",
    )


def rate(wall_ms: float, events: int) -> float:
    """Events a second when batches follow each other without a pause, several at a time."""
    return CONCURRENCY * events / wall_ms * MILLISECONDS
