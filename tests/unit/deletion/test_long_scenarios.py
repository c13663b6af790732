"""Failures that last: a chunk still fits into its item, blocks no other, and is counted."""

from datetime import timedelta

import httpx
import pytest

from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.deletion import FakeDeletionDependencies

# The users of a full chunk, with ids that do not compress.
MANY = [f"{number:08}-c0ff-4ee5-9bad-{number * 7919:012x}@example.com" for number in range(700)]


def test_token_that_is_rejected_for_months() -> None:
    """The history stays short, and the deletion continues when the token is replaced."""
    world = FakeDeletionDependencies(answer=lambda _: httpx.Response(401))
    world.accept(*MANY)
    world.run(days=200, every=43_200)
    notes = world.chunk().tasks[0].history
    world.answer = lambda _: None
    world.run(days=2, every=43_200)
    states = set(world.states())
    assert (len(notes), notes[0]["times"] > 300, states) == (2, True, {RegulationState.COMPLETED})


def test_chunk_with_one_task_for_each_user_fits_into_its_item() -> None:
    """As after many splits; each task has a history of its own."""
    world = FakeDeletionDependencies()
    world.accept(*MANY)
    chunk = world.chunk()
    [task] = chunk.tasks
    for number in range(50):
        task.note(number, f"task {MANY[number]} created")
    for member in chunk.members[1:]:
        chunk.split(task, [member], RegulationState.WAITING, 0).note(60, f"conflicts with {member}")
    assert (len(chunk.tasks), world.stored_regulations.save(chunk)) == (len(MANY), True)


def test_chunk_with_many_cancellations_and_long_notes_fits_into_its_item() -> None:
    """Each user conflicts with another task, and many are cancelled one by one."""
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


def test_request_that_mixpanel_always_rejects() -> None:
    """In the end there is one request for each user, each with its history."""
    world = FakeDeletionDependencies(answer=lambda _: httpx.Response(400))
    world.accept(*MANY[:9])
    world.run()
    notes = {task.history[-1]["what"] for task in world.chunk().tasks}
    assert (world.states(), notes) == ([RegulationState.FAILED] * 9, {"rejected: HTTP 400"})


def test_history_keeps_its_beginning_and_its_end() -> None:
    """Of a thousand different notes, the first and the last twenty."""
    world = FakeDeletionDependencies()
    world.accept("ann")
    [task] = world.chunk().tasks
    for number in range(1000):
        task.note(number, f"note {number}")
    times = [note["at"] for note in task.history]
    assert times == [*range(20), *range(980, 1000)]


def test_chunk_that_cannot_be_written_does_not_block_others() -> None:
    """It is retried by each invocation, and counted for an alarm."""
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
    errors = world.run_worker().tables_unavailable
    world.run()
    actual = (errors[0], world.states(), world.states("d"))
    assert actual == ("ValidationException", [RegulationState.WAITING], [RegulationState.COMPLETED])


class Refusing:
    """A repository with another `save`."""

    def __init__(self, repository: object, save: object) -> None:
        self.repository = repository
        self.save = save

    def __getattr__(self, name: str) -> object:
        """Everything else is the repository's."""
        return getattr(self.repository, name)


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (httpx.Response(503), RegulationState.CREATING),
        (httpx.Response(429), RegulationState.WAITING),
        (httpx.Response(401), RegulationState.WAITING),
        (httpx.Response(409, json={"error": {}}), RegulationState.CONFLICTED),
    ],
)
def test_deletion_that_is_never_accepted_is_counted(
    answer: httpx.Response, state: RegulationState
) -> None:
    """After 25 days, for an alarm, whatever it waits for."""
    world = FakeDeletionDependencies(answer=lambda _: answer)
    world.accept("ann", "bob")
    young = world.run(days=24, every=21_600).run_worker().over_age
    world.time += timedelta(days=2)
    old = world.run_worker().over_age
    assert (young, old >= 2, world.states()) == (0, True, [state] * 2)
