"""Whatever stops is told: docs/alarms.md says which alarms fire, and within how long."""

import pytest

from docs.printing.queues import QUEUES
from docs.printing.stops import STOPS
from tests.alarms.trials import TRIALS
from tests.alarms.watched_stack import alarms_of_template


@pytest.mark.parametrize("name", TRIALS)
def test_stop_fires_its_alarms_in_time(name: str) -> None:
    """Those that docs/alarms.md says and no other, in the minute that it says."""
    assert TRIALS[name].run() == dict(STOPS[name].alarms)


def test_every_stop_is_tried() -> None:
    """No row of the table is a guess."""
    assert list(STOPS) == list(TRIALS)


def test_every_alarm_is_fired_by_a_stop() -> None:
    """No alarm of the template is there for nothing."""
    fired = {alarm for stop in STOPS.values() for alarm in stop.alarms}
    assert fired == {alarm.name for alarm in alarms_of_template()}


@pytest.mark.parametrize("queue", QUEUES)
def test_nothing_expires_before_its_alarm(queue: str) -> None:
    """The alarm of each queue fires days before SQS deletes its messages."""
    row = QUEUES[queue]
    assert STOPS[row.stop].alarms[row.alarm] < 24 * 60
