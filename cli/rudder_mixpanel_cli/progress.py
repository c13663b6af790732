"""Progress bars and lines, on stderr and only on a terminal."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager


@contextmanager
def progress_bar(description: str, total: float) -> Iterator[Callable[[float], None]]:
    """A progress bar on a terminal, unless the total is 0; yields the function that advances it."""
    if not total or not sys.stderr.isatty():
        yield lambda _: None
        return
    # Imported here because only a terminal shows it.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=console.is_dumb_terminal) as bar:
        task = bar.add_task(description, total=total)
        yield lambda count: bar.advance(task, count)


@contextmanager
def status_line(description: str) -> Iterator[Callable[[str], None]]:
    """What is being done, on a line of a terminal that is gone at the end; yields its update."""
    if not sys.stderr.isatty():
        yield lambda _: None
        return
    # Imported here because only a terminal shows it.
    from rich.console import Console  # noqa: PLC0415

    with Console(stderr=True).status(description) as status:
        yield status.update
