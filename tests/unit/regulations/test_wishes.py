"""What counts as the same wish, and when it makes a new regulation."""

from typing import Any

import pytest

from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.regulations import FakeRegulationsDependencies

ANN = {"userId": "ann"}
BOB = {"userId": "bob"}
DEVICE = {"userId": "ann", "anonymousId": "device"}
SUPPRESS: dict[str, Any] = {"regulationType": "suppress", "destinationIds": []}


def ids(regulations: list[dict[str, Any]]) -> list[str]:
    """The ids of regulations."""
    return [regulation["id"] for regulation in regulations]


@pytest.mark.parametrize(
    ("first", "then", "is_same"),
    [
        (([ANN, BOB], {}), ([ANN], {}), True),
        (([ANN, BOB], {}), ([BOB, ANN], {}), True),
        (([ANN], {}), ([{**ANN, "email": "ann@example.com"}], {}), True),
        (
            ([ANN], {"destinationIds": ["default", "b"]}),
            ([ANN], {"destinationIds": ["b", "default"]}),
            True,
        ),
        (
            ([ANN], {**SUPPRESS, "sourceIds": ["a"]}),
            ([ANN], {**SUPPRESS, "sourceIds": ["b"]}),
            True,
        ),
        (([DEVICE], {}), ([{"anonymousId": "device", "userId": "ann"}], {}), True),
        (([ANN], {}), ([DEVICE], {}), False),
        (([DEVICE], {}), ([ANN], {}), False),
        (([ANN], {}), ([{"userId": " ann "}], {}), False),
        (([ANN], {}), ([ANN], SUPPRESS), False),
        (([ANN], {}), ([ANN], {"destinationIds": ["default", "b"]}), False),
    ],
)
def test_same_wish_returns_the_open_regulation(first: Any, then: Any, *, is_same: bool) -> None:
    """Type, destinations, pseudonyms and deleted ids decide; nothing else does."""
    fakes = FakeRegulationsDependencies()
    before = ids(fakes.create_regulations(first[0], **first[1]))
    after = ids(fakes.create_regulations(then[0], **then[1]))
    assert set(after) <= set(before) if is_same else set(after).isdisjoint(before)


def test_order_of_a_response_is_that_of_the_request() -> None:
    """Also when the regulations are of earlier requests, and a user is named twice."""
    fakes = FakeRegulationsDependencies()
    [ann, bob] = ids(fakes.create_regulations([ANN, BOB]))
    again = ids(fakes.create_regulations([BOB, DEVICE, ANN, BOB]))
    assert (again[0], again[2:], again[1] in {ann, bob}) == (bob, [ann, bob], False)


def finish(fakes: FakeRegulationsDependencies, regulation: str, state: RegulationState) -> None:
    """Put a regulation into a state, as the worker does."""
    name = fakes.stored_regulations.regulations[regulation]
    chunk = fakes.chunk(name)
    if state in {RegulationState.CANCELLING, RegulationState.CANCELED}:
        fakes.cancel(regulation, name)
        if state is RegulationState.CANCELED:
            fakes.run_worker()
        return
    if state is RegulationState.ACCEPTING:
        chunk.effective_at, chunk.tasks = 0, []
    for task in chunk.tasks:
        task.state = state
    assert fakes.stored_regulations.save(chunk)


@pytest.mark.parametrize(
    ("state", "is_open"),
    [
        (RegulationState.ACCEPTING, True),
        (RegulationState.WAITING, True),
        (RegulationState.CREATING, True),
        (RegulationState.CONFLICTED, True),
        (RegulationState.REQUESTED, True),
        (RegulationState.COMPLETED, False),
        (RegulationState.FAILED, False),
        (RegulationState.CANCELLING, False),
        (RegulationState.CANCELED, False),
    ],
)
def test_closed_regulation_is_followed_by_a_new_one(
    state: RegulationState, *, is_open: bool
) -> None:
    """It deletes again; an open one is returned."""
    fakes = FakeRegulationsDependencies()
    [first] = ids(fakes.create_regulations([ANN]))
    finish(fakes, first, state)
    [second] = ids(fakes.create_regulations([ANN]))
    actual = (second == first, fakes.suppressed)
    assert actual == (is_open, {"name-of-ann"})


def test_suppression_is_open_until_it_is_canceled() -> None:
    """It is in force."""
    fakes = FakeRegulationsDependencies()
    first = ids(fakes.create_regulations([ANN], **SUPPRESS))
    second = ids(fakes.create_regulations([ANN], **SUPPRESS))
    finish(fakes, first[0], RegulationState.CANCELED)
    assert (first == second, first == ids(fakes.create_regulations([ANN], **SUPPRESS))) == (
        True,
        False,
    )


def test_years_of_regulations_take_few_reads() -> None:
    """A user whose deletion is requested every day, for three years."""
    fakes = FakeRegulationsDependencies()
    made = []
    for _ in range(1_000):
        [regulation] = ids(fakes.create_regulations([ANN]))
        finish(fakes, regulation, RegulationState.COMPLETED)
        made.append(regulation)
    before = fakes.calls
    [last] = ids(fakes.create_regulations([ANN]))
    assert (len({*made, last}), fakes.calls - before < 50) == (1_001, True)
