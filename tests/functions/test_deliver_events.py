"""deliver_events: records in, HTTP out, and a response that lists the records that stay."""

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from mixpanel_emulator import Emulator
from tests.build import identify, sqs_event, track
from tests.functions.delivery import (
    EMPTY,
    DeliveryFunction,
    failures,
)

SAMPLES = Path(__file__).parents[2] / "events" / "deliver_events"
ORDER, MERGE = "Order Completed", "$merge"

# For each sample: events, users and groups in Mixpanel, and the codes of rejected events
EXPECTED: dict[str, tuple[list[str], list[str], list[str], list[str]]] = {
    "alias_node": (["$create_alias"], [], [], []),
    "alias_python": (["$create_alias"], [], [], []),
    "api_gateway_http": ([ORDER], ["user-1042"], [], []),
    "api_gateway_rest": ([ORDER], ["user-1042"], [], []),
    "array": ([MERGE, ORDER, "Page"], ["user-1042"], [], []),
    "batch_envelope": (
        ["$create_alias", MERGE, ORDER, "Page", "Screen"],
        ["user-1042"],
        ["heron-and-reed"],
        [],
    ),
    "batch_with_poison": (
        [MERGE, ORDER, "Page"],
        ["user-1042"],
        [],
        ["MISSING_TYPE", "UNREADABLE", "UNREADABLE", "UNSUPPORTED_TYPE"],
    ),
    "empty": ([], [], [], []),
    "eventbridge": ([ORDER], ["user-1042"], [], []),
    "group_node": ([], ["user-1042"], ["heron-and-reed"], []),
    "group_python": ([], ["user-1042"], ["heron-and-reed"], []),
    "identify_node": ([MERGE], ["user-1042"], [], []),
    "identify_python": ([MERGE], ["user-1042"], [], []),
    "kinesis_function": ([ORDER], ["user-1042"], [], []),
    "kinesis_pipe": ([ORDER], ["user-1042"], [], []),
    "lambda_on_failure": ([ORDER], ["user-1042"], [], []),
    "page_node": (["Page"], [], [], []),
    "page_python": (["Page"], [], [], []),
    "screen_node": (["Screen"], [], [], []),
    "screen_python": (["Screen"], [], [], []),
    "sns": ([ORDER], ["user-1042"], [], []),
    "sns_in_eventbridge": ([ORDER], ["user-1042"], [], []),
    "track_node": ([ORDER], ["user-1042"], [], []),
    "track_python": ([ORDER], ["user-1042"], [], []),
    "transformer": ([ORDER], ["user-1042"], [], []),
}


def sample(name: str) -> dict[str, Any]:
    """A recorded event of the function."""
    event: dict[str, Any] = json.loads((SAMPLES / f"{name}.json").read_text())
    return event


def test_every_sample_has_an_expectation() -> None:
    """A sample that is recorded is also tested."""
    assert {file.stem for file in SAMPLES.glob("*.json")} == EXPECTED.keys()


@pytest.mark.parametrize("name", EXPECTED)
def test_sample_is_delivered(delivering: DeliveryFunction, mixpanel: Emulator, name: str) -> None:
    """Mixpanel accepts it and holds what it must; only invalid events are rejected."""
    response = delivering.invoke(sample(name))
    held = (
        sorted(event["event"] for event in mixpanel.events()),
        sorted(profile["distinct_id"] for profile in mixpanel.profiles()),
        sorted(group["group_id"] for group in mixpanel.groups()),
        delivering.codes(),
    )
    assert (response, held, mixpanel.violations()) == (EMPTY, EXPECTED[name], [])


def test_rejected_message_is_the_event_itself(delivering: DeliveryFunction) -> None:
    """An operator can find the event, and replay it when the cause is fixed."""
    invalid = {"type": "purchase", "messageId": "one", "properties": {"price": "12 \u20ac"}}
    delivering.invoke(sqs_event([invalid, track()]))
    (message,) = delivering.rejected()
    assert json.loads(message["Body"]) == invalid


def test_redelivered_sample_changes_nothing(
    delivering: DeliveryFunction, mixpanel: Emulator
) -> None:
    """The queue may repeat a record; a query in Mixpanel shows one event."""
    delivering.invoke(sample("page_node"))
    delivering.invoke(sample("page_node"))
    assert (len(mixpanel.events()), len(mixpanel.events(view="query"))) == (2, 1)


def test_record_is_kept_without_a_connection_to_mixpanel(deployed: DeliveryFunction) -> None:
    """The record stays, and nothing of it is rejected."""
    response = deployed.invoke(sqs_event(track(), "not JSON"))
    assert (response, deployed.codes()) == (failures("record-1"), ["UNREADABLE"])


def test_warm_container_delivers_again_over_the_same_connection(
    delivering: DeliveryFunction, mixpanel: Emulator
) -> None:
    """Also after an invalid record; no thread is left behind."""
    delivering.invoke(sqs_event(track()))
    before = (delivering.connection(), set(threading.enumerate()))
    delivering.invoke(sqs_event("not JSON"))
    response = delivering.invoke(sqs_event(identify()))
    after = (delivering.connection(), set(threading.enumerate()))
    assert (response, after == before, len(mixpanel.events())) == (EMPTY, True, 2)
