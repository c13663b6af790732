"""What a backfill sends, and that its mode stays with an event until the end."""

import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.delivery.backfill import (
    BACKFILL,
    BackfillMode,
    BackfillProfiles,
    backfill_operations,
)
from rudder_mixpanel.delivery.deliver import Delivery, deliver
from rudder_mixpanel.delivery.event import Filtered
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.mapping import transform
from rudder_mixpanel.message.times import EPOCH, MILLISECOND, since_epoch
from tests.build import SENT_AT, destination, identify, sqs_record, track
from tests.fakes.delivery import FakeDeliveryDependencies, invocation, outcomes_of
from tests.fakes.ingestion import respond_by_path
from tests.fakes.sqs.client import attribute_text

NOTHING, ONCE, NEWER = (BackfillMode(profiles) for profiles in BackfillProfiles)
COUNTERS = BackfillMode(counters=True)
SETTINGS: dict[str, Any] = {
    "people": True,
    "propIncrements": [{"property": "points"}],
    "groupKeySettings": [{"groupKey": "company"}],
    "setOnceProperties": [{"property": "first"}],
    "unionProperties": [{"property": "tags"}],
    "appendProperties": [{"property": "visited"}],
}
TRAITS = {"plan": "pro", "first": "ad", "tags": ["a"], "visited": "x"}
IDENTIFY = identify(traits=TRAITS, context={"ip": "198.51.100.7"})
ORDER = track(properties={"revenue": 5, "points": 2}, context={"ip": "198.51.100.7"})
GROUP = {
    "type": "group",
    "messageId": "g",
    "userId": "user-1",
    "timestamp": "2026-12-31T12:00:00.000Z",
    "traits": {"company": "acme", "size": 7},
}
PRESENCE = {"$ignore_time": True}


def sent(message: dict[str, Any], mode: BackfillMode, at: int = SENT_AT) -> list[dict[str, Any]]:
    """The payloads that a backfill sends of an event, which is sent at this time."""
    now = EPOCH + at * MILLISECOND
    operations = transform(message, destination(**SETTINGS), now=now)
    return [operation.payload for operation in backfill_operations(operations, mode, now=at)]


def verbs(message: dict[str, Any], mode: BackfillMode) -> list[str]:
    """What the payloads do: their names of events, and the verbs of updates."""
    return [
        payload.get("event") or next(key for key in payload if key in VERBS)
        for payload in sent(message, mode)
    ]


VERBS = {"$set", "$set_once", "$union", "$append", "$add"}


@pytest.mark.parametrize(
    ("message", "mode", "expected"),
    [
        (ORDER, NOTHING, ["Order Completed"]),
        (ORDER, ONCE, ["Order Completed"]),
        (ORDER, COUNTERS, ["$append", "$add", "Order Completed"]),
        (IDENTIFY, NOTHING, ["$merge"]),
        (IDENTIFY, COUNTERS, ["$append", "$merge"]),
        (IDENTIFY, ONCE, ["$set_once", "$union", "$set_once", "$merge"]),
        (IDENTIFY, NEWER, ["$set_once", "$union", "$set", "$merge"]),
        (GROUP, NOTHING, []),
        (GROUP, ONCE, ["$set_once", "$set_once"]),
        (GROUP, NEWER, ["$set", "$set"]),
    ],
)
def test_a_mode_decides_what_is_sent(
    message: dict[str, Any], mode: BackfillMode, expected: list[str]
) -> None:
    """Events always; profile updates and counters only when they are asked for."""
    assert verbs(message, mode) == expected


@pytest.mark.parametrize("mode", [ONCE, NEWER, COUNTERS])
def test_updates_change_neither_location_nor_last_seen(mode: BackfillMode) -> None:
    """Those of users have `$ignore_time` and no `$ip`; their values are as ever."""
    payloads = [*sent(IDENTIFY, mode), *sent(ORDER, mode)]
    updates = [payload for payload in payloads if "event" not in payload]
    assert [("$ip" in update, update.get("$ignore_time")) for update in updates] == [
        (False, True)
    ] * len(updates)


def test_once_sets_the_same_values() -> None:
    """`$set_once` in the place of `$set`, and nothing else is different."""
    now = EPOCH + SENT_AT * MILLISECOND
    plain = transform(GROUP, destination(**SETTINGS), now=now)
    expected = [operation.payload for operation in plain]
    for payload in expected:
        payload["$set_once"] = payload.pop("$set")
    expected[0] |= PRESENCE
    assert sent(GROUP, ONCE) == expected


