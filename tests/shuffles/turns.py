"""Tasks that take turns on a clock of their own, as a seed decides.

A task runs until it sleeps, as it does at each call to the outside. The one that wakes first runs
next, however deep it has called, so that invocations and the streams inside them are interleaved by
nothing but the time that their calls take.
"""

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future
from datetime import datetime, timedelta
from functools import partial
from heapq import heappop, heappush
from random import Random
from typing import Any, Self

from greenlet import getcurrent, greenlet  # type: ignore[import-untyped]  # has no types

from tests.fakes.clock import Clock

type Task = Callable[[], Any]


class Turn:
    """A task, and the number of the wake-up that it waits for."""

    def __init__(self, task: Task, turns: "Turns") -> None:
        self.future: Future[Any] = Future()
        self.wakes_with = 0
        self.waiting: Turn | None = None
        self.task = task
        self.turns = turns
        self.greenlet = greenlet(self.run, turns.hub)

    def run(self) -> None:
        """Run the task, and wake who waits for it."""
        try:
            self.future.set_result(self.task())
        except BaseException as error:  # noqa: BLE001 - `Future.result` raises it again
            self.future.set_exception(error)
        if self.waiting is not None:
            self.turns.wake(self.waiting)


class Turns:
    """The tasks, and the clock that stands still while one of them runs."""

    def __init__(self, clock: Clock, random: Random) -> None:
        self.clock = clock
        self.random = random
        self.hub: Any = getcurrent()
        self.current: Turn | None = None
        self.agenda: list[tuple[datetime, float, int, Turn]] = []
        self.wake_ups = 0

    def start(self, task: Task, after: float = 0) -> Turn:
        """Add a task that begins after some seconds."""
        turn = Turn(task, self)
        self.wake(turn, after)
        return turn

    def wake(self, turn: Turn, after: float = 0) -> None:
        """Let a task continue after some seconds, and no sooner or later."""
        self.wake_ups += 1
        turn.wakes_with = self.wake_ups
        # In whole milliseconds, as SQS counts.
        at = self.clock() + timedelta(milliseconds=round(1000 * after))
        heappush(self.agenda, (at, self.random.random(), self.wake_ups, turn))

    def sleep(self, seconds: float) -> None:
        """Let time pass and others run; called by a task."""
        self.wake(self.running, seconds)
        self.hub.switch()

    def pause(self, seconds: float) -> None:
        """Sleep, and let nobody wake the task."""
        end = self.clock() + timedelta(seconds=seconds)
        while (left := (end - self.clock()).total_seconds()) > 0:
            self.sleep(left)

    def wait_to_be_woken(self) -> None:
        """Let others run until one of them wakes this task."""
        self.running.wakes_with = 0
        self.hub.switch()

    @property
    def running(self) -> Turn:
        """The task that has the turn. Raises RuntimeError outside of all tasks."""
        if self.current is None:
            raise RuntimeError("expected to be called by a task")
        return self.current

    def run(self) -> None:
        """Give turns until no task waits for one."""
        while self.agenda:
            at, _, number, turn = heappop(self.agenda)
            if turn.wakes_with == number:
                now = self.clock()
                self.clock.advance(max(0, (at - now).total_seconds()))
                self.current = turn
                turn.greenlet.switch()
        self.current = None

    def side_by_side(self, tasks: Sequence[Task]) -> None:
        """Do tasks in turns; raises what one of them raises, when all have ended."""
        if len(tasks) == 1:
            tasks[0]()
        else:
            self.results([self.start(task) for task in tasks])

    def results(self, turns: Iterable[Turn]) -> list[Any]:
        """Wait for tasks, and return or raise what they do."""
        waited = list(turns)
        for turn in waited:
            if not turn.future.done():
                turn.waiting = self.running
                self.wait_to_be_woken()
        return [turn.future.result() for turn in waited]

    def executor(self, _workers: int = 0) -> "TurnsExecutor":
        """An executor in the place of a `ThreadPoolExecutor`."""
        return TurnsExecutor(self)

    def lock(self) -> "TurnsLock":
        """A lock in the place of a `threading.Lock`."""
        return TurnsLock(self)


class TurnsExecutor:
    """Runs its tasks in turns."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns

    def __enter__(self) -> Self:
        """Take tasks."""
        return self

    def map(self, function: Callable[..., Any], items: Iterable[Any]) -> list[Any]:
        """Run a task for each item, and return or raise what they do."""
        tasks = [partial(function, item) for item in items]
        if len(tasks) == 1:
            return [tasks[0]()]
        return self.turns.results([self.turns.start(task) for task in tasks])

    def __exit__(self, *_: object) -> None:
        """All tasks have ended."""


class TurnsLock:
    """Lets other tasks run until it is free."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.is_held = False
        self.waiting: list[Turn] = []

    def __enter__(self) -> None:
        """Take the lock when it is free."""
        while self.is_held:
            self.waiting.append(self.turns.running)
            self.turns.wait_to_be_woken()
        self.is_held = True

    def __exit__(self, *_: object) -> None:
        """Release the lock."""
        self.is_held = False
        while self.waiting:
            self.turns.wake(self.waiting.pop())
