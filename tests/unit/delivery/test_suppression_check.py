"""Nothing about a suppressed user is sent, whenever the regulation came."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.dispatch import send_repeatable, senders_for
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.delivery.suppression_check import UNKNOWN, SuppressionCheck
from rudder_mixpanel.errors import Code, ConfigurationError
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.responses import DELIVERED, SUPPRESSED, Rejected
from tests.build import identify, sqs_record, track
from tests.fakes.delivery import (
    FakeDeliveryDependencies,
    deliver_bodies,
    invocation,
    outcomes_of,
    plenty_of_time,
)
from tests.fakes.delivery_tables import MemorySuppressionLookup
from tests.fakes.ingestion import accept_all, respond_by_path
from tests.operations import event, planned


def suppressing(*identifiers: str, **config: Any) -> FakeDeliveryDependencies:
    """A world in which these are suppressed."""
    world = FakeDeliveryDependencies(**config)
    world.suppressions.hold(*identifiers)
    return world


@pytest.mark.parametrize(
    "message",
    [
        track(),
        identify(),
        track(userId=None, anonymousId="user-1"),
        {"type": "page", "userId": "user-1", "messageId": "1"},
        {"type": "alias", "userId": "new", "previousId": "user-1", "messageId": "1"},
        {"type": "alias", "userId": "user-1", "previousId": "old", "messageId": "1"},
        track(userId=" user-1 "),
        track(userId="else", properties={"alias": "user-1"}),
        track(userId="else", properties={"$distinct_ids": ["user-1"]}),
    ],
)
def test_event_of_a_suppressed_user_is_never_sent(message: dict[str, Any]) -> None:
    """Whichever of its fields names them; it leaves the queue, counted as suppressed."""
    world = suppressing("user-1", identityMergeApi="original")
    delivery = deliver_bodies(world, message)
    assert (outcomes_of(delivery), world.requests) == ([("suppressed", "")], [])


@pytest.mark.parametrize("held", ["device-1", "$device:device-1"])
def test_device_is_the_same_in_both_spellings(held: str) -> None:
    """Simplified merge puts a prefix before the id that the regulation names."""
    world = suppressing(held, identityMergeApi="simplified")
    delivery = deliver_bodies(world, track(userId=None))
    assert (outcomes_of(delivery), world.requests) == ([("suppressed", "")], [])


def test_group_call_of_a_suppressed_user_tells_nothing_of_the_group() -> None:
    """What they say of their company is an event of theirs."""
    world = suppressing("user-1", groupKeySettings=[{"groupKey": "company"}])
    call = {"type": "group", "userId": "user-1", "messageId": "1", "traits": {"company": "acme"}}
    assert (outcomes_of(deliver_bodies(world, call)), world.requests) == ([("suppressed", "")], [])


def test_other_users_are_delivered() -> None:
    """Suppression is about those whom a regulation names."""
    world = suppressing("user-1")
    delivery = deliver_bodies(world, track(), track(userId="user-2"))
    assert outcomes_of(delivery) == [("suppressed", ""), ("delivered", "")]


def test_what_could_not_be_looked_up_is_kept() -> None:
    """A table that does not answer lets nobody through."""
    world = FakeDeliveryDependencies()
    world.suppressions.reachable = False
    delivery = deliver_bodies(world, track())
    kept = [("kept", "SUPPRESSION_UNAVAILABLE")]
    assert (outcomes_of(delivery), world.requests) == (kept, [])


def test_everybody_is_looked_up_at_once() -> None:
    """A batch costs one question, however many users it is about."""
    world = FakeDeliveryDependencies()
    deliver_bodies(world, *[track(userId=f"user-{index}") for index in range(20)])
    assert world.suppressions.lookups == 1


def test_suppressed_events_are_counted_for_the_report() -> None:
    """Once for each regulation that holds them back, however many of its names they carry."""
    world = suppressing("user-1", "device-x", identityMergeApi="simplified")
    world.suppressions.hold("device-x", by="other")
    deliver_bodies(
        world, track(anonymousId="device-x"), track(messageId="2"), track(userId="user-2")
    )
    assert world.suppressions.counted == {"regulation": 2, "other": 1}


def test_partly_refused_event_of_a_suppressed_user_is_not_put_aside() -> None:
    """Mixpanel has refused one thing of it, and then its user was suppressed."""
    one = about("user-1")
    one.outcomes = [Rejected(Code.REFUSED_BY_MIXPANEL, "no"), SUPPRESSED]
    assert one.outcome_name == "suppressed"


@pytest.mark.parametrize("mode", ["original", "simplified"])
def test_refused_event_is_about_whoever_is_named_in_it(mode: str) -> None:
    """Mixpanel refuses what names another user; the rejected queue would have all of the event."""
    no = httpx.Response(200, json={"status": 0, "error": "no"})
    world = FakeDeliveryDependencies(respond_by_path(engage=no), people=True, identityMergeApi=mode)
    world.suppressions.hold("device-1")
    delivery = deliver_bodies(world, identify(), identify(anonymousId="device-2", messageId="2"))
    bodies = [message["MessageBody"] for message in world.rejected_sqs.messages]
    found = (outcomes_of(delivery), ["device-1" in body for body in bodies])
    assert found == ([("suppressed", ""), ("rejected", "REFUSED_BY_MIXPANEL")], [False])


def test_refused_event_is_kept_where_there_is_no_time_to_look_anybody_up() -> None:
    """It is refused again when it comes again."""
    one = about("user-1")
    one.outcomes = [Rejected(Code.REFUSED_BY_MIXPANEL, "no")]
    FakeDeliveryDependencies().suppression_check().suppress_rejected([one], lambda: 15_000)
    assert one.outcome == UNKNOWN


def test_event_is_held_back_whole() -> None:
    """Its device is suppressed, which its charge does not name: nothing of it is sent."""
    world = FakeDeliveryDependencies(people=True, identityMergeApi="simplified")
    world.suppressions.hold("device-1")
    delivery = deliver_bodies(world, track(properties={"revenue": 5}))
    found = (
        {fate for fate, _ in outcomes_of(delivery)},
        world.requests,
        world.suppressions.counted,
    )
    assert found == ({"suppressed"}, [], {"regulation": 1})


@pytest.mark.parametrize(
    "spelling", ["device-1", " device-1", "$device:device-1", "$device: device-1"]
)
def test_device_is_the_same_with_blanks(spelling: str) -> None:
    """Mixpanel's profile has the blank behind the prefix."""
    world = FakeDeliveryDependencies(people=True, identityMergeApi="simplified")
    world.suppressions.hold(spelling)
    delivery = deliver_bodies(world, identify(userId=None, anonymousId=" device-1"))
    assert (outcomes_of(delivery), world.requests) == ([("suppressed", "")], [])


