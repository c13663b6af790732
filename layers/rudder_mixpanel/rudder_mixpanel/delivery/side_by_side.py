"""Tasks of an invocation side by side."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

type Job = Callable[[], None]
# Does all tasks, and returns when they are done.
type SideBySide = Callable[[Sequence[Job]], None]


def threads_side_by_side(tasks: Sequence[Job]) -> None:
    """Do each task in a thread of its own, and return when all are done.

    A thread that outlived the invocation would be frozen with the container, and continue in the
    next invocation.
    """
    if len(tasks) == 1:
        tasks[0]()
    elif tasks:
        with ThreadPoolExecutor(len(tasks)) as threads:
            futures = [threads.submit(task) for task in tasks]
        for future in futures:
            future.result()
