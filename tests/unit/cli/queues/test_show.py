"""`rudder-mixpanel rejected show`, with moto as AWS."""

import json
from typing import Any

import pytest

from rudder_mixpanel.message.log_ids import loggable_id
from tests.unit.cli.queues.stack_queues import (
    BODY,
    NAMELESS,
    REJECTED,
    REPLAYED,
    STACK,
    UNKNOWN,
    StackQueues,
    run,
)
from tests.unit.cli.terminal import run_on_terminal


def shown(*arguments: str) -> list[dict[str, Any]]:
    """The output of `rejected show`."""
    return [json.loads(line) for line in run("rejected", "show", *arguments).stdout.splitlines()]


def test_show_leaves_out_personal_data(stack: StackQueues) -> None:
    """It shows the attributes without Mixpanel's message."""
    message_id = stack.put(stack.rejected, REJECTED)
    assert shown() == [
        {
            "id": message_id,
            "firstSentAt": "2027-01-01T00:00:00+00:00",
            "firstRecordId": "the-first",
            "bytes": 131,
            "eventCount": 1,
            "events": [{"type": "track", "messageId": "m-1"}],
            "code": "REFUSED_BY_MIXPANEL",
            "field": "properties.time",
            "endpoint": "import",
        }
    ]


@pytest.mark.parametrize(
    ("body", "decoded"),
    [(BODY, json.loads(BODY)), ("{", "{")],
    ids=["an event", "not JSON"],
)
def test_body_shows_everything(stack: StackQueues, body: str, decoded: Any) -> None:
    """With a warning on stderr, apart from the messages."""
    stack.put(stack.rejected, REJECTED, body)
    done = run("rejected", "show", "--body")
    (message,) = map(json.loads, done.stdout.splitlines())
    assert (message["body"], message["message"], done.stderr) == (
        decoded,
        "ann@example.com is too long",
        (
            "This is personal data: do not save it to files or paste it in chats.\n"
            "1 shown.\n1 read; the rejected queue has about 1.\n"
        ),
    )


@pytest.mark.parametrize(
    ("arguments", "codes"),
    [
        ((), ["MISSING_EVENT_NAME", "OUTCOME_UNKNOWN", "REFUSED_BY_MIXPANEL"]),
        (("--code", "OUTCOME_UNKNOWN"), ["OUTCOME_UNKNOWN"]),
        (
            ("--code", "OUTCOME_UNKNOWN", "--code", "MISSING_EVENT_NAME"),
            ["MISSING_EVENT_NAME", "OUTCOME_UNKNOWN"],
        ),
        (("--code", "OUTCOME_UNKNOWN", "--endpoint", "import"), []),
        (("--endpoint", "import"), ["REFUSED_BY_MIXPANEL"]),
        (("m-nameless",), ["MISSING_EVENT_NAME"]),
        (("--since", "2027-01-02"), ["MISSING_EVENT_NAME", "OUTCOME_UNKNOWN"]),
        (("--until", "2027-01-02"), ["REFUSED_BY_MIXPANEL"]),
        (("--since", "2027-01-02T00:00:00Z", "--until", "2027-01-03"), ["MISSING_EVENT_NAME"]),
    ],
    ids=[
        *("all", "code", "two codes", "code and endpoint", "endpoint", "message id"),
        *("since", "until", "since and until"),
    ],
)
def test_options_select_messages(
    stack: StackQueues, arguments: tuple[str, ...], codes: list[str]
) -> None:
    """A message must match every option, and any value of a repeated one."""
    stack.put(stack.rejected, REJECTED)
    stack.put(stack.rejected, NAMELESS, BODY.replace("m-1", "m-nameless"))
    stack.put(stack.rejected, UNKNOWN)
    assert sorted(message["code"] for message in shown(*arguments)) == codes


def test_message_id_matches_the_sqs_id(stack: StackQueues) -> None:
    """As the AWS console shows it."""
    stack.put(stack.rejected, NAMELESS)
    message_id = stack.put(stack.rejected, REJECTED, "{")
    assert [message["id"] for message in shown(message_id)] == [message_id]


