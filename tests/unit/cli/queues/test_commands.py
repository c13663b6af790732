"""`rudder-mixpanel rejected` and `dead` as an operator runs them, with moto as AWS."""

import json
from typing import Any

import boto3
import pytest
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.queues.queues import Queue
from tests.unit.cli.queues.waiting import BODY, NAMELESS, REFUSED, STACK, UNKNOWN, Waiting

REPLAYED = {"firstSentAt": "2027-01-01T00:00:00+00:00"}


def run(*arguments: str, answer: str | None = None) -> Result:
    """A command, run to its end."""
    environ = {"RUDDER_MIXPANEL_STACK": STACK}
    return CliRunner().invoke(app, arguments, input=answer, env=environ)


# --- list ----------------------------------------------------------------------------------------


def test_list_counts_each_cause_and_says_what_to_do(waiting: Waiting) -> None:
    """The most frequent first; Mixpanel's words, which may repeat data, are left out."""
    for told in (NAMELESS, REFUSED, {**REFUSED, "message": "bob@example.com is too long"}):
        waiting.put(waiting.rejected, told)
    assert run("rejected", "list").stdout.splitlines() == [
        "      2  REFUSED_BY_MIXPANEL  import  properties.time",
        "         Mixpanel says why in the message; mend the event and replay it.",
        "         oldest: 2027-01-01 00:00 UTC",
        "",
        "      1  MISSING_EVENT_NAME  event",
        "         expected a name",
        "         The event has no name, and Mixpanel takes none without.",
        "         oldest: 2027-01-02 00:00 UTC",
        "",
        "What Mixpanel said may repeat people's data; --quotes shows it.",
        "3 seen; the rejected queue holds about 3.",
    ]


def test_list_repeats_what_mixpanel_said_on_demand(waiting: Waiting) -> None:
    """Causes are told apart by it, and a terminal does not obey it."""
    waiting.put(waiting.rejected, {**REFUSED, "message": "bad \x9b2Jthing"})
    waiting.put(waiting.rejected, REFUSED)
    said = run("rejected", "list", "--quotes").stdout.splitlines()
    assert (said[1::5], said[-1]) == (
        ["         ann@example.com is too long", "         bad �2Jthing"],
        "2 seen; the rejected queue holds about 2.",
    )


def test_list_leaves_every_message_in_sight(waiting: Waiting) -> None:
    """Also those beyond a limit."""
    for _ in range(25):
        waiting.put(waiting.rejected, NAMELESS)
    said = run("rejected", "list", "--limit", "12").stdout
    assert ("12 seen" in said, len(waiting.messages(waiting.rejected))) == (True, 25)


def test_list_says_what_somebody_else_is_reading(waiting: Waiting) -> None:
    """Those cannot be counted by cause."""
    waiting.put(waiting.rejected, NAMELESS)
    waiting.messages(waiting.rejected)
    assert run("rejected", "list").stdout.splitlines() == [
        "0 seen; the rejected queue holds about 0.",
        "About 1 more are out of sight: somebody else reads them.",
    ]


def test_list_of_the_dead_says_where_to_look(waiting: Waiting) -> None:
    """They bear no reason."""
    waiting.put(waiting.dead, REPLAYED)
    assert run("dead", "list").stdout.splitlines() == [
        "      1  dead",
        "         The function died of it, or tried too often. See the log before you replay.",
        "         oldest: 2027-01-01 00:00 UTC",
        "",
        "1 seen; the dead-letter queue holds about 1.",
    ]


# --- show ----------------------------------------------------------------------------------------


def shown(*arguments: str) -> list[dict[str, Any]]:
    """What `rejected show` writes."""
    return [json.loads(line) for line in run("rejected", "show", *arguments).stdout.splitlines()]


