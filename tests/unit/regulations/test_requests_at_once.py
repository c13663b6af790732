"""Two requests for the same wish at once make one open regulation, whatever their order."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Condition, Thread
from typing import Any
from unittest import mock

from hypothesis import given, settings
from hypothesis import strategies as st

from rudder_mixpanel.aws import dynamodb
from rudder_mixpanel.regulations import create, match
from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.deletion import CountedTable
from tests.fakes.regulations import FakeRegulationsDependencies
from tests.unit.regulations.test_wishes import finish, ids

REQUESTS = [["ann"], ["ann", "bob"], ["bob", "ann"], ["bob"]]
CLOSED = [RegulationState.COMPLETED, RegulationState.FAILED, RegulationState.CANCELED]


@dataclass
class Turns:
    """Threads of which one at a time runs, up to its next call to a table, in a given order."""

    order: list[int]
    running: int = -1
    waiting: set[int] = field(default_factory=set)
    alive: set[int] = field(default_factory=set)
    changed: Condition = field(default_factory=Condition)

    def choose(self) -> None:
        """Let the next thread run, once all of them wait."""
        if self.running < 0 and self.alive and self.waiting == self.alive:
            alive = sorted(self.alive)
            self.running = alive[self.order.pop(0) % len(alive)] if self.order else alive[0]
            self.changed.notify_all()

    def take(self, number: int) -> None:
        """Wait until it is this thread's turn."""
        with self.changed:
            self.running = -1 if self.running == number else self.running
            self.waiting.add(number)
            self.choose()
            self.changed.wait_for(lambda: self.running == number)
            self.waiting.discard(number)

    def end(self, number: int) -> None:
        """Take a thread out."""
        with self.changed:
            self.alive.discard(number)
            self.running = -1
            self.choose()


@contextmanager
def one_thread_a_request() -> Iterator[None]:
    """Requests start no threads of their own."""
    with (
        mock.patch.object(dynamodb, "SIDE_BY_SIDE", 1),
        mock.patch.object(match, "LOADED_AT_ONCE", 1),
        mock.patch.object(create, "BEGUN_AT_ONCE", 1),
        mock.patch.object(create, "ACCEPTED_AT_ONCE", 1),
    ):
        yield


class World:
    """Tables, and what happens to them at the same time."""

    def __init__(self, order: list[int]) -> None:
        self.fakes = FakeRegulationsDependencies()
        self.turns = Turns(order)
        self.calls = 0
        self.closed_at: dict[str, int] = {}
        self.answers: list[tuple[int, list[str]]] = []
        self.errors: list[BaseException] = []

    def request(self, number: int, users: list[str]) -> None:
        """Request regulations about these users, one call to the tables at each turn."""
        began = self.calls
        caller = FakeRegulationsDependencies()
        caller.stored_regulations = self.fakes.stored_regulations
        caller.stored_suppressions = self.fakes.stored_suppressions
        caller.repository = CountedTable(caller.stored_regulations, InTurn(self, number))
        caller.suppressions = CountedTable(caller.stored_suppressions, InTurn(self, number))
        regulations = caller.create_regulations([{"userId": user} for user in users])
        self.answers.append((began, ids(regulations)))

    def close(self, number: int, states: list[RegulationState]) -> None:
        """Close an open regulation at each turn."""
        for state in states:
            self.turns.take(number)
            if is_open := self.open_regulations():
                regulation = is_open[0]
                finish(self.fakes, regulation, state)
                self.closed_at[regulation] = self.calls

    def open_regulations(self) -> list[str]:
        """The regulations that are accepted and open."""
        chunks = [self.fakes.chunk(name) for name in self.fakes.stored_regulations.chunks]
        return [
            regulation
            for chunk in chunks
            if chunk.effective_at
            for regulation in chunk.members
            if not chunk.is_closed(regulation)
        ]

    def run(self, *threads: Any) -> None:
        """Run functions that take their number, in turns."""

        def run(number: int, function: Any) -> None:
            try:
                self.turns.take(number)
                function(number)
            except BaseException as error:  # noqa: BLE001 - raised in the test's thread
                self.errors.append(error)
            finally:
                self.turns.end(number)

        self.turns.alive = set(range(len(threads)))
        started = [Thread(target=run, args=item) for item in enumerate(threads)]
        for thread in started:
            thread.start()
        for thread in started:
            thread.join()


@dataclass
class InTurn:
    """Counts a call to a table, and waits for the next turn after it."""

    world: World
    number: int

    def count_call[Result](self, result: Result) -> Result:
        """Wait for the next turn."""
        self.world.calls += 1
        self.world.turns.take(self.number)
        return result


@given(
    requests=st.lists(st.sampled_from(REQUESTS), min_size=2, max_size=3),
    states=st.lists(st.sampled_from(CLOSED), max_size=3),
    order=st.lists(st.integers(0, 3), max_size=80),
    earlier=st.lists(st.sampled_from(CLOSED), max_size=2),
)
@settings(max_examples=150, deadline=None)
def test_one_wish_has_one_open_regulation(
    requests: list[list[str]],
    states: list[RegulationState],
    order: list[int],
    earlier: list[RegulationState],
) -> None:
    """No answer names a regulation that was over when its request began."""
    world = World(order)
    with one_thread_a_request():
        for state in earlier:
            [regulation] = ids(world.fakes.create_regulations([{"userId": "ann"}]))
            finish(world.fakes, regulation, state)
            world.closed_at[regulation] = -1
        world.run(
            *[lambda number, users=users: world.request(number, users) for users in requests],
            lambda number: world.close(number, states),
        )
        wishes = [person_of(world, regulation) for regulation in world.open_regulations()]
    outdated = [
        regulation
        for began, answer in world.answers
        for regulation in answer
        if world.closed_at.get(regulation, began) < began
    ]
    assert (world.errors, len(world.answers), len(wishes) - len(set(wishes)), outdated) == (
        [],
        len(requests),
        0,
        [],
    )


def person_of(world: World, regulation: str) -> str:
    """The user of a regulation."""
    chunk = world.fakes.chunk(world.fakes.stored_regulations.regulations[regulation])
    return chunk.pseudonyms_of(regulation)[0]
