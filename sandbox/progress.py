"""What the user sees while a step runs."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


@contextmanager
def step(console: Console, title: str) -> Iterator[None]:
    """Show a title with a spinner while the block runs, then with a tick and its duration."""
    start = time.monotonic()
    with console.status(title):
        yield
    console.print(f"[green]✓[/] {title} [dim]{time.monotonic() - start:.1f} s[/]")