def test_show_tells_a_message_without_data(waiting: Waiting) -> None:
    """Its attributes but for what Mixpanel said."""
    message_id = waiting.put(waiting.rejected, REFUSED)
    assert shown() == [
        {
            "id": message_id,
            "firstSentAt": "2027-01-01T00:00:00+00:00",
            "bytes": 103,
            "code": "REFUSED_BY_MIXPANEL",
            "field": "properties.time",
            "endpoint": "import",
        }
    ]


@pytest.mark.parametrize(
    ("body", "decoded"),
    [(BODY, json.loads(BODY)), ("{", "{")],
    ids=["an event", "no JSON"],
)
def test_show_tells_all_when_asked(waiting: Waiting, body: str, decoded: Any) -> None:
    """With a warning that does not mix with the messages."""
    waiting.put(waiting.rejected, REFUSED, body)
    done = run("rejected", "show", "--body")
    (one,) = map(json.loads, done.stdout.splitlines())
    assert (one["body"], one["message"], done.stderr) == (
        decoded,
        "ann@example.com is too long",
        "These are people's data: leave them in no file and no chat.\n",
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
def test_options_choose_messages(
    waiting: Waiting, arguments: tuple[str, ...], codes: list[str]
) -> None:
    """All of them must be true of a message, each in one of its values."""
    waiting.put(waiting.rejected, REFUSED)
    waiting.put(waiting.rejected, NAMELESS, BODY.replace("m-1", "m-nameless"))
    waiting.put(waiting.rejected, UNKNOWN)
    assert sorted(one["code"] for one in shown(*arguments)) == codes


def test_message_is_found_by_the_id_that_sqs_gave_it(waiting: Waiting) -> None:
    """As the console shows it."""
    waiting.put(waiting.rejected, NAMELESS)
    message_id = waiting.put(waiting.rejected, REFUSED, "{")
    assert [one["id"] for one in shown("--message-id", message_id)] == [message_id]


def test_show_ends_at_its_limit(waiting: Waiting) -> None:
    """The rest stays in sight like those that were shown."""
    for _ in range(3):
        waiting.put(waiting.rejected, NAMELESS)
    assert (len(shown("--limit", "2")), len(waiting.messages(waiting.rejected))) == (2, 3)


def test_show_says_when_there_is_none(waiting: Waiting) -> None:
    """Silence would look like a failure."""
    waiting.put(waiting.rejected, NAMELESS)
    done = run("rejected", "show", "--code", "TOO_OLD")
    assert (done.stdout, done.stderr) == ("", "None of 1 messages that were seen.\n")


# --- replay --------------------------------------------------------------------------------------


def test_replay_sends_the_refused_operations_with_their_first_time(waiting: Waiting) -> None:
    """And the event as it is, and nothing of why it was rejected."""
    waiting.put(waiting.rejected, {**REFUSED, "operations": "import,groups $set #2"})
    done = run("rejected", "replay", "--yes")
    (message,) = waiting.messages(waiting.events)
    assert (done.stdout, message["Body"], message["MessageAttributes"]) == (
        "replayed  1\n",
        BODY,
        {
            "firstSentAt": {"DataType": "String", "StringValue": REFUSED["firstSentAt"]},
            "operations": {"DataType": "String", "StringValue": "import,groups $set #2"},
        },
    )


def test_replay_empties_the_queue(waiting: Waiting) -> None:
    """Of everything, however many calls that takes."""
    for _ in range(25):
        waiting.put(waiting.rejected, NAMELESS)
    run("rejected", "replay", "--yes")
    both = [Queue(boto3.client("sqs"), url).about() for url in (waiting.rejected, waiting.events)]
    assert [(one.waiting, one.out_of_sight) for one in both] == [(0, 0), (25, 0)]


def test_replay_leaves_what_is_not_asked_for_in_sight(waiting: Waiting) -> None:
    """And says so."""
    waiting.put(waiting.rejected, REFUSED)
    waiting.put(waiting.rejected, NAMELESS)
    done = run("rejected", "replay", "--yes", "--code", "MISSING_EVENT_NAME")
    assert (done.stdout, waiting.told(waiting.rejected), waiting.told(waiting.events)) == (
        "replayed  1\nleft      1: not asked for\n",
        [REFUSED],
        [{"firstSentAt": NAMELESS["firstSentAt"]}],
    )


def test_unknown_outcome_is_not_replayed_by_the_way(waiting: Waiting) -> None:
    """It may have counted, and would count twice."""
    waiting.put(waiting.rejected, UNKNOWN)
    done = run("rejected", "replay", "--yes")
    assert (done.exit_code, done.stdout, waiting.told(waiting.rejected)) == (
        0,
        "replayed  0\nleft      1: their outcome is unknown: replay them with --as-not-applied\n",
        [UNKNOWN],
    )


def test_unknown_outcome_is_replayed_on_demand(waiting: Waiting) -> None:
    """Only for those does the function hear that they were not applied."""
    waiting.put(waiting.rejected, REFUSED)
    waiting.put(waiting.rejected, UNKNOWN)
    run("rejected", "replay", "--yes", "--as-not-applied")
    by_time = sorted(waiting.told(waiting.events), key=lambda told: told["firstSentAt"])
    assert by_time == [
        REPLAYED,
        {
            "firstSentAt": UNKNOWN["firstSentAt"],
            "operations": "engage $add",
            "asNotApplied": "true",
        },
    ]


@pytest.mark.parametrize(
    ("answer", "left", "code"), [("y\n", 0, 0), ("n\n", 1, 1), ("", 1, 1)], ids=["yes", "no", "-"]
)
def test_replay_asks_first(waiting: Waiting, answer: str, left: int, code: int) -> None:
    """With how many there are, and where they would go; whoever cannot answer says no."""
    waiting.put(waiting.rejected, NAMELESS)
    done = run("rejected", "replay", answer=answer)
    question = (
        f"About 1 messages are in the rejected queue.\nSend all of them to {waiting.events}? [y/N]:"
    )
    assert (done.exit_code, done.stderr[: len(question)], len(waiting.told(waiting.rejected))) == (
        code,
        question,
        left,
    )


def test_dead_record_goes_back_with_all_that_it_came_with(waiting: Waiting) -> None:
    """It may have been a replay itself."""
    told = {**REPLAYED, "operations": "engage $add", "other": "not ours"}
    waiting.put(waiting.dead, told, '{"batch":[]}')
    run("dead", "replay", "--yes")
    (message,) = waiting.messages(waiting.events)
    assert (message["Body"], sorted(message["MessageAttributes"])) == (
        '{"batch":[]}',
        ["firstSentAt", "operations"],
    )


def test_dead_record_without_a_first_time_keeps_when_it_was_sent(waiting: Waiting) -> None:
    """A redrive leaves that time alone, and the function dates events by it."""
    waiting.put(waiting.dead, {})
    (before,) = (json.loads(line) for line in run("dead", "show").stdout.splitlines())
    run("dead", "replay", "--yes")
    assert waiting.told(waiting.events) == [{"firstSentAt": before["firstSentAt"]}]


def test_record_that_died_as_not_applied_needs_to_be_allowed_again(waiting: Waiting) -> None:
    """It may have counted before it died."""
    waiting.put(waiting.dead, {**REPLAYED, "asNotApplied": "true"})
    run("dead", "replay", "--yes")
    before = waiting.told(waiting.events)
    run("dead", "replay", "--yes", "--as-not-applied")
    assert (before, waiting.told(waiting.events)) == ([], [{**REPLAYED, "asNotApplied": "true"}])


def test_event_that_does_not_fit_stays_and_is_said(waiting: Waiting) -> None:
    """The others are not held up by it."""
    boto3.client("sqs").set_queue_attributes(
        QueueUrl=waiting.events, Attributes={"MaximumMessageSize": "1024"}
    )
    waiting.put(waiting.rejected, NAMELESS, "x" * 1000)
    waiting.put(waiting.rejected, NAMELESS)
    done = run("rejected", "replay", "--yes")
    assert (done.exit_code, done.stdout, len(waiting.messages(waiting.rejected))) == (
        1,
        "replayed  1\nfailed    1: longer than the events queue takes (1,024 bytes)\n",
        1,
    )


def test_longest_events_go_one_by_one(waiting: Waiting) -> None:
    """SQS takes a call of a mebibyte, and no more."""
    for _ in range(3):
        waiting.put(waiting.rejected, NAMELESS, "x" * 1_000_000)
    assert run("rejected", "replay", "--yes").stdout == "replayed  3\n"


# --- what a person may get wrong -----------------------------------------------------------------


def test_queues_may_be_named_by_their_addresses(waiting: Waiting) -> None:
    """So another queue of records can be replayed, such as EventBridge's."""
    other = boto3.client("sqs").create_queue(QueueName="undelivered")["QueueUrl"]
    waiting.put(other, {})
    addresses = ("--queue-url", other, "--events-queue-url", waiting.events, "--stack", "")
    assert run("dead", "replay", "--yes", *addresses).stdout == "replayed  1\n"


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("list", "--stack", ""), 2, "say --stack, or --queue-url"),
        (("replay", "--stack", ""), 2, "say --stack, or --queue-url and --events-queue-url"),
        (("list", "--stack", "nope"), 2, "--stack: there is no stack nope in us-east-1"),
        (
            ("list", "--queue-url", "https://sqs.us-east-1.amazonaws.com/123456789012/nope"),
            1,
            "AWS refuses GetQueueAttributes: The specified queue does not exist.",
        ),
        (
            ("show", "--since", "today"),
            2,
            "--since: expected a time such as 2026-12-31T12:00:00Z, got today",
        ),
        (
            ("replay", "--queue-url", "URL", "--events-queue-url", "URL"),
            2,
            "--queue-url: this is the events queue itself",
        ),
    ],
    ids=["no stack", "no stack to send", "other stack", "no queue", "no time", "same queue"],
)
def test_mistake_is_said_in_a_line(
    waiting: Waiting, arguments: tuple[str, ...], code: int, said: str
) -> None:
    """With an exit code that tells a mistake from a failure."""
    done = run("rejected", *arguments)
    assert (done.exit_code, done.output) == (code, f"rudder-mixpanel: {said}\n")


