"""`rudder-mixpanel rejected show`, with moto as AWS."""

import json
from typing import Any

import pytest

from rudder_mixpanel.message.log_ids import loggable_id
from tests.unit.cli.queues.stack_queues import (
    BODY,
    NAMELESS,
    REJECTED,
    UNKNOWN,
    StackQueues,
    run,
)


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
        "This is personal data: do not save it to files or paste it in chats.\n",
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
        (("--message-id", "m-nameless"), ["MISSING_EVENT_NAME"]),
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
    assert [message["id"] for message in shown("--message-id", message_id)] == [message_id]


def test_message_id_matches_the_hash_in_the_log(stack: StackQueues) -> None:
    """As the log shows an id that may be personal data, so that it can be copied from there."""
    stack.put(stack.rejected, NAMELESS)
    message_id = stack.put(stack.rejected, REJECTED, BODY.replace("m-1", "ann@example.com"))
    logged = loggable_id("ann@example.com")
    assert [message["id"] for message in shown("--message-id", logged)] == [message_id]


def test_show_stops_at_its_limit(stack: StackQueues) -> None:
    """All messages stay visible."""
    for _ in range(3):
        stack.put(stack.rejected, NAMELESS)
    assert (len(shown("--limit", "2")), len(stack.messages(stack.rejected))) == (2, 3)


def test_show_reports_that_no_message_matches(stack: StackQueues) -> None:
    """On stderr, because an empty output would look like a failure."""
    stack.put(stack.rejected, NAMELESS)
    done = run("rejected", "show", "--code", "TOO_OLD")
    assert (done.stdout, done.stderr) == ("", "None of 1 messages match.\n")
