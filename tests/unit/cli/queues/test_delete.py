"""`rejected delete` and `dead delete`, with moto as AWS."""

import json

import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.queues import deleting
from rudder_mixpanel_cli.queues.queue import Queue
from tests.unit.cli.queues.stack_queues import BODY, NAMELESS, REJECTED, StackQueues, run


@pytest.fixture
def two(stack: StackQueues) -> StackQueues:
    """A stack with two rejected events."""
    stack.put(stack.rejected, REJECTED)
    stack.put(stack.rejected, NAMELESS, BODY.replace("m-1", "m-2"))
    return stack


@pytest.mark.parametrize(
    ("arguments", "left"),
    [
        (("--code", "MISSING_EVENT_NAME"), [REJECTED]),
        (("m-1",), [NAMELESS]),
        (("--until", "2027-01-02"), [NAMELESS]),
        (("--code", "TOO_OLD"), [REJECTED, NAMELESS]),
        (("--all",), []),
    ],
    ids=["code", "id", "until", "none", "all"],
)
def test_delete_removes_what_is_selected(
    two: StackQueues, arguments: tuple[str, ...], left: list[dict[str, str]]
) -> None:
    """The others stay, and are visible at once."""
    done = run("rejected", "delete", "--yes", *arguments)
    assert (done.exit_code, done.stdout, two.attributes(two.rejected)) == (
        0,
        f"deleted   {2 - len(left)}\n",
        left,
    )


def test_dead_record_is_deleted(stack: StackQueues) -> None:
    """By its id; the others stay, and are visible at once."""
    record_id = stack.put(stack.dead, {})
    stack.put(stack.dead, {"firstRecordId": "the-other"})
    done = run("dead", "delete", "--yes", record_id)
    assert (done.stdout, stack.attributes(stack.dead)) == (
        "deleted   1\n",
        [{"firstRecordId": "the-other"}],
    )


def test_delete_needs_a_selection(two: StackQueues) -> None:
    """Nothing is deleted by a command that was sent too early."""
    done = run("rejected", "delete", "--yes")
    assert (done.exit_code, done.stderr, len(two.messages(two.rejected))) == (
        2,
        "rudder-mixpanel: expected ids, options that select messages, or --all\n",
        2,
    )


def test_dry_run_shows_causes_and_deletes_nothing(two: StackQueues) -> None:
    """On stdout."""
    done = run("rejected", "delete", "--dry-run", "m-2")
    assert (done.stdout.splitlines(), len(two.messages(two.rejected))) == (
        [
            "      1  MISSING_EVENT_NAME  event",
            "         expected a name",
            f"         {Code.MISSING_EVENT_NAME.explanation}",
            "         oldest: 2027-01-02 00:00 UTC",
            "",
            "2 read; the rejected queue has about 2.",
            "Nothing was deleted: this is a dry run.",
        ],
        2,
    )


@pytest.mark.parametrize(
    ("answer", "code", "left"), [("y\n", 0, 0), ("n\n", 1, 2), ("\n", 1, 2), ("what\nyes\n", 0, 0)]
)
@pytest.mark.usefixtures("somebody")
def test_delete_asks(two: StackQueues, answer: str, code: int, left: int) -> None:
    """After it has shown what it would delete; no answer means no."""
    done = run("rejected", "delete", "--all", answer=answer)
    question = "Delete these 2 messages from the rejected queue? They cannot be restored. [y/N]"
    assert (done.exit_code, question in done.stderr, len(two.messages(two.rejected))) == (
        code,
        True,
        left,
    )


@pytest.mark.usefixtures("somebody")
def test_delete_asks_about_one_message(two: StackQueues) -> None:
    """In the singular."""
    done = run("rejected", "delete", "m-2", answer="n\n")
    assert "Delete this message from the rejected queue? It cannot be restored." in done.stderr


@pytest.mark.parametrize("mode", ["--yes", "--dry-run", "--json --yes"])
def test_id_that_no_message_has_is_an_error(two: StackQueues, mode: str) -> None:
    """Those that are found are deleted nevertheless."""
    done = run("rejected", "delete", "nope", "m-2", *mode.split())
    assert (done.exit_code, done.stderr.splitlines()[-1], len(two.messages(two.rejected))) == (
        1,
        "rudder-mixpanel: no message that was read has the id nope",
        2 if mode == "--dry-run" else 1,
    )


@pytest.mark.usefixtures("somebody")
def test_no_says_how_to_go_on(two: StackQueues) -> None:
    """In one line, after the question."""
    done = run("rejected", "delete", "--all", answer="n\n")
    assert done.stderr.endswith(
        "rudder-mixpanel: nothing was deleted; to go on, run the command again and answer y, "
        "or add --yes\n"
    )


def test_late_answer_deletes_nothing(two: StackQueues, monkeypatch: pytest.MonkeyPatch) -> None:
    """Others can see the messages again, and may have dealt with them."""
    monkeypatch.setattr(deleting, "TIME_TO_ANSWER", -60)
    done = run("rejected", "delete", "--all", "--yes")
    assert (done.exit_code, "nothing was deleted" in done.stderr) == (1, True)
    assert len(two.messages(two.rejected)) == 2


def test_unconfirmed_deletion_is_reported(
    two: StackQueues, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With exit status 1."""
    monkeypatch.setattr(Queue, "delete", lambda *_: [])
    done = run("rejected", "delete", "--all", "--yes")
    assert (done.exit_code, done.stdout, two.attributes(two.events)) == (
        1,
        "deleted   0\nfailed    2: SQS does not confirm the deletion\n",
        [],
    )


def test_delete_as_json_is_one_document(two: StackQueues) -> None:
    """With what was read of how many, and the causes of what was deleted."""
    done = run("rejected", "delete", "m-2", "--yes", "--json")
    document = json.loads(done.stdout)
    causes = [cause["code"] for cause in document.pop("causes")]
    assert (document, causes, done.stderr) == (
        {
            "queue": "rejected queue",
            "read": 2,
            "visible": 2,
            "hidden": 0,
            "matching": 1,
            "deleted": 1,
            "notDeleted": 0,
        },
        ["MISSING_EVENT_NAME"],
        "",
    )