def test_stack_of_something_else_is_said_in_a_line(waiting: Waiting) -> None:
    """It has no such output."""
    boto3.client("cloudformation").create_stack(
        StackName="other", TemplateBody="Resources: {Topic: {Type: AWS::SNS::Topic}}"
    )
    said = run("dead", "list", "--stack", "other").output
    assert said == "rudder-mixpanel: --stack: other has no output EventsDeadLetterQueueUrl\n"


@pytest.mark.parametrize(
    ("variable", "said"),
    [
        ("AWS_ACCESS_KEY_ID", "no AWS credentials; log in, or set AWS_PROFILE"),
        ("AWS_DEFAULT_REGION", "no AWS region; set AWS_DEFAULT_REGION, or AWS_PROFILE"),
    ],
)
def test_missing_access_is_said_in_a_line(
    monkeypatch: pytest.MonkeyPatch, variable: str, said: str
) -> None:
    """With what to set."""
    monkeypatch.delenv(variable)
    # It remembers what other tests were logged in with.
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    assert run("dead", "list").output == f"rudder-mixpanel: {said}\n"


def test_aws_out_of_reach_is_said_in_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody wants to read a traceback."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    said = run("dead", "list").output
    assert said == (
        "rudder-mixpanel: AWS cannot be asked: Could not connect to the endpoint URL: "
        '"http://127.0.0.1:1/"\n'
    )
