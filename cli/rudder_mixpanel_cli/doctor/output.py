"""What doctor found, for people and for programs."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

import orjson
import typer

from rudder_mixpanel_cli.doctor.check import Level
from rudder_mixpanel_cli.doctor.run import Line
from rudder_mixpanel_cli.terminal import colored, printable, wrapped

COLORS: Final = {
    Level.OK: typer.colors.GREEN,
    Level.WARNING: typer.colors.YELLOW,
    Level.FAILURE: typer.colors.RED,
    Level.SKIPPED: typer.colors.CYAN,
}
LEVEL_WIDTH: Final = max(map(len, Level))
# The summary names the worst first.
WORST_FIRST: Final = (Level.FAILURE, Level.WARNING, Level.SKIPPED, Level.OK)


def print_lines(lines: Sequence[Line]) -> None:
    """Print one line for each finding, with what to do, and a summary."""
    name_width = max(len(line.name) for line in lines)
    for line in lines:
        typer.echo(text_of(line, name_width))
    typer.echo(f"\n{summary(lines)}")


def text_of(line: Line, name_width: int) -> str:
    """A finding as text: level, name, sentence and advice."""
    level = line.finding.level
    columns = f"{level:<{LEVEL_WIDTH}}  {line.name:<{name_width}}  "
    text = wrapped(printable(f"{line.finding.text} {line.finding.advice}".rstrip()), columns)
    return colored(text[:LEVEL_WIDTH], COLORS[level]) + text[LEVEL_WIDTH:]


def summary(lines: Sequence[Line]) -> str:
    """How many findings there are of each level."""
    counts = Counter(line.finding.level for line in lines)
    if set(counts) == {Level.OK}:
        return f"Everything is fine: {counts[Level.OK]} ok."
    return ", ".join(counted(level, counts[level]) for level in WORST_FIRST if counts[level]) + "."


def counted(level: Level, count: int) -> str:
    """A number of findings in words."""
    is_noun = level in {Level.FAILURE, Level.WARNING}
    return f"{count} {level}{'s' if is_noun and count > 1 else ''}"


def print_json(lines: Sequence[Line]) -> None:
    """Print all findings as one JSON array."""
    findings = [
        {
            "name": line.name,
            "level": line.finding.level,
            "text": line.finding.text,
            "advice": line.finding.advice,
        }
        for line in lines
    ]
    typer.echo(orjson.dumps(findings, option=orjson.OPT_INDENT_2))
