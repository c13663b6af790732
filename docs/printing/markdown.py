"""Tables and code spans in Markdown."""

from collections.abc import Iterable


def table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    """A table with a head and rows."""
    return "\n".join(table_row(cells) for cells in (head, ("---",) * len(head), *rows))


def table_row(cells: tuple[str, ...]) -> str:
    """One row of a table; a bar inside a cell is escaped."""
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def code(name: str) -> str:
    """A name as a code span."""
    return f"`{name}`"


def code_list(names: Iterable[str]) -> str:
    """Names as code spans, separated by commas."""
    return ", ".join(code(name) for name in names)
