"""Lanes that run side by side in an order that a seed decides.

Delivery sends its lanes, and its batches to SQS, in threads. Which thread comes first is up to the
operating system, so the same seed would not meet the same faults twice. Here one lane runs at a
time, and at each call to the outside the next one is drawn.
"""

from collections.abc import Callable, Iterable
from concurrent.futures import Future
from random import Random
from threading import Semaphore, Thread, current_thread
from typing import Any, Self


class Lane(Thread):
    """A task that runs until it waits for its next turn, or ends."""

    def __init__(self, task: Callable[[], Any]) -> None:
        super().__init__(daemon=True)
        self.future: Future[Any] = Future()
        self._task = task
        self._turn = Semaphore(0)
        self._stopped = Semaphore(0)

    def run(self) -> None:
        """Run the task at the first turn, and keep what it returns or raises for the future."""
        self._turn.acquire()
        try:
            self.future.set_result(self._task())
        except BaseException as error:  # noqa: BLE001 - `Future.result` raises it again
            self.future.set_exception(error)
        self._stopped.release()

    def take_turn(self) -> None:
        """Let the lane run until it waits again or ends."""
        self._turn.release()
        self._stopped.acquire()

    def wait_for_turn(self) -> None:
        """Let other lanes run; called by the lane itself."""
        self._stopped.release()
        self._turn.acquire()


class SeededExecutor:
    """Runs lanes in turns, in the place of a `ThreadPoolExecutor`."""

    def __init__(self, random: Random) -> None:
        self._random = random
        self._lanes: list[Lane] = []

    def __enter__(self) -> Self:
        """Take tasks."""
        return self

    def submit(self, function: Callable[..., Any], *arguments: Any) -> "Future[Any]":
        """Add a lane, which runs when the block ends."""
        self._lanes.append(Lane(lambda: function(*arguments)))
        return self._lanes[-1].future

    def map(self, function: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        """Run a lane for each item to its end now, and return or raise what they do."""
        futures = [self.submit(function, item) for item in items]
        self._run()
        return [future.result() for future in futures]

    def __exit__(self, *_: object) -> None:
        """Run all lanes to their ends."""
        self._run()

    def _run(self) -> None:
        running, self._lanes = self._lanes, []
        for lane in running:
            lane.start()
        while running:
            lane = self._random.choice(running)
            lane.take_turn()
            if lane.future.done():
                lane.join()
                running.remove(lane)


class LaneLock:
    """A lock that lets other lanes run until it is free, in the place of a `threading.Lock`."""

    def __init__(self) -> None:
        self._is_held = False

    def __enter__(self) -> None:
        """Take the lock when it is free."""
        while self._is_held:
            switch_lanes()
        self._is_held = True

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self._is_held = False


def switch_lanes() -> None:
    """Let another lane run, where the caller is in one."""
    lane = current_thread()
    if isinstance(lane, Lane):
        lane.wait_for_turn()
