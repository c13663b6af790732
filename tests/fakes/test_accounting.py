"""The accounting names whatever is missing, left over or wrong."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.errors import RejectedEvent
from tests.build import destination, identify, track
from tests.fakes.accounting import (
    Expected,
    account_discrepancies,
    canonical_json,
    changes,
    counters,
    difference,
    event_key,
    expected_operations,
    is_outcome_unknown,
    queue_discrepancies,
)
from tests.fakes.clock import Clock
from tests.fakes.sqs.queue import Queue, Settings

NOW = datetime(2027, 1, 1, tzinfo=UTC)
PURCHASE = track(properties={"revenue": 5})


@pytest.fixture
def clock() -> Clock:
    """A clock that stands still."""
    return Clock(NOW)


def test_equal_values_are_no_difference() -> None:
    """Any other two are one, which names what they are."""
    sentences = [*difference("dead letters", 0, 0), *difference("dead letters", 1, 0)]
    assert sentences == ["dead letters: 1, expected 0"]


def test_account_that_does_not_add_up_is_named() -> None:
    """Every received event needs an outcome."""
    good = Account(received=5, delivered=1, filtered=1, suppressed=1, rejected=1, kept=1)
    bad = replace(good, received=6)
    sentences = list(account_discrepancies([good, bad]))
    assert sentences == ["received in an invocation: 6, expected 5"]


def test_empty_queues_are_in_order(clock: Clock) -> None:
    """Nothing is on the queue, a dead letter or lost."""
    assert list(queue_discrepancies(Queue("events", clock), Queue("dead", clock))) == []


def test_messages_that_are_left_are_named(clock: Clock) -> None:
    """One in the queue, one dead letter, and one that SQS has deleted for its age."""
    events, dead = Queue("events", clock, Settings(retention=60)), Queue("dead", clock)
    events.send("old")
    clock.advance(60)
    events.send("waiting")
    dead.send("dead")
    names = [line.partition(":")[0] for line in queue_discrepancies(events, dead)]
    assert names == ["messages in the queue", "dead letters", "expired messages"]


def test_filtered_event_becomes_nothing() -> None:
    """It is not an error, and Mixpanel has nothing of it."""
    filtered = track(integrations={"All": False})
    assert expected_operations(filtered, destination(), NOW) == []


def test_event_that_cannot_be_delivered_raises() -> None:
    """With the error of the mapping."""
    with pytest.raises(RejectedEvent):
        expected_operations(track(type="purchase"), destination(), NOW)


def test_record_is_expected_by_its_events(clock: Clock) -> None:
    """Events, updates, and those that are rejected, of all events of a record."""
    expected = Expected()
    batch = canonical_json({"batch": [PURCHASE, identify(), track(type="purchase"), 7]})
    expected.add(Queue("events", clock).send(batch), destination(people=True))
    numbers = (expected.received, len(counters(expected.updates)), len(expected.rejected))
    assert (numbers, ("Order Completed", PURCHASE["messageId"]) in expected.events) == (
        (4, 1, 2),
        True,
    )


@pytest.mark.parametrize(
    "update",
    [
        {"$token": "t", "$distinct_id": "user-1", "$add": {"seats": 1}},
        {"distinct_id": "user-1", "operation": "$add", "value": {"seats": 1}},
    ],
)
def test_update_has_one_key_however_it_is_shown(update: dict[str, Any]) -> None:
    """As the package sends it, and as the emulator lists it."""
    assert changes(update) == {("user-1", "$add", "seats", "1"): 1}


@pytest.mark.parametrize(("verb", "is_counter"), [("$add", 1), ("$append", 1), ("$set", 0)])
def test_counters_are_what_counts_twice(verb: str, is_counter: int) -> None:
    """A profile property that is set twice is set once."""
    assert len(counters(changes({"$distinct_id": "u", verb: {"seats": 1}}))) == is_counter


def test_copies_of_an_event_share_a_key() -> None:
    """Its time may differ."""
    first = {"event": "a", "properties": {"$insert_id": "1", "time": 1}}
    second = {"event": "a", "properties": {"$insert_id": "1", "time": 2}}
    assert event_key(first) == event_key(second)


def test_unknown_outcome_is_recognized_by_the_code(clock: Clock) -> None:
    """Of a message of the rejected queue."""
    queue = Queue("rejected", clock)
    codes = [{"code": {"DataType": "String", "StringValue": "OUTCOME_UNKNOWN"}}, None]
    assert [is_outcome_unknown(queue.send("{}", code)) for code in codes] == [True, False]


def test_json_has_one_spelling() -> None:
    """Text that is not JSON stays as it is."""
    assert [canonical_json(text) for text in ('{"b":1, "a":2}', {"a": 2, "b": 1}, "not JSON")] == [
        '{"a": 2, "b": 1}',
        '{"a": 2, "b": 1}',
        "not JSON",
    ]
