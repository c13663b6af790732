"""Shows sections of text as tables, within the width of a terminal."""

import sys
from collections.abc import Iterable
from typing import Final

from rich.console import Console
from rich.table import Table
from rich.text import Text

from rudder_mixpanel_cli.setup.overview import Section

# A wider text is hard to read; a pipe or file has no width.
LONGEST_LINE: Final = 110


def console(*, err: bool) -> Console:
    """Stdout, or stderr with `err`, where texts are shown as they are."""
    stream = sys.stderr if err else sys.stdout
    plain = Console(file=stream, markup=False, emoji=False, highlight=False)
    plain.width = min(plain.width, LONGEST_LINE) if stream.isatty() else LONGEST_LINE
    return plain


def show(sections: Iterable[Section], target: Console) -> None:
    """Print each section: a heading, its rows indented, and its note."""
    for section in sections:
        target.print()
        target.print(Text(section.heading, style="bold"))
        table = Table.grid(padding=(0, 2, 0, 0))
        for row in section.rows:
            table.add_row("", *map(Text, row))
        target.print(table)
        if section.note:
            target.print(Text(f"  {section.note}"))
