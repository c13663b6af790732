"""The built function: a record is one message, and what was delivered is not sent again."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.build import identify, track
from tests.system.delivery_system import DeliverySystem
from tests.system.discrepancies import discrepancies

HOUR = 3600
DAY = 24 * HOUR
UNMAPPED = {"junk": [1e15] * 40_000}


def named(name: str, **fields: Any) -> dict[str, Any]:
    """A track call with ids of its own."""
    return track(messageId=name, userId=f"user-{name}", anonymousId=f"device-{name}", **fields)


def profile(system: DeliverySystem, user: str) -> dict[str, Any]:
    """What Mixpanel holds about a user."""
    (found,) = [item for item in system.mixpanel.profiles() if item["distinct_id"] == user]
    properties: dict[str, Any] = found["properties"]
    return properties


def test_a_record_of_many_events_stays_one_message_in_an_outage(system: DeliverySystem) -> None:
    """Also if one event is filtered, and one is too long to be sent back by itself."""
    system.mixpanel.fault("envoy_503", seconds=3 * HOUR)
    events = [
        named("filtered", integrations={"All": False}),
        named("long", context=UNMAPPED),
        *(named(str(number)) for number in range(40)),
    ]
    system.send(json.dumps({"batch": events}).replace("1000000000000000.0", "1e15"))
    counts = set()
    while system.mixpanel.events() == []:
        system.source.poll()
        counts.add(len(system.events.messages()))
        system.clock.advance(900)
    system.run_until_empty()
    assert (counts, len(system.mixpanel.events()), discrepancies(system)) == ({0, 1}, 41, [])


def test_records_stay_as_many_when_half_of_a_call_fails(system: DeliverySystem) -> None:
    """What SQS does not accept stays on the queue as it is."""
    system.mixpanel.fault("envoy_503", endpoint="engage", seconds=HOUR)
    system.sqs.fault("half", "SendMessageBatch", queue="events", times=3)
    # Each has a device of its own: Mixpanel merges users that share one.
    known = [
        {**identify(), "messageId": f"m-{n}", "userId": f"user-{n}", "anonymousId": f"device-{n}"}
        for n in range(30)
    ]
    system.send(*({"batch": [named(f"t-{n}"), *known[3 * n :][:3]]} for n in range(10)))
    counts = []
    for _ in range(4):
        system.source.poll()
        counts.append(len(system.events.messages()))
        system.clock.advance(1100)
    system.run_until_empty()
    applied = {update["distinct_id"] for update in system.mixpanel.updates()}
    assert (counts, applied) == ([10] * 4, {f"user-{n}" for n in range(30)})
    assert (system.rejected.messages(), system.dead.messages()) == ([], [])


def test_a_delivered_update_does_not_come_again(deploy: Callable[..., DeliverySystem]) -> None:
    """A newer update of the same batch stays the newest."""
    system = deploy(identityMergeApi="original")
    system.mixpanel.fault("json_500", endpoint="import", event="$merge", times=1)
    old, new = (
        {**identify(traits={"name": name}), "messageId": f"m-{name}"} for name in ("old", "new")
    )
    del new["anonymousId"]
    system.send(old, new)
    system.run_until_empty()
    merges = [event for event in system.mixpanel.events() if event["event"] == "$merge"]
    assert (profile(system, "user-1")["$name"], len(merges)) == ("new", 1)


def test_kept_records_leave_flight_before_the_limit_of_sqs(system: DeliverySystem) -> None:
    """They are delayed instead, and delivered when Mixpanel is back."""
    system.events.send("occupied")
    for _ in range(80_000):
        system.events.send("occupied")
    while system.events.receive(10, visibility=DAY // 4):
        pass
    system.mixpanel.fault("envoy_503", seconds=60)
    system.send(named("a"), {"batch": [named("b"), named("c")]})
    system.source.poll()
    held = (system.events.delayed, system.events.in_flight)
    system.clock.advance(100)
    while system.source.poll():
        pass
    assert (held, len(system.mixpanel.events())) == ((2, 80_001), 3)


@pytest.mark.parametrize("timestamp", ["2026-12-27T00:00:01Z", "2026-12-28T00:00:00Z", None])
def test_old_events_are_imported_when_they_are_sent(
    deploy: Callable[..., DeliverySystem], timestamp: str | None
) -> None:
    """/track would answer success and drop them, on arrival or after an outage."""
    system = deploy(ingestionApi="track")
    system.mixpanel.fault("envoy_503", seconds=2 * DAY if timestamp else 6 * DAY)
    system.send(named("a", timestamp=timestamp), named("b"))
    system.run_until_empty(step=900)
    assert (len(system.mixpanel.events()), system.mixpanel.violations()) == (2, [])
