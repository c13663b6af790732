"""The history of a task: bounded, and never without what a reader must know."""

from rudder_mixpanel.regulations.task import MOST_NOTES, UNANSWERED, Task


def test_doubt_about_a_deletion_is_never_dropped() -> None:
    """However many other notes come before and after it."""
    task = Task(0, ["r"], unanswered=True)
    for number in range(100):
        task.note(number, f"before {number}")
    task.clear_unanswered(100)
    for number in range(101, 200):
        task.note(number, f"after {number}")
    notes = [note["what"] for note in task.history]
    assert (notes.count(UNANSWERED), len(notes)) == (1, MOST_NOTES + 1)


def test_first_and_last_notes_are_kept() -> None:
    """As many of both."""
    task = Task(0, ["r"])
    for number in range(MOST_NOTES * 3):
        task.note(number, f"note {number}")
    numbers = [note["at"] for note in task.history]
    half = MOST_NOTES // 2
    assert numbers == [*range(half), *range(MOST_NOTES * 3 - half, MOST_NOTES * 3)]
