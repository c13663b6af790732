"""Compares what the deliveries of two revisions used, from measurements in alternating rounds."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from statistics import median
from typing import Any, Final

from rich.table import Table

from benchmarks.delivering import Measurement

# Measurements of one scenario, by the name of the revision; each list has one of each round.
type Rounds = Mapping[str, Sequence[Measurement]]
type Json = dict[str, Any]

RATIOS: Final = "ratios"

QUANTITIES: Final[dict[str, Callable[[Measurement], float]]] = {
    "processor_ms": lambda measurement: measurement.processor_ms,
    "wall_ms": lambda measurement: measurement.wall_ms,
    "peak_mb": lambda measurement: measurement.peak_mb,
}


def summarize(rounds: Rounds) -> Json:
    """The medians of each revision, and the ratios of the first revision to the second.

    A ratio is the median of the rounds' own ratios: both revisions of a round were measured at
    nearly the same time, when the machine had the same other work.
    """
    summary: Json = {name: medians(measurements) for name, measurements in rounds.items()}
    if len(rounds) > 1:
        new, old = list(rounds.values())
        summary[RATIOS] = {name: ratio(new, old, read) for name, read in QUANTITIES.items()}
    return summary


def medians(measurements: Sequence[Measurement]) -> Json:
    """The medians of one revision; every round has the same requests and calls, but for repeats."""
    last = measurements[-1]
    return {
        **{name: round(median(map(read, measurements)), 1) for name, read in QUANTITIES.items()},
        "requests": dict(last.requests),
        "calls": dict(last.calls),
    }


def ratio(
    new: Iterable[Measurement], old: Iterable[Measurement], read: Callable[[Measurement], float]
) -> float:
    """The median of the ratios of a quantity, round by round."""
    return round(median(read(one) / read(other) for one, other in zip(new, old, strict=True)), 3)


def comparison_table(scenarios: Mapping[str, Json], title: str) -> Table:
    """What each scenario used: a row for each revision, and one for the ratios."""
    table = Table("batch", "revision", title=title, title_justify="left")
    for head in ("ms of processor", "ms", "peak MB"):
        table.add_column(head, justify="right")
    for scenario, summary in scenarios.items():
        for index, (name, used) in enumerate(summary.items()):
            digits = 2 if name == RATIOS else 0
            values = (f"{used[quantity]:,.{digits}f}" for quantity in QUANTITIES)
            table.add_row("" if index else scenario, name, *values)
        table.add_section()
    return table


def traffic_lines(scenarios: Mapping[str, Json]) -> Iterator[str]:
    """The requests to Mixpanel and the calls of AWS, one line for each batch and revision."""
    for scenario, summary in scenarios.items():
        for name, used in summary.items():
            if name != RATIOS:
                counts = "; ".join(map(describe_counts, (used["requests"], used["calls"])))
                yield f"{scenario}, {name}: {counts}"


def describe_counts(counts: Mapping[str, int]) -> str:
    """Counts by name, as one text."""
    return ", ".join(f"{count:,} {name}" for name, count in sorted(counts.items()))
