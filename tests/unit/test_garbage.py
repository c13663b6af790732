"""The garbage collector is paused in the block, and collects at its end."""

import gc
from collections.abc import Iterator
from weakref import ref

import pytest

from rudder_mixpanel.garbage import collecting_afterwards, collector_paused


class Cycle:
    """An object that only the collector can free."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture(autouse=True)
def _thaw() -> Iterator[None]:
    """Leave no object of other tests frozen."""
    yield
    gc.unfreeze()


def test_collector_is_paused_in_the_block() -> None:
    """Even when many objects are created."""
    with collecting_afterwards():
        cycle = ref(Cycle())
        objects = [[] for _ in range(200_000)]  # type: list[list[None]]
        assert (cycle() is None, len(objects), gc.isenabled()) == (False, 200_000, False)


def test_cycles_are_collected_afterwards() -> None:
    """A container does not grow from one invocation to the next."""
    cycles = []
    for _ in range(2):
        with collecting_afterwards():
            cycles.append(ref(Cycle()))
    assert ([cycle() for cycle in cycles], gc.isenabled()) == ([None, None], True)


def test_collector_is_enabled_after_a_failure() -> None:
    """A handler that raises does not leave it paused."""
    cycles = []

    @collecting_afterwards()
    def fail() -> None:
        cycles.append(ref(Cycle()))
        raise ValueError("a bug of ours")

    with pytest.raises(ValueError, match="of ours"):
        fail()
    assert (cycles[0](), gc.isenabled()) == (None, True)


def test_imports_are_not_scanned() -> None:
    """Neither in the block, where the collector is paused, nor afterwards."""
    with collector_paused():
        paused = not gc.isenabled()
        new_list = [[]]  # type: list[list[None]]
    scanned = any(tracked is new_list for tracked in gc.get_objects())
    assert (paused, gc.isenabled(), scanned) == (True, True, False)
