"""What a person sees while they wait."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def step(console: Console, sentence: str) -> Iterator[None]:
    """A sentence with a spinner while it lasts, and with a tick and its time when it is done."""
    start = time.monotonic()
    with console.status(sentence):
        yield
    console.print(f"[green]✓[/] {sentence} [dim]{time.monotonic() - start:.1f} s[/]")
