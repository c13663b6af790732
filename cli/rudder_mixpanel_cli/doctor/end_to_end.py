"""Sends an event through the stack to Mixpanel, and follows it to its end."""

import json
import secrets
import time
from collections.abc import Iterator
from datetime import datetime
from typing import Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Check, Finding, failure, ok, warning
from rudder_mixpanel_cli.send.actions import CLOCK_SKEW
from rudder_mixpanel_cli.times import current_time
from rudder_mixpanel_cli.where.actions import use_patient_client
from rudder_mixpanel_cli.where.answer import Answer, WhereOutcome
from rudder_mixpanel_cli.where.investigation import Investigation
from rudder_mixpanel_cli.where.searched_id import SearchedId
from rudder_mixpanel_cli.where.sentence import sentence
from rudder_mixpanel_cli.where.situation import Situation

EVENT_NAME: Final = "rudder-mixpanel doctor"
# Seconds between two looks, and until the last one: a batch waits for five, and logs come late.
INTERVAL: Final = 2.0
PATIENCE: Final = 60


def check_end_to_end(stack: DeployedStack) -> Iterator[Finding]:
    """With `--send`, an event named "rudder-mixpanel doctor" reaches Mixpanel within a minute.

    `rudder-mixpanel where` says what becomes of it later.
    """
    sent_at = current_time()
    message_id = f"rudder-mixpanel-doctor-{secrets.token_hex(8)}"
    stack.client("sqs").send_message(
        QueueUrl=stack.output("EventsQueueUrl"), MessageBody=event_body(message_id, sent_at)
    )
    yield finding_of(message_id, *follow(stack, message_id, sent_at))


def event_body(message_id: str, sent_at: datetime) -> str:
    """An event of a device that no user has."""
    return json.dumps(
        {
            "type": "track",
            "event": EVENT_NAME,
            "anonymousId": message_id,
            "messageId": message_id,
            "originalTimestamp": sent_at.isoformat(),
        }
    )


def follow(stack: DeployedStack, message_id: str, sent_at: datetime) -> tuple[Answer, Situation]:
    """What became of the event, as `where` answers."""
    use_patient_client(stack)
    searched = SearchedId.of(message_id)
    since = sent_at - CLOCK_SKEW
    investigation = Investigation(stack, [searched], since, sent_at={message_id: sent_at})
    found = investigation.look(current_time())[message_id]
    while not found[0].outcome.is_final and not is_late(sent_at):
        time.sleep(INTERVAL)
        found = investigation.look_again(sent_at, current_time())[message_id]
    return found


def is_late(sent_at: datetime) -> bool:
    """Whether the event should have arrived."""
    return (current_time() - sent_at).total_seconds() > PATIENCE


def finding_of(message_id: str, answer: Answer, situation: Situation) -> Finding:
    """The finding about an event with this outcome."""
    words = sentence(answer, situation)
    text = f"The event was {words}" if answer.outcome.is_final else f"The event is {words}"
    advice = f"Follow it: {situation.command(f'where {message_id}')}."
    match answer.outcome:
        case WhereOutcome.DELIVERED:
            return ok(f'{text} It is named "{EVENT_NAME}".')
        case WhereOutcome.FILTERED:
            return warning(text, "Its outcome shows that events arrive; the settings exclude it.")
        case _:
            return failure(text, advice)


END_TO_END: Final = Check("event sent", check_end_to_end)
