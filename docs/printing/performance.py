"""The table of docs/performance.md."""

import json
from typing import Any

from benchmarks.goals import compared_figures
from benchmarks.performance import PERFORMANCE
from docs.printing.markdown import table

type Json = dict[str, Any]


def measured_figures() -> Json:
    """The figures as they were measured last."""
    figures: Json = json.loads(PERFORMANCE.read_text())
    return figures


def measured_on() -> str:
    """The machine and the day, as a sentence."""
    figures = measured_figures()
    revisions = figures["invocations"]["revisions"]
    machine = f"{figures['cores']} cores of {figures['processor']} ({figures['architecture']})"
    return (
        f"Measured on {figures['date']} in one run on {machine}, Python {figures['python']}:\n"
        f"revision {revisions['present']} against {revisions['against']}."
    )


def figures_table() -> str:
    """Every figure beside its goal."""
    head = ("what", "this version", "2026-11-26", "ratio", "goal")
    return table(head, compared_figures(measured_figures()))
