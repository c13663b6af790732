"""Cancellations of a user with a task for each id, of which Mixpanel's answers differ."""

from datetime import timedelta

from rudder_mixpanel.regulations.model import RegulationState
from tests.fakes.deletion import FakeDeletionDependencies


def old_and_unknown() -> FakeDeletionDependencies:
    """A cancelled user of whom one task is too old to be revoked, and another has no answer yet."""
    fakes = FakeDeletionDependencies()
    chunk = fakes.accept("ann")
    fakes.time += timedelta(days=2)
    now = fakes.now()
    chunk.people["c-ann"].ids = ["ann", "$device:ann"]
    old, unknown = chunk.split_ids(chunk.tasks[0])
    old.state, old.task_id, old.status = RegulationState.REQUESTED, "old", "PENDING"
    old.requested_at, old.due = chunk.effective_at, now + 3_600
    unknown.state, unknown.by_engage = RegulationState.CREATING, False
    unknown.requested_at = unknown.sent_at = now
    unknown.due = now + 600
    assert fakes.stored_regulations.save(chunk)
    fakes.cancel("c-ann")
    return fakes


def test_cancellation_waits_for_the_unknown_task_beside_an_old_one() -> None:
    """Nothing is due and nothing fails meanwhile, and the chunks of others go on."""
    fakes = old_and_unknown()
    fakes.accept("bob", name="d")
    fakes.time += timedelta(minutes=2)
    fakes.run_worker()
    actual = (fakes.chunk().due, fakes.states(), fakes.states("d"))
    assert actual == (
        fakes.chunk().tasks[1].due,
        [RegulationState.CANCELLING],
        [RegulationState.REQUESTED],
    )


def test_cancellation_is_carried_out_when_the_unknown_task_is_known() -> None:
    """The user is not asked for again after that, and no longer suppressed."""
    fakes = old_and_unknown()
    fakes.run(days=2)
    assert (fakes.chunk().cancelling, fakes.suppressed) == ({}, set())
