"""`send` through a stack in memory: what is sent and printed, and what becomes of it."""

import json
from pathlib import Path
from typing import Any

import pytest
import typer

from rudder_mixpanel_cli.errors import FAILURE, CommandError, UsageError
from rudder_mixpanel_cli.send.actions import send_events
from tests.fakes.sqs.client import QueuesClient, client_error
from tests.fakes.sqs.queue import Queue
from tests.unit.cli.where.stack_with_log import EVENT, ID, Stack, attributes


def test_sent_event_is_followed_to_mixpanels_answer(
    stack: Stack,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """It gets what the gateway adds; Mixpanel's message is shown to its sender; the status is 1."""

    def reject(_seconds: float) -> None:
        (message,) = stack.queues["events"].messages()
        why = attributes(code="REFUSED_BY_MIXPANEL", endpoint="import", message="bad: u@x.com")
        stack.queues["rejected"].send(message.body, why)
        stack.put(0, "event rejected", code="REFUSED_BY_MIXPANEL", reason="bad", message_id=ID)

    monkeypatch.setattr("time.sleep", reject)
    file = tmp_path / "event.json"
    file.write_text(json.dumps(EVENT, indent=2))
    with pytest.raises(typer.Exit) as exit_:
        send_events(stack.stack, [file], follow=True, confirmed=True, as_json=False)
    (message,) = stack.queues["events"].messages()
    assert {**json.loads(message.body), **EVENT} == json.loads(message.body)
    assert {"rudderId", "receivedAt", "originalTimestamp"} <= json.loads(message.body).keys()
    out = capsys.readouterr().out
    assert out.startswith(f"{ID}: sent (track Signed Up, {file}, line 1).\n{ID}: rejected at ")
    assert ('Mixpanel: "u@x.com"' in out, exit_.value.exit_code) == (True, FAILURE)


def test_event_without_an_id_gets_one(
    stack: Stack, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """It is printed, and what asks for it later."""
    file = tmp_path / "event.json"
    file.write_text('[{"type":"track","event":"A","userId":"u"}, {"type":"page","userId":"u"}]')
    send_events(stack.stack, [file], follow=False, confirmed=True, as_json=True)
    printed = [json.loads(line)["messageId"] for line in capsys.readouterr().out.splitlines()]
    sent = [json.loads(message.body)["messageId"] for message in stack.queues["events"].messages()]
    assert (printed == sent, len(set(sent))) == (True, 2)


@pytest.mark.parametrize(
    ("content", "expected"),
    [('{"type":"track"}\n{"a": 1}', "line 2: expected an event"), ("", "no event")],
    ids=["not an event", "empty"],
)
def test_nothing_is_sent_when_a_part_is_no_event(
    stack: Stack, tmp_path: Path, content: str, expected: str
) -> None:
    """The error says where it is."""
    file = tmp_path / "event.json"
    file.write_text(content)
    with pytest.raises(UsageError, match=expected):
        send_events(stack.stack, [file], follow=False, confirmed=True, as_json=False)
    assert stack.queues["events"].messages() == []


class RefusingClient(QueuesClient):
    """SQS that accepts one batch; then it refuses each event, or the call."""

    def __init__(self, queue: Queue, error: Exception | None = None) -> None:
        super().__init__(events=queue)
        self.error = error

    def send_message_batch(self, *, QueueUrl: str, **request: Any) -> dict[str, Any]:  # noqa: N803 - boto3's names
        """Accept the first batch only; raises the error."""
        if not self.queues[QueueUrl].messages():
            return super().send_message_batch(QueueUrl=QueueUrl, **request)
        if self.error is not None:
            raise self.error
        return {"Failed": [{"Id": entry["Id"]} for entry in request["Entries"]]}


@pytest.mark.parametrize("error", [None, client_error("AccessDenied")], ids=["part", "call"])
def test_what_sqs_accepted_is_printed_although_the_rest_fails(
    stack: Stack, capsys: pytest.CaptureFixture[str], tmp_path: Path, error: Exception | None
) -> None:
    """So that it can be asked for, and is not sent twice."""
    stack.stack.clients["sqs"] = RefusingClient(stack.queues["events"], error)
    file = tmp_path / "events.json"
    file.write_text('{"type":"track","event":"A","userId":"u"}\n' * 12)
    with pytest.raises(CommandError):
        send_events(stack.stack, [file], follow=False, confirmed=True, as_json=True)
    printed = [json.loads(line)["messageId"] for line in capsys.readouterr().out.splitlines()]
    sent = [json.loads(message.body)["messageId"] for message in stack.queues["events"].messages()]
    assert (printed, len(sent)) == (sent, 10)
