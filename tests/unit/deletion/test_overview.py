"""The overview of regulations that are not over: right, and without reading a chunk twice."""

from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest

from rudder_mixpanel.deletion.overview import KnownChunks, Overview, make_overview
from rudder_mixpanel.deletion.step import Tally
from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.regulations.model import RegulationState, RegulationType
from tests.fakes.deletion import FakeDeletionDependencies


class CountingRepository:
    """A repository that counts the chunks that are read for overviews."""

    def __init__(self, repository: Any) -> None:
        self.repository = repository
        self.read: list[str] = []

    def load_all(self, chunks: Any) -> Any:
        """Count the chunks, and read them."""
        self.read += chunks
        return self.repository.load_all(chunks)

    def __getattr__(self, name: str) -> Any:
        """Do everything else as the repository does it."""
        return getattr(self.repository, name)


@dataclass
class Operator:
    """The function's container: it works, and makes overviews."""

    fakes: FakeDeletionDependencies = field(default_factory=FakeDeletionDependencies)
    known: KnownChunks = field(default_factory=KnownChunks)

    def __post_init__(self) -> None:
        """Count what is read."""
        self.fakes.repository = self.repository = CountingRepository(self.fakes.repository)

    def overview(self, *, minutes: float = 5, tally: Tally | None = None) -> Overview | None:
        """Make an overview some minutes later."""
        self.fakes.time += timedelta(minutes=minutes)
        return make_overview(self.known, self.fakes, tally or Tally())

    def work(self) -> Tally:
        """Run the worker once."""
        return self.fakes.run_worker()


def states(overview: Overview | None) -> dict[str, int] | None:
    """The states in an overview."""
    return None if overview is None else {str(state): n for state, n in overview.states.items()}


def test_regulations_are_counted_by_state() -> None:
    """Of all chunks; those that are over are not counted."""
    operator = Operator()
    operator.fakes.accept("ann", "bob", name="a")
    operator.fakes.accept("cy", name="b", kind=RegulationType.SUPPRESS)
    operator.fakes.write_chunk("di", name="c")
    operator.fakes.accept("eve", name="d")
    operator.fakes.cancel("d-eve", name="d")
    before = states(operator.overview(minutes=0))
    operator.fakes.run(days=0.02)
    during = states(operator.overview())
    operator.fakes.run_to_end()
    after = states(operator.overview())
    assert (before, during, after) == (
        {"waiting": 2, "accepting": 1, "cancelling": 1},
        {"requested": 3},
        {},
    )


def test_days_are_left_until_the_oldest_deletion_is_thirty_days_old() -> None:
    """From its request on; suppressions and cancelled deletions have no deadline."""
    operator = Operator()
    operator.fakes.accept("cy", name="s", kind=RegulationType.SUPPRESS)
    operator.fakes.accept("ann", name="a")
    operator.fakes.time += timedelta(days=2)
    operator.fakes.accept("bob", name="b")
    first = operator.overview(minutes=0)
    operator.fakes.cancel("a-ann", name="a")
    second = operator.overview(minutes=60 * 24 * 29)
    assert [one and one.days_left for one in (first, second)] == [28, 1]


def test_deadline_that_is_over_is_negative() -> None:
    """A deletion 31 days after its request is a day late."""
    operator = Operator()
    operator.fakes.accept("ann")
    overview = operator.overview(minutes=60 * 24 * 31)
    assert overview == Overview({RegulationState.WAITING: 1}, -1)


def test_chunk_is_read_again_only_after_a_change() -> None:
    """Twice: when it is new, and after its cancellation."""
    operator = Operator()
    operator.fakes.accept("ann", name="a")
    operator.fakes.accept("bob", name="b")
    for _ in range(3):
        operator.overview()
    operator.fakes.cancel("b-bob", name="b")
    operator.overview()
    assert operator.repository.read == ["a", "b", "b"]


def test_chunk_that_the_worker_changed_is_read_again() -> None:
    """Even if it is due at the same time as before."""
    operator = Operator()
    operator.fakes.accept("ann", name="a")
    operator.overview()
    operator.overview(tally=Tally(chunks={"a"}))
    assert operator.repository.read == ["a", "a"]


def test_worker_tells_which_chunks_it_changed() -> None:
    """Only the one that was due."""
    operator = Operator()
    operator.fakes.accept("ann", name="a")
    operator.fakes.time += timedelta(minutes=10)
    operator.fakes.accept("bob", name="b")
    assert operator.work().chunks == {"a"}


def test_overviews_are_minutes_apart() -> None:
    """The function runs every minute, and more often when it is busy."""
    operator = Operator()
    operator.fakes.accept("ann")
    made = [operator.overview(minutes=1) is not None for _ in range(9)]
    assert made == [True, False, False, False, True, False, False, False, True]


def test_change_is_shown_at_once() -> None:
    """The invocation that took a step makes an overview, however recent the last one is."""
    operator = Operator()
    operator.fakes.accept("ann", name="a")
    operator.overview()
    overview = operator.overview(minutes=1, tally=Tally(chunks={"a"}))
    assert states(overview) == {"waiting": 1}


def test_overview_is_not_made_of_a_part() -> None:
    """Without time to read all chunks there is none; the next invocation reads the rest."""
    operator = Operator()
    for index in range(30):
        operator.fakes.accept("ann", name=f"c{index}")
    times_left = iter([20_000, 10_000])
    operator.fakes.time_left = lambda: next(times_left, 60_000)  # type: ignore[method-assign]  # as it gets less
    overviews = [states(operator.overview(minutes=1)) for _ in range(2)]
    assert (overviews, len(operator.repository.read)) == ([None, {"waiting": 30}], 30)


def test_end_of_all_regulations_is_shown_once() -> None:
    """A stack without regulations pays for no metric of theirs."""
    operator = Operator()
    idle = states(operator.overview())
    operator.fakes.accept("ann")
    busy = states(operator.overview())
    operator.fakes.run_to_end()
    assert (idle, busy, states(operator.overview()), states(operator.overview())) == (
        None,
        {"waiting": 1},
        {},
        None,
    )


@pytest.mark.parametrize(
    ("error", "unavailable", "bugs"),
    [(TableUnavailable("Throttled"), ["Throttled"], 0), (KeyError("item"), [], 1)],
)
def test_overview_that_fails_is_counted(
    error: Exception, unavailable: list[str], bugs: int
) -> None:
    """The work is done all the same."""
    operator, tally = Operator(), Tally()

    def fail() -> None:
        raise error

    operator.repository.due_times = fail  # type: ignore[attr-defined]  # replaces the delegation
    overview = operator.overview(tally=tally)
    assert (overview, tally.tables_unavailable, len(tally.bugs)) == (None, unavailable, bugs)
