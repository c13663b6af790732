"""`where` against a stack in memory: output, exit status, and what it leaves behind."""

import json
from collections.abc import Iterator
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel_cli.errors import NOT_RECEIVED, UsageError
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.answer import WhereOutcome
from rudder_mixpanel_cli.where.investigation import Investigation
from rudder_mixpanel_cli.where.log_lines import LogLine, Mention, mentions_in
from rudder_mixpanel_cli.where.searched_id import SearchedId
from tests.unit.cli.where.stack_with_log import EVENT, ID, Stack, attributes


@pytest.mark.parametrize("kind", ["delivered", "merged"])
def test_delivered_event_is_found(
    stack: Stack, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """In one line, with status 0, and without a look at the queues."""
    stack.put(60, "receipts", **{kind: {"2026-11-27": receipt_hash(ID)}})
    stack.stack.clients["sqs"] = None
    assert stack.where(ID) == 0
    assert capsys.readouterr().out.startswith(f"{ID}: delivered at ")


def test_hash_in_the_log_is_an_id(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """As the log shows an id that may be personal data."""
    stack.put(60, "event rejected", code="TOO_OLD", message_id="sha256:" + "a" * 64)
    assert stack.where("sha256:" + "a" * 64) == 0
    assert ": rejected at " in capsys.readouterr().out


LONG_ID = f"1700000000000-{ID}"


def test_insert_id_alone_is_no_proof(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """Another event may have it, when it is only a part of the messageId."""
    stack.put(60, "receipts", delivered={"2026-11-27": receipt_hash(ID)}, updated=receipt_hash(ID))
    assert stack.where(LONG_ID) == NOT_RECEIVED


@pytest.mark.parametrize("kind", ["delivered", "merged"])
def test_insert_id_counts_with_the_message_id(
    stack: Stack, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    """In the same invocation, which has finished it: one line, and no history."""
    hashes = {"2026-11-27": receipt_hash(ID)}
    run = {"function_request_id": "run"}
    stack.put(60, "receipts", **{kind: hashes}, **run)
    stack.put(59, "receipts", updated=receipt_hash(LONG_ID), **run)
    assert stack.where(LONG_ID, as_json=True) == 0
    answer = json.loads(capsys.readouterr().out)
    assert [fact["act"] for fact in answer["history"]] == ["delivered"]


@pytest.mark.parametrize("message", ["events kept", "event rejected"])
@pytest.mark.parametrize("kind", ["partly_delivered", "partly_merged"])
def test_part_of_a_long_id_counts_with_its_rest(
    stack: Stack, capsys: pytest.CaptureFixture[str], message: str, kind: str
) -> None:
    """Which the same invocation has kept or rejected by its messageId."""
    run = {"function_request_id": "run", "code": "THROTTLED"}
    stack.put(60, "receipts", **{kind: {"2026-11-27": receipt_hash(ID)}}, **run)
    stack.put(60, message, message_id=LONG_ID, ids=receipt_hash(LONG_ID), **run)
    stack.where(LONG_ID)
    assert ": partly delivered at " in capsys.readouterr().out


@pytest.mark.parametrize("text", [LONG_ID, "sha256:" + sha256(b"ann@example.com").hexdigest()])
def test_finished_event_is_not_called_an_update_if_that_is_not_known(
    stack: Stack, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """A hash does not show the `$insert_id`."""
    stack.put(60, "receipts", updated=receipt_hash(LONG_ID) + receipt_hash("ann@example.com"))
    assert stack.where(text) == 0
    assert capsys.readouterr().out.endswith(" ago.\n")


def test_many_ids_read_each_line_once(monkeypatch: pytest.MonkeyPatch, stack: Stack) -> None:
    """However many are asked for; what the log has again is not read again."""
    read: list[LogLine] = []

    def find(line: LogLine, needles: dict[str, Any]) -> Iterator[Mention]:
        read.append(line)
        return mentions_in(line, needles)

    monkeypatch.setattr("rudder_mixpanel_cli.where.investigation.mentions_in", find)
    ids = [f"m-{number}" for number in range(200)]
    stack.put(60, "receipts", updated="".join(map(receipt_hash, ids)))
    now = current_time()
    searched = [SearchedId.of(text) for text in ids]
    investigation = Investigation(stack.stack, searched, now - timedelta(hours=1))
    outcomes = {answer.outcome for answer, _ in investigation.look(now).values()}
    investigation.search_log(searched, now - timedelta(hours=1), now)
    assert (outcomes, len(read)) == ({WhereOutcome.DELIVERED}, 1)


def test_missing_event_has_a_status_of_its_own(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """Also when others are found; the sentence says what waits unread."""
    stack.put(60, "receipts", updated=receipt_hash(ID))
    stack.queues["events"].send("{}")
    assert stack.where(ID, "other") == NOT_RECEIVED
    out = capsys.readouterr().out
    assert "other: not received in the last 60 minutes" in out
    assert "1 message on the events queue not read yet, the oldest for 3 minutes" in out


@pytest.mark.parametrize("name", ["rejected", "dead", "undelivered"])
def test_message_in_a_queue_is_found_and_stays(
    stack: Stack, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """By the messageId in its body; afterwards it is visible again."""
    code = {"code": "TOO_OLD"} if name == "rejected" else {}
    queue = stack.queues[name]
    queue.send(json.dumps(EVENT), attributes(**code))
    assert stack.where(ID) == 0
    assert "not received" not in capsys.readouterr().out
    assert (queue.visible, queue.in_flight) == (1, 0)


def test_dead_event_is_found_although_it_was_filtered(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was sent again."""
    stack.put(60, "receipts", filtered={"excluded": receipt_hash(ID)})
    stack.queues["dead"].send(json.dumps(EVENT))
    stack.where(ID)
    assert capsys.readouterr().out.startswith(f"{ID}: dead")


def test_copy_of_a_delivered_event_is_found_among_dead_letters(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """It was kept, and made the function fail later; the log says only that it was kept."""
    stack.put(60, "receipts", delivered={"2026-11-27": receipt_hash(ID)})
    stack.put(30, "events kept", ids=receipt_hash(ID), code="THROTTLED", endpoint="import")
    stack.queues["dead"].send(json.dumps(EVENT))
    stack.where(ID)
    out = " ".join(capsys.readouterr().out.split())
    assert f" Another copy of it is in the dead-letter queue. rudder-mixpanel dead show {ID}" in out


def test_rejected_event_of_a_record_is_found_although_others_were_replayed(
    stack: Stack, capsys: pytest.CaptureFixture[str]
) -> None:
    """By the record's id; the log is searched on to the rejection."""
    record = "aaaaaaaa-1111-4111-8111-111111111111"
    why = attributes(code="TOO_OLD", firstRecordId=record)
    stack.queues["rejected"].send(json.dumps(EVENT), why)
    stack.put(2400, "event rejected", code="TOO_OLD", message_id=ID, record_id=record)
    stack.put(60, "receipts", records={"delivered": receipt_hash(record)})
    stack.where(record)
    out = capsys.readouterr().out
    assert f"{record}: at least one event of this record was rejected at " in out
    assert "TOO_OLD. It is in the rejected queue" in out


def test_record_is_found_by_its_sqs_id(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """A dead one by its own id, which SQS keeps."""
    message = stack.queues["dead"].send(json.dumps({"batch": [EVENT]}))
    assert stack.where(message.id) == 0
    assert f"{message.id}: dead" in capsys.readouterr().out


def test_json_is_one_object_a_line(stack: Stack, capsys: pytest.CaptureFixture[str]) -> None:
    """With the outcome, for each id once."""
    stack.put(60, "receipts", suppressed=receipt_hash(ID))
    stack.where(ID, "other", ID, as_json=True)
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(line["id"], line["outcome"]) for line in lines] == [
        (ID, "suppressed"),
        ("other", "not received"),
    ]


@pytest.mark.parametrize("since", ["yesterday", "24", "9999-01-01", "24s"])
def test_time_that_is_none_is_an_error(stack: Stack, since: str) -> None:
    """The error names the option."""
    with pytest.raises(UsageError, match="--since"):
        stack.where(ID, since=since)


def test_following_ends_with_the_outcome(
    stack: Stack, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each change is printed once."""

    def sleep(_seconds: float) -> None:
        stack.put(0, "receipts", delivered={"2026-11-27": receipt_hash(ID)})

    monkeypatch.setattr("time.sleep", sleep)
    stack.put(
        60, "events kept", code="THROTTLED", reason="HTTP 429", attempt=1, ids=receipt_hash(ID)
    )
    assert stack.where(ID, follow=True) == 0
    sentences = [line for line in capsys.readouterr().out.splitlines() if line.startswith(ID)]
    assert [line.split()[1] for line in sentences] == ["waiting", "delivered"]
