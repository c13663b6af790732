"""A stack in which nothing has happened."""

import pytest

from rudder_mixpanel_cli.times import current_time
from tests.fakes.clock import Clock
from tests.fakes.deployed_stack import Metrics, stack_in_memory
from tests.fakes.logs.client import LogGroup
from tests.fakes.sqs.queue import Queue
from tests.unit.cli.where.stack_with_log import Stack


@pytest.fixture
def stack() -> Stack:
    """A stack in which nothing has happened."""
    log, clock = LogGroup(), Clock(current_time())
    names = ("events", "rejected", "dead", "undelivered")
    queues = {name: Queue(name, clock) for name in names}
    age = Metrics({"Timestamp": current_time(), "Maximum": 180.0})
    return Stack(log, queues, stack_in_memory("prod", log, *queues.values(), metrics=age))
