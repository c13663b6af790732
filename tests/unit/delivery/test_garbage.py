"""The cycle collector rests, and works afterwards."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from rudder_mixpanel.delivery.garbage import collecting_afterwards


class Knot:
    """Something that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _thaw() -> Iterator[None]:
    """Leave no object of other tests frozen."""
    yield
    gc.unfreeze()


def test_collector_rests_within() -> None:
    """However much is made meanwhile."""
    with collecting_afterwards():
        knot = ref(Knot())
        made = [[] for _ in range(200_000)]  # type: list[list[None]]
        assert (knot() is None, len(made), gc.isenabled()) == (False, 200_000, False)


def test_cycles_are_gone_afterwards() -> None:
    """A container does not grow by what its invocations leave behind, the first one or a later."""
    knots = []
    for _ in range(2):
        with collecting_afterwards():
            knots.append(ref(Knot()))
    assert ([knot() for knot in knots], gc.isenabled()) == ([None, None], True)


def test_collector_works_again_after_a_failure() -> None:
    """A handler that raises leaves it as it was."""
    knots = []

    @collecting_afterwards()
    def fail() -> None:
        knots.append(ref(Knot()))
        raise ValueError("a bug of ours")

    with pytest.raises(ValueError, match="of ours"):
        fail()
    assert (knots[0](), gc.isenabled()) == (None, True)
