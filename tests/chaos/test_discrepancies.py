"""A trial in which something is lost, or counts twice, does not pass."""

import json
from collections.abc import Callable
from itertools import count
from typing import Final

import pytest

from rudder_mixpanel.mapping import transform
from tests.build import TOKEN, destination
from tests.chaos.discrepancies import LOST, TWICE, complaint, discrepancies
from tests.chaos.messages import Event, click, event_fields, filtered, group, nameless, order, visit
from tests.chaos.system import SETTINGS, ChaosSystem
from tests.chaos.trial import Trial
from tests.fakes.accounting import OUTCOME_UNKNOWN
from tests.fakes.sqs.account import START

# The ledger is that of all tests, and knows every counter.
NUMBERS: Final = count(1)
UNKNOWN: Final = {"code": {"DataType": "String", "StringValue": OUTCOME_UNKNOWN}}


class Planted:
    """A trial without kills, of one event of a kind."""

    def __init__(self, system: ChaosSystem) -> None:
        system.reset()
        self.system = system
        self.trial = Trial(system, 1, killed=())

    def deliver(self, kind: Callable[[Event], Event]) -> None:
        """Send an event of this kind, and deliver it."""
        fields = event_fields(f"planted-{next(NUMBERS)}", self.system.clock())
        self.event = kind(fields)
        self.trial.deliver(self.event)

    def engage(self, **update: object) -> None:
        """Update a profile, as the function did."""
        (applied,) = self.system.mixpanel.updates()
        who = {"$token": TOKEN, "$distinct_id": applied["distinct_id"]}
        self.system.mixpanel._http.post("/engage?verbose=1&ip=0", json=[{**who, **update}])

    def complaints(self) -> list[str]:
        """The discrepancies, without the names of operations."""
        sentences = discrepancies(self.trial)
        return sorted(" ".join(sentence.split()[-2:]) for sentence in sentences)


@pytest.fixture
def planted(system: ChaosSystem) -> Planted:
    """A trial in which nothing is wrong yet."""
    return Planted(system)


@pytest.mark.parametrize("kind", [click, order, visit, filtered, nameless])
def test_good_trial_passes(planted: Planted, kind: Callable[[Event], Event]) -> None:
    """Delivered, filtered and rejected events are all accounted for."""
    planted.deliver(kind)
    assert planted.complaints() == []


def test_counter_that_counted_twice_is_found(planted: Planted) -> None:
    """Another sender adds the second one."""
    planted.deliver(order)
    planted.engage(**{"$add": {"orders": 3}})
    assert planted.complaints() == ["there twice"]


@pytest.mark.parametrize(("kind", "operations"), [(click, 1), (order, 2), (visit, 3)])
def test_lost_event_is_found(
    planted: Planted, kind: Callable[[Event], Event], operations: int
) -> None:
    """Mixpanel loses everything that it has accepted."""
    planted.deliver(kind)
    planted.system.mixpanel.reset()
    assert planted.complaints() == ["is lost"] * operations


def test_doubt_without_cause_is_found(planted: Planted) -> None:
    """No process was killed, but a counter is reported as unknown."""
    planted.deliver(order)
    planted.system.rejected.send(json.dumps(planted.event), UNKNOWN)
    assert planted.complaints() == ["expected 0"]


@pytest.mark.parametrize(
    ("kind", "times", "is_unknown", "expected"),
    [
        (order, 0, False, LOST),
        (order, 0, True, ""),
        (order, 1, False, ""),
        (order, 1, True, ""),
        (order, 2, True, TWICE),
        (group, 0, True, LOST),
        (group, 2, False, ""),
        (click, 0, True, LOST),
        (click, 2, False, TWICE),
    ],
)
def test_complaints(
    kind: Callable[[Event], Event], times: int, *, is_unknown: bool, expected: str
) -> None:
    """Only a counter may be missing, where it is reported; only an update may be repeated."""
    event = kind(event_fields("complaint", START))
    operation = transform(event, destination(**SETTINGS), now=START)[0]
    assert complaint(operation, times, is_unknown=is_unknown) == expected


def test_function_that_does_nothing_is_found(
    planted: Planted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its records are gone from the queue, and are nowhere else."""
    for source in planted.system.sources:
        monkeypatch.setattr(source, "function", lambda _event: None)
    planted.deliver(click)
    assert planted.complaints() == ["is lost"]
