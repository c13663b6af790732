"""Whatever goes on for how long: a chunk fits its item, nobody waits for it, and somebody hears."""

from datetime import timedelta

import httpx
import pytest

from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.regulations.model import Chunk, RegulationState
from tests.fakes.deletion import FakeDeletionDependencies

# Users of a chunk that is full, by names that nothing makes shorter.
MANY = [f"{number:08}-c0ff-4ee5-9bad-{number * 7919:012x}@example.com" for number in range(700)]


def test_token_that_is_refused_for_months() -> None:
    """All is as it was, and goes on when somebody has mended it."""
    world = FakeDeletionDependencies(answer=lambda _: httpx.Response(401))
    world.accept(*MANY)
    world.run(days=200, every=43_200)
    notes = world.chunk().tasks[0].history
    world.answer = lambda _: None
    world.run(days=2, every=43_200)
    states = set(world.states())
    assert (len(notes), notes[0]["times"] > 300, states) == (2, True, {RegulationState.COMPLETED})


def test_chunk_in_as_many_parts_as_users_fits() -> None:
    """As after a long time of halving, and each part has a history of its own."""
    world = FakeDeletionDependencies()
    world.accept(*MANY)
    chunk = world.chunk()
    [task] = chunk.tasks
    for number in range(50):
        task.note(number, f"task {MANY[number]} created")
    for member in chunk.members[1:]:
        chunk.split(task, [member], RegulationState.WAITING, 0).note(60, f"conflicts with {member}")
    assert (len(chunk.tasks), world.stored_regulations.save(chunk)) == (len(MANY), True)


def test_users_who_leave_a_chunk_with_long_notes_do_not_burst_it() -> None:
    """Each user has a task of their own in the way, and many are cancelled one by one."""
    world = FakeDeletionDependencies()
    for user in MANY[:300]:
        world.mixpanel().create_task([user])
    world.accept(*MANY)
    world.time += timedelta(minutes=2)
    world.run_worker()
    for user in MANY[:40]:
        world.cancel(f"c-{user}")
        world.time += timedelta(minutes=1)
        assert world.run_worker().tables_unavailable == []
    assert world.states()[:40] == [RegulationState.CANCELED] * 40


def test_request_that_mixpanel_never_takes() -> None:
    """Each user is asked for alone in the end, and each one's history is there."""
    world = FakeDeletionDependencies(answer=lambda _: httpx.Response(400))
    world.accept(*MANY[:9])
    world.run()
    told = {task.history[-1]["what"] for task in world.chunk().tasks}
    assert (world.states(), told) == ([RegulationState.FAILED] * 9, {"refused: HTTP 400"})


def test_history_keeps_its_beginning_and_its_end() -> None:
    """Of a thousand different notes."""
    world = FakeDeletionDependencies()
    world.accept("ann")
    [task] = world.chunk().tasks
    for number in range(1000):
        task.note(number, f"note {number}")
    told = [one["at"] for one in task.history]
    assert told == [*range(20), *range(980, 1000)]


def test_chunk_that_cannot_be_written_does_not_hold_up_the_others() -> None:
    """It is tried again each time, and an alarm tells of it."""
    world = FakeDeletionDependencies()
    world.accept("ann")
    world.accept("bob", name="d")
    save = world.stored_regulations.save

    def refuse(chunk: Chunk) -> bool:
        if chunk.id == "c":
            raise TableUnavailable("ValidationException")
        return save(chunk)

    world.repository = Refusing(world.stored_regulations, refuse)
    world.time += timedelta(minutes=2)
    told = world.run_worker().tables_unavailable
    world.run()
    found = (told[0], world.states(), world.states("d"))
    assert found == ("ValidationException", [RegulationState.WAITING], [RegulationState.COMPLETED])


class Refusing:
    """A register that writes in a way of its own."""

    def __init__(self, register: object, save: object) -> None:
        self.register = register
        self.save = save

    def __getattr__(self, name: str) -> object:
        """All else is the register's."""
        return getattr(self.register, name)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (httpx.Response(503), RegulationState.CREATING),
        (httpx.Response(429), RegulationState.WAITING),
        (httpx.Response(401), RegulationState.WAITING),
        (httpx.Response(409, json={"error": {}}), RegulationState.CONFLICTED),
    ],
)
def test_deletion_that_never_gets_through_is_told(
    answer: httpx.Response, state: RegulationState
) -> None:
    """After 25 days, whatever it waits for."""
    world = FakeDeletionDependencies(answer=lambda _: answer)
    world.accept("ann", "bob")
    young = world.run(days=24, every=21_600).run_worker().over_age
    world.time += timedelta(days=2)
    old = world.run_worker().over_age
    assert (young, old >= 2, world.states()) == (0, True, [state] * 2)
