"""`rudder-mixpanel where`, asked about events of a simulation; a small part of the program."""

import json

import pytest

from rudder_mixpanel_cli.where.answer import WhereOutcome
from tests.simulation.failures import Failures
from tests.simulation.logged import LoggedSimulation
from tests.simulation.traffic import CONFIG
from tests.simulation.where import DEADLY, Interview, Truth, mistake

ORDER = {
    "type": "track",
    "event": "Order Completed",
    "messageId": "order-1",
    "userId": "u",
    "timestamp": "2026-10-05T12:00:00.000Z",
    "properties": {"products": [{"product_id": "a"}, {"product_id": "b"}]},
}


@pytest.mark.parametrize("seed", [0, DEADLY, 3])
def test_answers_are_right_while_calls_fail(seed: int) -> None:
    """While calls fail and processes die, when all is finished, after a replay, and at the end."""
    interview = Interview(seed, 60)
    interview.run()
    assert (interview.wrong, interview.outcomes.total()) == ([], 60)


def test_wrong_answer_is_noticed() -> None:
    """An event that the log calls delivered, and that nothing holds."""
    simulation = LoggedSimulation(CONFIG, Failures())
    simulation.send(json.dumps(ORDER))
    simulation.run()
    ((answer, _),) = simulation.where("order-1").values()
    simulation.store.events.clear()
    assert answer.outcome is WhereOutcome.DELIVERED
    assert mistake(answer, ORDER, Truth(simulation)).startswith("says delivered")
