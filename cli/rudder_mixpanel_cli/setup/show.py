"""Shows sections of text as tables: within the width of a terminal, and unbroken in a pipe."""

import sys
from collections.abc import Iterable
from typing import Final

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from rudder_mixpanel_cli.setup.overview import Section
from rudder_mixpanel_cli.terminal import printable

# A wider text is hard to read.
LONGEST_LINE: Final = 110
# A pipe or file has no width, but rich needs one.
UNBROKEN: Final = 100_000
WIDEST_NAME: Final = 34


def show(sections: Iterable[Section], *, err: bool) -> None:
    """Print each section: a heading, and its rows indented."""
    stream = sys.stderr if err else sys.stdout
    is_terminal = stream.isatty()
    console = Console(file=stream, markup=False, emoji=False, highlight=False)
    console.width = min(console.width, LONGEST_LINE) if is_terminal else UNBROKEN
    for section in sections:
        with console.capture() as capture:
            console.print(Text(section.heading, style="bold"))
            console.print(table_of(section, WIDEST_NAME if is_terminal else None))
        lines = capture.get().splitlines()
        typer.echo("\n".join(("", *(line.rstrip() for line in lines))), err=err)


def table_of(section: Section, widest_name: int | None) -> Table:
    """The rows of a section in columns, of which the first has a limit."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_column()
    table.add_column(max_width=widest_name)
    for row in section.rows:
        table.add_row("", *map(shown_text, row))
    return table


def shown_text(text: str) -> Text:
    """The lines of a text; a Config may hold what a terminal executes."""
    return Text("\n".join(map(printable, text.split("\n"))))
