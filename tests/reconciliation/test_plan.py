"""A plan can happen at any hour."""

from datetime import UTC, datetime

import pytest

from tests.reconciliation.plan import SHIFT, Plan


@pytest.mark.parametrize("hour", range(24))
def test_every_event_is_sent_after_its_time(hour: int) -> None:
    """Mixpanel refuses events of the future."""
    plan = Plan(0, 1_000, datetime(2026, 11, 28, hour, 0, 5, tzinfo=UTC))
    latest = max(event.time for event in plan) + SHIFT
    assert latest < plan.timely_at.timestamp() * 1000 < plan.late_at.timestamp() * 1000
