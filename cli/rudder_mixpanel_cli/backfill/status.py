"""How far a backfill is, in one line on stderr that is replaced on a terminal."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import typer

from rudder_mixpanel_cli.where.phrases import counted, limit

# Seconds between two lines, on a terminal and elsewhere.
INTERVAL: Final = 0.5
LOG_INTERVAL: Final = 10.0
ERASE: Final = "\r\x1b[K"


@dataclass(slots=True)
class StatusLine:
    """Shows a line now and then; `clock` is in seconds."""

    clock: Callable[[], float]
    shown_at: float = field(init=False)
    is_open: bool = False

    def __post_init__(self) -> None:
        """Show nothing of what is over in a moment."""
        self.shown_at = self.clock()

    def show(self, text: Callable[[], str]) -> None:
        """Show the line, unless one was shown a moment ago."""
        is_terminal = sys.stderr.isatty()
        now = self.clock()
        if now - self.shown_at < (INTERVAL if is_terminal else LOG_INTERVAL):
            return
        self.shown_at = now
        self.is_open = is_terminal
        typer.echo(f"{ERASE}{text()}" if is_terminal else text(), nl=not is_terminal, err=True)

    def end(self) -> None:
        """Erase the line, so that something else can be written."""
        if self.is_open:
            typer.echo(ERASE, nl=False, err=True)
        self.is_open = False


def progress_line(read: int, total: int, records: int, done: int, seconds: float) -> str:
    """How much is done, how fast, and how long the rest takes.

    `done` is how many events this run has read in this many seconds.
    """
    rate = done / seconds if seconds > 0 else 0.0
    left = f", {limit(timedelta(seconds=(total - read) / rate))} left" if rate else ""
    share = f"{read:,} of {counted(total, 'event')} ({read / total:.0%})" if total else "0 events"
    return f"{share}, {counted(records, 'record')}, {rate:,.0f} events a second{left}"
