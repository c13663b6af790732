"""Files and functions are short."""

from statistics import median, quantiles

import pytest

from tests.architecture.source import Module, functions, modules

LONGEST_FILE = 300


def lengths(read: list[Module]) -> list[int]:
    """The lines of each function, with its signature and its docstring."""
    return [
        (node.end_lineno or node.lineno) - node.lineno + 1
        for module in read
        for node in functions(module)
    ]


@pytest.mark.parametrize("package", ["rudder_mixpanel", "mixpanel_emulator"])
def test_functions_are_short(package: str) -> None:
    """Half of the functions have at most 8 lines, nine of ten at most 20."""
    line_counts = lengths(modules(package))
    assert (median(line_counts) <= 8, quantiles(line_counts, n=10)[8] <= 20) == (True, True)


@pytest.mark.parametrize("package", ["rudder_mixpanel", "rudder_mixpanel_cli", "mixpanel_emulator"])
def test_files_are_short(package: str) -> None:
    """No file has more than 300 lines."""
    lines = {module.name: len(module.path.read_text().splitlines()) for module in modules(package)}
    assert {name: count for name, count in lines.items() if count > LONGEST_FILE} == {}
