"""What is shown on a terminal: colour, width, and text without control characters."""

import os
import shutil
import sys
import textwrap
from typing import Final, TextIO

import typer

# A terminal of this width or less breaks lines; a wider text is hard to read.
LONGEST_LINE: Final = 100
NARROWEST: Final = 40


def is_colored(stream: TextIO) -> bool:
    """Whether colour may be used: on a terminal that can show it, unless NO_COLOR is set.

    https://no-color.org
    """
    plain = os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb"
    return stream.isatty() and not plain


def colored(text: str, color: str | None = None, *, bold: bool = False, err: bool = False) -> str:
    """The text in a colour where stdout, or with `err` stderr, may show one."""
    stream = sys.stderr if err else sys.stdout
    return typer.style(text, fg=color, bold=bold or None) if is_colored(stream) else text


def line_width() -> int | None:
    """The columns of a line on stdout; None in a pipe or file, where no line is broken."""
    if not sys.stdout.isatty():
        return None
    return max(NARROWEST, min(shutil.get_terminal_size().columns, LONGEST_LINE))


def fits(line: str) -> bool:
    """Whether a line needs no break."""
    width = line_width()
    return width is None or len(line) <= width


def wrapped(text: str, first: str = "", rest: str | None = None) -> str:
    """The text after `first`; on a terminal in lines that fit, each further one after `rest`."""
    width = line_width()
    if width is None:
        return f"{first}{text}".rstrip()
    indent = " " * len(first) if rest is None else rest
    return textwrap.fill(
        text,
        width,
        initial_indent=first,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def joined(parts: list[str], indent: str) -> str:
    """The parts in one line; on a terminal, those that do not fit follow on lines of their own."""
    lines = parts[:1]
    for part in parts[1:]:
        if fits(longer := f"{lines[-1]}  {part}"):
            lines[-1] = longer
        else:
            lines.append(indent + part)
    return "\n".join(lines)


def printable(text: str) -> str:
    """The text without control characters, which a terminal would execute."""
    return "".join(character if character.isprintable() else "�" for character in text)