def test_event_of_a_suppressed_user_is_not_put_aside_when_it_is_given_up() -> None:
    """Nobody has mended the settings for nine days; others' events are put aside."""
    world = suppressing("user-1")
    world.configuration_error = ConfigurationError("token", "expected one")
    records = [sqs_record(track(), "1"), sqs_record(track(userId="else", anonymousId=None), "2")]
    delivery = deliver(records, world, invocation(later=9 * 86_400 + 60))
    assert (outcomes_of(delivery), len(world.rejected_sqs.messages)) == (
        [("suppressed", ""), ("rejected", "EXPIRED")],
        1,
    )


@pytest.mark.parametrize(
    "message",
    [
        track(event=None),
        track(event=None, userId=None, anonymousId="user-1"),
        {"type": "alias", "previousId": "user-1", "messageId": "1"},
        {"type": "unheard-of", "userId": " user-1 ", "messageId": "1"},
    ],
)
def test_bad_event_of_a_suppressed_user_is_not_put_aside(message: dict[str, Any]) -> None:
    """The rejected queue would keep for weeks what nobody may have any more."""
    world = suppressing("user-1")
    delivery = deliver_bodies(world, message)
    found = (outcomes_of(delivery), world.rejected_sqs.messages, world.suppressions.counted)
    assert found == ([("suppressed", "")], [], {"regulation": 1})


