"""A sample of the simulations of cancellations."""

import pytest

from tests.simulation.cancellations import simulate_cancellations


@pytest.mark.parametrize(("task_days", "first"), [((5,), 0), ((12,), 12), ((20,), 23)])
def test_others_are_deleted_in_time(task_days: tuple[int, ...], first: int) -> None:
    """Within 45 days, and nobody is made to wait for two who cancel."""
    assert simulate_cancellations(task_days, first).is_bounded
