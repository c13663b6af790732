"""Lanes take turns in an order that the seed decides alone."""

from random import Random

import pytest

from tests.simulation.lanes import LaneLock, SeededExecutor, switch_lanes


def trace(seed: int) -> str:
    """The order of the steps of three lanes with three steps each."""
    steps: list[str] = []

    def walk(name: str) -> None:
        for _ in range(3):
            switch_lanes()
            steps.append(name)

    with SeededExecutor(Random(seed)) as lanes:  # noqa: S311 - reproducible
        for name in "abc":
            lanes.submit(walk, name)
    return "".join(steps)


@pytest.mark.parametrize("seed", range(10))
def test_same_seed_runs_lanes_in_the_same_order(seed: int) -> None:
    """However the operating system schedules threads."""
    assert trace(seed) == trace(seed)


def test_seeds_differ_and_lanes_interleave() -> None:
    """Most orders are not one lane after the other."""
    traces = {trace(seed) for seed in range(20)}
    assert (len(traces) > 10, any("aba" in steps or "bab" in steps for steps in traces)) == (
        True,
        True,
    )


def test_exception_of_a_lane_comes_out_of_its_future() -> None:
    """The other lanes run to their ends."""
    with SeededExecutor(Random(0)) as lanes:  # noqa: S311 - reproducible
        failed, succeeded = lanes.submit(int, "no number"), lanes.submit(int, "7")
    with pytest.raises(ValueError, match="no number"):
        failed.result()
    assert succeeded.result() == 7


def test_map_returns_results_in_the_order_of_the_items() -> None:
    """As `ThreadPoolExecutor.map` does."""
    with SeededExecutor(Random(0)) as lanes:  # noqa: S311 - reproducible
        assert lanes.map(int, "123") == [1, 2, 3]


@pytest.mark.parametrize("seed", range(10))
def test_lanes_hold_a_lock_one_after_the_other(seed: int) -> None:
    """A lane that waits for it lets the others run."""
    steps, lock = list[str](), LaneLock()

    def hold(name: str) -> None:
        with lock:
            for _ in range(3):
                switch_lanes()
                steps.append(name)

    with SeededExecutor(Random(seed)) as lanes:  # noqa: S311 - reproducible
        for name in "ab":
            lanes.submit(hold, name)
    assert "".join(steps) in {"aaabbb", "bbbaaa"}