def test_bad_event_of_who_knows_whom_is_kept() -> None:
    """While the table of suppressed users does not answer."""
    world = FakeDeliveryDependencies()
    world.suppressions.reachable = False
    delivery = deliver_bodies(world, track(event=None))
    kept = [("kept", "SUPPRESSION_UNAVAILABLE")]
    assert (outcomes_of(delivery), world.rejected_sqs.messages) == (kept, [])


class Clock:
    """A time that a test moves."""

    def __init__(self) -> None:
        self.now = invocation().now()

    def __call__(self) -> datetime:
        """The time."""
        return self.now

    def move(self, seconds: float) -> None:
        """Let time pass."""
        self.now += timedelta(seconds=seconds)


def about(user: str) -> Event:
    """An event of a user, planned."""
    return planned(event(user, distinct_id=user), record=user)


@pytest.mark.parametrize(("seconds", "outcome"), [(3, DELIVERED), (3.5, SUPPRESSED)])
def test_late_request_looks_its_users_up_again(seconds: float, outcome: object) -> None:
    """Three seconds are believed, and no more."""
    world, clock = FakeDeliveryDependencies(), Clock()
    gate = SuppressionCheck(world.suppressions, clock)
    events = [about("user-1")]
    gate.suppress(events)
    clock.move(seconds)
    world.suppressions.hold("user-1")
    send_repeatable(events, senders_for(world.mixpanel(), plenty_of_time, gate))
    assert events[0].outcomes == [outcome]


def test_clock_that_is_set_back_is_not_believed() -> None:
    """A lookup of the future is none."""
    suppressions, clock = MemorySuppressionLookup(), Clock()
    gate = SuppressionCheck(suppressions, clock)
    operation = event(distinct_id="user-1")
    gate.blocked([operation])
    clock.move(-60)
    suppressions.hold("user-1")
    assert gate.blocked([operation]) == [SUPPRESSED]


def test_table_that_is_lost_on_the_way_keeps_what_is_old() -> None:
    """What was known three seconds ago is not known now."""
    suppressions, clock = MemorySuppressionLookup(), Clock()
    gate = SuppressionCheck(suppressions, clock)
    operation = event(distinct_id="user-1")
    first = gate.blocked([operation])
    clock.move(4)
    suppressions.reachable = False
    assert (first, gate.blocked([operation])) == ([None], [UNKNOWN])


def test_repeat_leaves_out_who_was_suppressed_meanwhile() -> None:
    """An answer that is vague is asked for in halves; the second question is a new one."""
    world = FakeDeliveryDependencies()

    def vague(request: httpx.Request) -> httpx.Response:
        world.suppressions.hold("user-1")
        return (
            httpx.Response(200, text="<html>") if len(world.requests) == 1 else accept_all(request)
        )

    world.answer = vague
    events = [about("user-1"), about("user-2")]
    send_repeatable(
        events, senders_for(world.mixpanel(), plenty_of_time, world.suppression_check())
    )
    told = [[one["event"] for one in request] for request in world.sent_to("/import")]
    assert ([one.outcomes for one in events], told) == (
        [[SUPPRESSED], [DELIVERED]],
        [["user-1", "user-2"], ["user-2"]],
    )


def test_counter_of_a_suppressed_user_is_not_claimed() -> None:
    """The ledger never hears of it."""
    world = suppressing("user-1", propIncrements=[{"property": "seats"}])
    records = [sqs_record(track(properties={"seats": 1}))]
    deliver(records, world, Invocation("run", invocation().now, plenty_of_time))
    assert (world.ledger.entries, world.requests) == ({}, [])


@pytest.mark.parametrize(
    ("payload", "ids"),
    [
        ({"properties": {"distinct_id": "a", "alias": "b"}}, ("a", "b")),
        ({"properties": {"$distinct_ids": ["a", "b"]}}, ("a", "b")),
        ({"properties": {"distinct_id": "a", "$user_id": "a", "$device_id": 7}}, ("a", "7")),
        ({"$distinct_id": "a", "$set": {"$user_id": "not of this place"}}, ("a",)),
    ],
)
def test_operation_knows_whom_it_names(payload: dict[str, Any], ids: tuple[str, ...]) -> None:
    """All identity fields, each identifier once."""
    assert set(Operation("import", payload).ids) == set(ids)
