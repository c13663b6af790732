"""Delivery recovers from an outage at the rates of real traffic."""

import pytest

from tests.simulation.recovery import Recovery


@pytest.mark.parametrize(
    ("rate", "most_receives"),
    [(100, 11), (5_000, 8)],
    ids=["light traffic", "half of the capacity"],
)
def test_everything_arrives_after_an_outage(rate: float, most_receives: int) -> None:
    """Also if half of what the function can deliver keeps arriving: it is only late."""
    recovery = Recovery(rate, outage_hours=1, scale=20_000)
    summary = recovery.summary()
    assert (summary["wrong"], summary["most receives of a message"] <= most_receives) == ([], True)
