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
    fakes = FakeDeletionDependencies(answer=lambda _: httpx.Response(401))
    fakes.accept(*MANY)
    fakes.run(days=200, every=43_200)
    notes = fakes.chunk().tasks[0].history
    fakes.answer = lambda _: None
    fakes.run(days=2, every=43_200)
    states = set(fakes.states())
    assert (len(notes), notes[1]["times"] > 300, states) == (3, True, {RegulationState.COMPLETED})


def test_chunk_with_one_task_for_each_user_fits_into_its_item() -> None:
    """As after many splits; each task has a history of its own."""
    fakes = FakeDeletionDependencies()
    fakes.accept(*MANY)
    chunk = fakes.chunk()
    [task] = chunk.tasks
    for number in range(50):
        task.note(number, f"task {MANY[number]} created")
    for member in chunk.members[1:]:
        chunk.split(task, [member], RegulationState.WAITING, 0).note(60, f"conflicts with {member}")
    assert (len(chunk.tasks), fakes.stored_regulations.save(chunk)) == (len(MANY), True)


def test_chunk_with_many_cancellations_and_long_notes_fits_into_its_item() -> None:
    """Each user conflicts with another task, and many are cancelled one by one."""
    fakes = FakeDeletionDependencies()
    for user in MANY[:300]:
        fakes.mixpanel().create_task([user])
        fakes.pause()
    fakes.accept(*MANY)
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    for user in MANY[:40]:
        fakes.cancel(f"c-{user}")
        fakes.time += timedelta(minutes=1)
        assert fakes.run_worker().tables_unavailable == []
    assert fakes.states()[:40] == [RegulationState.CANCELED] * 40


def test_request_that_mixpanel_always_rejects() -> None:
    """In the end there are two requests for each user alone, a day apart; each has its history."""
    fakes = FakeDeletionDependencies(answer=lambda _: httpx.Response(400, json={"error": "no"}))
    fakes.accept(*MANY[:9])
    soon = set(fakes.run(days=0.9).states())
    fakes.run(days=1)
    notes = {task.history[-2]["what"] for task in fakes.chunk().tasks}
    assert (soon, fakes.states(), notes) == (
        {RegulationState.WAITING},
        [RegulationState.FAILED] * 9,
        {"Mixpanel rejected the request: HTTP 400: no"},
    )


def test_history_keeps_its_beginning_and_its_end() -> None:
    """Of a thousand different notes, the first and the last twenty."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann")
    [task] = fakes.chunk().tasks
    for number in range(1000):
        task.note(number, f"note {number}")
    times = [note["at"] for note in task.history]
    assert times == [*range(20), *range(980, 1000)]


def test_chunk_that_cannot_be_written_does_not_block_others() -> None:
    """It is retried by each invocation, and counted for an alarm."""
    fakes = FakeDeletionDependencies()
    fakes.accept("ann")
    fakes.accept("bob", name="d")
    save = fakes.stored_regulations.save

    def refuse(chunk: Chunk) -> bool:
        if chunk.id == "c":
            raise TableUnavailable("ValidationException")
        return save(chunk)

    fakes.repository = Refusing(fakes.stored_regulations, refuse)
    fakes.time += timedelta(minutes=2)
    errors = fakes.run_worker().tables_unavailable
    fakes.run()
    actual = (errors[0], fakes.states(), fakes.states("d"))
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
    """After 20 days, for an alarm, whatever it waits for; each regulation once a day."""
    fakes = FakeDeletionDependencies(answer=lambda _: answer)
    fakes.accept("ann", "bob")
    young = fakes.run(days=19.6, every=21_600).run_worker().over_age
    fakes.time += timedelta(days=0.4)
    tallies = [fakes.run_worker()]
    for _ in range(4):
        fakes.time += timedelta(hours=12)
        tallies.append(fakes.run_worker())
    counts = [tally.over_age for tally in tallies]
    waits_for = {*fakes.states()} - {RegulationState.WAITING}
    assert (young, counts, tallies[0].requests_over_age, waits_for <= {state}) == (
        0,
        [2, 0, 2, 0, 2],
        ["request"],
        True,
    )


def test_chunk_of_the_most_users_that_fail_alone_fits_into_its_item() -> None:
    """Each with long words of Mixpanel that do not compress: the middle of the notes is dropped."""
    fakes = FakeDeletionDependencies()
    fakes.accept(*(f"{number * 7919:032x}"[-32:] for number in range(1_999)))
    chunk = fakes.chunk()
    [task] = chunk.tasks
    for member in chunk.members[1:]:
        chunk.split(task, [member], RegulationState.WAITING, 0)
    for each in chunk.tasks:
        for number in range(12):
            each.note(number, f"{hash((each.number, number)):x}" * 8)
    assert fakes.stored_regulations.save(chunk)
    assert len(fakes.chunk().tasks[0].history) >= 2