def test_message_id_matches_the_record_that_brought_it(stack: StackQueues) -> None:
    """By the id that the log has; the message in the queue has another one."""
    message_id = stack.put(stack.rejected, REJECTED)
    stack.put(stack.rejected, NAMELESS)
    assert [message["id"] for message in shown("the-first")] == [message_id]


def test_message_id_matches_a_number(stack: StackQueues) -> None:
    """As text, as the log has it."""
    message_id = stack.put(stack.rejected, NAMELESS, BODY.replace('"m-1"', "12345"))
    (message,) = shown("12345")
    assert (message["id"], message["events"][0]["messageId"]) == (message_id, "12345")


def test_message_id_matches_the_hash_in_the_log(stack: StackQueues) -> None:
    """As the log shows an id that may be personal data, so that it can be copied from there."""
    stack.put(stack.rejected, NAMELESS)
    message_id = stack.put(stack.rejected, REJECTED, BODY.replace("m-1", "ann@example.com"))
    logged = loggable_id("ann@example.com")
    assert [message["id"] for message in shown(logged)] == [message_id]


def test_show_stops_at_its_limit(stack: StackQueues) -> None:
    """All messages stay visible."""
    for _ in range(3):
        stack.put(stack.rejected, NAMELESS)
    assert (len(shown("--limit", "2")), len(stack.messages(stack.rejected))) == (2, 3)


def test_show_reports_that_no_message_matches(stack: StackQueues) -> None:
    """On stderr, because an empty output would look like a failure."""
    stack.put(stack.rejected, NAMELESS)
    done = run("rejected", "show", "--code", "TOO_OLD")
    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        "",
        "0 shown.\n1 read; the rejected queue has about 1.\n",
    )


def test_show_fails_when_an_id_is_not_found(stack: StackQueues) -> None:
    """It shows the others, and names the ids that no message has."""
    stack.put(stack.rejected, NAMELESS)
    done = run("rejected", "show", "m-1", "m-2")
    assert (done.exit_code, len(done.stdout.splitlines()), done.stderr.splitlines()) == (
        1,
        1,
        [
            "1 shown.",
            "1 read; the rejected queue has about 1.",
            "rudder-mixpanel: no message that was read has the id m-2",
        ],
    )


def test_show_names_a_few_events_of_a_record(stack: StackQueues) -> None:
    """And counts all; an id that may be personal data is shown as its hash."""
    events = [{"type": "track", "event": "Paid", "messageId": "ann@example.com"}] * 12
    stack.put(stack.dead, REPLAYED, json.dumps({"batch": events}))
    (message,) = (json.loads(line) for line in run("dead", "show").stdout.splitlines())
    event = {"type": "track", "name": "Paid", "messageId": loggable_id("ann@example.com")}
    assert (message["eventCount"], message["events"]) == (12, [event] * 10)


def test_show_on_a_terminal_is_text(stack: StackQueues) -> None:
    """With what to do, in lines that fit."""
    sqs_id = stack.put(stack.rejected, {**REJECTED, "operations": "import"}, BODY)
    options = ("--quotes", "--body", "--stack", STACK)
    assert run_on_terminal("rejected", "show", *options, columns=60) == [
        "REFUSED_BY_MIXPANEL  import  properties.time",
        "  Mixpanel rejected the event; the message says why. Fix the",
        "  event and replay it.",
        "  message     ann@example.com is too long",
        "  event       track  m-1",
        "  first sent  2027-01-01 00:00 UTC",
        f"  SQS id      {sqs_id}  (153 bytes)",
        "  operations  import",
        "  {",
        '    "type": "track",',
        '    "messageId": "m-1",',
        '    "userId": "ann@example.com"',
        "  }",
        "",
    ]


def test_json_on_a_terminal_is_json(stack: StackQueues) -> None:
    """One message a line."""
    sqs_id = stack.put(stack.rejected, NAMELESS)
    (line,) = run_on_terminal("rejected", "show", "--json", "--stack", STACK)
    assert json.loads(line)["id"] == sqs_id