@given(
    days=st.integers(1, 4000),
    later=st.integers(0, 60),
    message_id=st.sampled_from([None, "m-1"]),
    message=st.sampled_from([ORDER, IDENTIFY]),
)
def test_a_repeat_sends_the_same(
    days: int, later: int, message_id: str | None, message: dict[str, Any]
) -> None:
    """Sent again up to two months later, ids and times are those of the first time."""
    first = since_epoch(datetime(2027, 6, 1, tzinfo=UTC))
    time = (EPOCH + (first - days * 86_400_000) * MILLISECOND).isoformat()
    event = {**message, "timestamp": time, "messageId": message_id}
    settings = destination(**SETTINGS, maxEventAgeDays=5000)
    both = [
        [
            operation.payload
            for operation in backfill_operations(
                transform(event, settings, now=EPOCH + at * MILLISECOND),
                BackfillMode(BackfillProfiles.NEWER, counters=True),
                now=at,
            )
        ]
        for at in (first, first + later * 86_400_000)
    ]
    assert both[0] == both[1]


@given(st.sampled_from(BackfillProfiles), st.booleans())
def test_a_mode_is_read_as_it_was_written(profiles: BackfillProfiles, counters: bool) -> None:  # noqa: FBT001 - drawn
    """In the attribute of a record."""
    mode = BackfillMode(profiles, counters)
    assert BackfillMode.read(mode.text) == mode


@pytest.mark.parametrize("text", ["yes", "never-heard-of", "once-more"])
def test_an_unknown_mode_sends_events_alone(text: str) -> None:
    """Whatever a sender writes takes something away."""
    assert Record.of(backfill_record(track(), text)).backfill == NOTHING


def backfill_record(body: Any, text: str) -> dict[str, Any]:
    """A record with the text of a mode."""
    attribute = {"dataType": "String", "stringValue": text}
    return {**sqs_record(body), "messageAttributes": {BACKFILL: attribute}}


def delivered(
    dependencies: FakeDeliveryDependencies, *messages: dict[str, Any], mode: BackfillMode
) -> Delivery:
    """The delivery of one record of a backfill."""
    record = backfill_record({"batch": list(messages)}, mode.text)
    return deliver([record], dependencies, invocation())


def test_an_event_of_which_nothing_is_sent_is_filtered() -> None:
    """With the reason, and the others are delivered."""
    dependencies = FakeDeliveryDependencies(**SETTINGS)
    delivery = delivered(dependencies, GROUP, ORDER, mode=NOTHING)
    assert (delivery.events[0].outcome, outcomes_of(delivery)[1]) == (
        Filtered("backfill without profiles and counters"),
        ("delivered", ""),
    )


def test_newer_needs_newer_wins() -> None:
    """Without it, old values would replace newer ones, so profiles are left alone."""
    dependencies = FakeDeliveryDependencies(profileUpdates="as-they-come", **SETTINGS)
    delivery = delivered(dependencies, GROUP, mode=NEWER)
    assert outcomes_of(delivery) == [("filtered", "")]


def test_a_suppressed_user_stays_suppressed() -> None:
    """As without a backfill."""
    dependencies = FakeDeliveryDependencies(**SETTINGS)
    dependencies.suppressions.hold("user-1")
    delivery = delivered(dependencies, ORDER, mode=ONCE)
    assert (outcomes_of(delivery), dependencies.requests) == ([("suppressed", "")], [])


UNAVAILABLE = httpx.Response(503)


@pytest.mark.parametrize("mode", [NOTHING, BackfillMode(BackfillProfiles.ONCE, counters=True)])
def test_a_remainder_keeps_the_mode(mode: BackfillMode) -> None:
    """The second message of a record sends what the first would have sent."""
    answers = respond_by_path(**{"import": UNAVAILABLE})
    dependencies = FakeDeliveryDependencies(answers, **SETTINGS)
    delivered(dependencies, GROUP, ORDER, mode=mode)
    (message,) = dependencies.events_sqs.messages
    assert attribute_text(message, BACKFILL) == mode.text


def test_a_rejected_event_keeps_the_mode() -> None:
    """The replay of it is a backfill as well."""
    dependencies = FakeDeliveryDependencies(**SETTINGS)
    delivered(dependencies, track(event=None), mode=ONCE)
    (message,) = dependencies.rejected_sqs.messages
    assert (json.loads(message["MessageBody"]), attribute_text(message, BACKFILL)) == (
        track(event=None),
        "once",
    )
