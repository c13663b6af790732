"""What `rudder-mixpanel where` does."""

import time
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Final

import boto3
import orjson
import typer
from botocore.config import Config

from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import NOT_RECEIVED, UsageError
from rudder_mixpanel_cli.progress import status_line
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.answer import Answer, WhereOutcome
from rudder_mixpanel_cli.where.investigation import Investigation
from rudder_mixpanel_cli.where.report import as_json as answer_json
from rudder_mixpanel_cli.where.report import text_lines
from rudder_mixpanel_cli.where.searched_id import SearchedId
from rudder_mixpanel_cli.where.since import parse_since
from rudder_mixpanel_cli.where.situation import Situation

# FilterLogEvents is limited to few calls a second: botocore slows down when AWS throttles them.
PATIENT: Final = Config(retries={"mode": "adaptive", "total_max_attempts": 10})
# Seconds between two looks: at first as a person waits, then as an outage lasts.
POLL_SECONDS: Final = (3.0,) * 20 + (15.0,)

type Answers = dict[str, tuple[Answer, Situation]]


def print_answers(
    stack: DeployedStack, ids: list[str], *, since: str, follow: bool, as_json: bool
) -> None:
    """Print what became of each id.

    Raises UsageError for an id that is empty, and typer.Exit when an event was not received.
    """
    if not all(map(str.strip, ids)):
        raise UsageError("expected an id, got an empty text")
    now = current_time()
    searched = [SearchedId.of(text) for text in dict.fromkeys(ids)]
    investigation = Investigation(stack, searched, parse_since(since, now))
    if investigate(investigation, follow=follow, as_json=as_json):
        raise typer.Exit(NOT_RECEIVED)


def investigate(investigation: Investigation, *, follow: bool, as_json: bool) -> bool:
    """Print the answers, with `follow` until they are final; whether one was not received."""
    with report_aws_errors():
        use_patient_client(investigation.stack)
        now = current_time()
        with status_line("searching the log") as investigation.progress:
            answers = investigation.look(now)
        show(answers.values(), as_json=as_json)
        if follow:
            answers = follow_up(investigation, answers, now, as_json=as_json)
    return any(answer.outcome is WhereOutcome.NOT_RECEIVED for answer, _ in answers.values())


def follow_up(
    investigation: Investigation, answers: Answers, before: datetime, *, as_json: bool
) -> Answers:
    """Print each answer that changes, until all are final, and return them."""
    for seconds in poll_intervals():
        if all(answer.outcome.is_final for answer, _ in answers.values()):
            break
        time.sleep(seconds)
        now = current_time()
        changed = look_again(investigation, answers, before=before, now=now)
        show(changed.values(), as_json=as_json)
        answers, before = answers | changed, now
    return answers


def look_again(investigation: Investigation, known: Answers, **times: datetime) -> Answers:
    """The answers that have changed."""
    answers = investigation.look_again(**times)
    return {text: found for text, found in answers.items() if is_new(found[0], known[text][0])}


def is_new(answer: Answer, known: Answer) -> bool:
    """Whether an answer says something that the one before did not."""
    return shown_of(answer) != shown_of(known)


def shown_of(answer: Answer) -> tuple[object, ...]:
    """What is said of an event, apart from what the time changes."""
    return (
        answer.outcome,
        answer.decisive,
        answer.partly_at,
        answer.superseded_at,
        answer.copy,
    )


def poll_intervals() -> Iterator[float]:
    """Seconds to wait before each look, without end."""
    yield from POLL_SECONDS
    while True:
        yield POLL_SECONDS[-1]


def show(answers: Iterable[tuple[Answer, Situation]], *, as_json: bool) -> None:
    """Print answers to stdout at once, one JSON object a line or as text."""
    for answer, situation in answers:
        if as_json:
            typer.echo(orjson.dumps(answer_json(answer, situation)))
        else:
            typer.echo("\n".join(text_lines(answer, situation)))


def use_patient_client(stack: DeployedStack) -> None:
    """Let the stack's client for logs wait when AWS throttles it."""
    if "logs" not in stack.clients:
        stack.clients["logs"] = boto3.client("logs", config=PATIENT)
