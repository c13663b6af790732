"""Tasks take turns in the order in which they wake, and the seed decides between equal times."""

from functools import partial
from random import Random

import pytest

from tests.fakes.clock import Clock
from tests.shuffles.turns import Turns
from tests.simulation.simulation import START


def turns_of(seed: int = 0) -> Turns:
    """No tasks yet."""
    return Turns(Clock(START), Random(seed))  # noqa: S311 - reproducible


def trace(seed: int, seconds: float) -> str:
    """The order of the steps of three tasks with three steps each."""
    steps: list[str] = []
    turns = turns_of(seed)

    def walk(name: str) -> None:
        for _ in range(3):
            turns.sleep(seconds)
            steps.append(name)

    for name in "abc":
        turns.start(partial(walk, name))
    turns.run()
    return "".join(steps)


def test_seed_decides_the_order_of_what_happens_at_once() -> None:
    """The same seed, the same order."""
    traces = [trace(seed, 1) for seed in range(20)]
    assert (traces, len(set(traces)) > 10) == ([trace(seed, 1) for seed in range(20)], True)


def test_task_that_wakes_first_runs_first() -> None:
    """The clock shows the time for which it has slept."""
    turns, steps = turns_of(), list[tuple[str, float]]()

    def sleep(name: str, seconds: float) -> None:
        turns.sleep(seconds)
        steps.append((name, (turns.clock() - START).total_seconds()))

    turns.start(lambda: sleep("slow", 2))
    turns.start(lambda: sleep("fast", 1))
    turns.run()
    assert steps == [("fast", 1), ("slow", 2)]


def test_tasks_inside_a_task_are_joined() -> None:
    """While others take their turns."""
    turns, steps = turns_of(), list[str]()

    def step(name: str, seconds: float) -> None:
        turns.sleep(seconds)
        steps.append(name)

    def outer() -> None:
        turns.side_by_side([lambda: step("inner 3", 3), lambda: step("inner 1", 1)])
        steps.append("outer")

    turns.start(outer)
    turns.start(lambda: step("other", 2))
    turns.run()
    assert steps == ["inner 1", "other", "inner 3", "outer"]


def test_exception_of_a_task_inside_comes_out() -> None:
    """As `ThreadPoolExecutor` does it."""
    turns = turns_of()
    outer = turns.start(lambda: turns.executor().map(int, ["7", "no number"]))
    turns.run()
    with pytest.raises(ValueError, match="no number"):
        outer.future.result()


def test_lock_is_held_by_one_task_after_the_other() -> None:
    """However long they hold it."""
    turns, steps = turns_of(), list[str]()
    lock = turns.lock()

    def hold(name: str) -> None:
        with lock:
            for _ in range(3):
                turns.sleep(1)
                steps.append(name)

    for name in "ab":
        turns.start(partial(hold, name))
    turns.run()
    assert "".join(steps) in {"aaabbb", "bbbaaa"}
