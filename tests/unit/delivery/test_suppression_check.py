"""No data of a suppressed user is sent, whenever the regulation was received."""

from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.lanes import send_repeatable
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.delivery.sender import senders_for
from rudder_mixpanel.delivery.suppression_check import UNKNOWN, SuppressionCheck
from rudder_mixpanel.errors import Code, ConfigurationError
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, NO_TIME_LEFT, SUPPRESSED, Rejected
from tests.build import identify, sqs_record, track
from tests.fakes.delivery import (
    FakeDeliveryDependencies,
    deliver_bodies,
    invocation,
    outcomes_of,
    plenty_of_time,
)
from tests.fakes.delivery_tables import MemorySuppressionLookup
from tests.fakes.ingestion import accept_all, reject_all, respond_by_path
from tests.operations import event, planned


def suppressing_dependencies(*identifiers: str, **config: Any) -> FakeDeliveryDependencies:
    """Dependencies with these identifiers suppressed."""
    fakes = FakeDeliveryDependencies(**config)
    fakes.suppressions.hold(*identifiers)
    return fakes


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
    """Whichever field names the user, the event is suppressed and leaves the queue."""
    fakes = suppressing_dependencies("user-1", identityMergeApi="original")
    delivery = deliver_bodies(fakes, message)
    assert (outcomes_of(delivery), fakes.requests) == ([("suppressed", "")], [])


@pytest.mark.parametrize("held", ["device-1", "$device:device-1"])
def test_device_is_the_same_in_both_spellings(held: str) -> None:
    """Simplified merge adds a prefix to the id that the regulation names."""
    fakes = suppressing_dependencies(held, identityMergeApi="simplified")
    delivery = deliver_bodies(fakes, track(userId=None))
    assert (outcomes_of(delivery), fakes.requests) == ([("suppressed", "")], [])


def test_group_call_of_a_suppressed_user_does_not_update_the_group() -> None:
    """The call belongs to the user, so nothing of it is sent."""
    fakes = suppressing_dependencies("user-1", groupKeySettings=[{"groupKey": "company"}])
    call = {"type": "group", "userId": "user-1", "messageId": "1", "traits": {"company": "acme"}}
    assert (outcomes_of(deliver_bodies(fakes, call)), fakes.requests) == ([("suppressed", "")], [])


def test_other_users_are_delivered() -> None:
    """Only the users that a regulation names are suppressed."""
    fakes = suppressing_dependencies("user-1")
    delivery = deliver_bodies(fakes, track(), track(userId="user-2"))
    assert outcomes_of(delivery) == [("suppressed", ""), ("delivered", "")]


def test_event_of_an_unknown_user_is_kept() -> None:
    """If the table does not respond, nothing is sent."""
    fakes = FakeDeliveryDependencies()
    fakes.suppressions.reachable = False
    delivery = deliver_bodies(fakes, track())
    kept = [("kept", "SUPPRESSION_UNAVAILABLE")]
    assert (outcomes_of(delivery), fakes.requests) == (kept, [])


def test_all_users_of_a_batch_are_looked_up_at_once() -> None:
    """A batch needs one lookup, however many users it is about."""
    fakes = FakeDeliveryDependencies()
    deliver_bodies(fakes, *[track(userId=f"user-{index}") for index in range(20)])
    assert fakes.suppressions.lookups == 1


def test_suppressed_events_are_counted_for_the_report() -> None:
    """Once for each regulation, however many of its identifiers the event has."""
    fakes = suppressing_dependencies("user-1", "device-x", identityMergeApi="simplified")
    fakes.suppressions.hold("device-x", by="other")
    deliver_bodies(
        fakes, track(anonymousId="device-x"), track(messageId="2"), track(userId="user-2")
    )
    assert fakes.suppressions.counted == {"regulation": 2, "other": 1}


def test_partly_rejected_event_of_a_suppressed_user_is_not_stored() -> None:
    """One operation is rejected, and then the user is suppressed."""
    planned_event = planned_event_of("user-1")
    planned_event.outcomes = [Rejected(Code.REFUSED_BY_MIXPANEL, "no"), SUPPRESSED]
    assert planned_event.outcome_name == "suppressed"


@pytest.mark.parametrize("mode", ["original", "simplified"])
def test_rejected_event_is_checked_for_every_user_it_names(mode: str) -> None:
    """The rejected operation names another user, but the rejected queue stores the whole event."""
    reaction = respond_by_path(engage=reject_all)
    fakes = FakeDeliveryDependencies(reaction, people=True, identityMergeApi=mode)
    fakes.suppressions.hold("device-1")
    delivery = deliver_bodies(fakes, identify(), identify(anonymousId="device-2", messageId="2"))
    bodies = [message["MessageBody"] for message in fakes.rejected_sqs.messages]
    result = (outcomes_of(delivery), ["device-1" in body for body in bodies])
    assert result == ([("suppressed", ""), ("rejected", "REFUSED_BY_MIXPANEL")], [False])


def test_rejected_event_names_the_users_in_its_identity_properties() -> None:
    """An event that would have merged a suppressed user is not stored."""
    fakes = suppressing_dependencies("user-2")
    merge = track(event="$merge", properties={"$distinct_ids": ["user-1", " user-2"]})
    delivery = deliver_bodies(fakes, merge)
    assert (outcomes_of(delivery), fakes.rejected_sqs.messages) == ([("suppressed", "")], [])


@pytest.mark.parametrize(
    "body",
    [
        {"message": identify(userId="user-2"), "destination": {"ID": "other"}},
        {"payload": {"unknown": [{"userId": " user-2"}]}},
        track(event=None, context={"traits": {"$user_id": "user-2"}}),
        track(event=None, traits={"alias": "$device:user-2"}),
        track(event=None, properties={"products": [{"distinct_id": "user-2"}]}),
    ],
    ids=["other destination", "unknown envelope", "context", "traits", "product"],
)
def test_nothing_that_names_a_suppressed_user_is_stored(body: Any) -> None:
    """Wherever the identity field is, as far as the body can be read."""
    fakes = suppressing_dependencies("user-2")
    fakes.destination_id = "ours"
    delivery = deliver_bodies(fakes, body)
    assert (outcomes_of(delivery), fakes.rejected_sqs.messages) == ([("suppressed", "")], [])


def test_rejected_event_is_kept_without_time_for_a_lookup() -> None:
    """It is rejected when it is received again; the table is not to blame."""
    planned_event = planned_event_of("user-1")
    planned_event.outcomes = [Rejected(Code.REFUSED_BY_MIXPANEL, "no")]
    FakeDeliveryDependencies().suppression_check().suppress_rejected(
        [planned_event], lambda: 15_000
    )
    assert planned_event.outcome == NO_TIME_LEFT


def test_event_is_suppressed_as_a_whole() -> None:
    """Its device is suppressed: its charge is not sent either, although it names the user only."""
    fakes = FakeDeliveryDependencies(people=True, identityMergeApi="simplified")
    fakes.suppressions.hold("device-1")
    delivery = deliver_bodies(fakes, track(properties={"revenue": 5}))
    result = (
        {outcome for outcome, _ in outcomes_of(delivery)},
        fakes.requests,
        fakes.suppressions.counted,
    )
    assert result == ({"suppressed"}, [], {"regulation": 1})


@pytest.mark.parametrize(
    "spelling", ["device-1", " device-1", "$device:device-1", "$device: device-1"]
)
def test_device_is_the_same_with_blanks(spelling: str) -> None:
    """In Mixpanel's profile, the blank follows the prefix."""
    fakes = FakeDeliveryDependencies(people=True, identityMergeApi="simplified")
    fakes.suppressions.hold(spelling)
    delivery = deliver_bodies(fakes, identify(userId=None, anonymousId=" device-1"))
    assert (outcomes_of(delivery), fakes.requests) == ([("suppressed", "")], [])


def test_expired_event_of_a_suppressed_user_is_not_stored() -> None:
    """After nine days with wrong settings, only the events of other users are stored."""
    fakes = suppressing_dependencies("user-1")
    fakes.configuration_error = ConfigurationError("token", "expected one")
    records = [sqs_record(track(), "1"), sqs_record(track(userId="else", anonymousId=None), "2")]
    delivery = deliver(records, fakes, invocation(later=9 * 86_400 + 60))
    assert (outcomes_of(delivery), len(fakes.rejected_sqs.messages)) == (
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
def test_bad_event_of_a_suppressed_user_is_not_stored(message: dict[str, Any]) -> None:
    """The rejected queue would keep the user's data for weeks."""
    fakes = suppressing_dependencies("user-1")
    delivery = deliver_bodies(fakes, message)
    result = (outcomes_of(delivery), fakes.rejected_sqs.messages, fakes.suppressions.counted)
    assert result == ([("suppressed", "")], [], {"regulation": 1})


def test_bad_event_of_an_unknown_user_is_kept() -> None:
    """If the table of suppressed users does not respond."""
    fakes = FakeDeliveryDependencies()
    fakes.suppressions.reachable = False
    delivery = deliver_bodies(fakes, track(event=None))
    kept = [("kept", "SUPPRESSION_UNAVAILABLE")]
    assert (outcomes_of(delivery), fakes.rejected_sqs.messages) == (kept, [])


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = invocation().now()

    def __call__(self) -> datetime:
        """The current time."""
        return self.now

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.now += timedelta(seconds=seconds)


def planned_event_of(user: str) -> Event:
    """A planned event of a user."""
    return planned(event(user, distinct_id=user), record=user)


@pytest.mark.parametrize(("seconds", "outcome"), [(3, DELIVERED), (3.5, SUPPRESSED)])
def test_users_of_a_late_request_are_looked_up_again(seconds: float, outcome: object) -> None:
    """A lookup is valid for three seconds."""
    fakes, clock = FakeDeliveryDependencies(), Clock()
    check = SuppressionCheck(fakes.suppressions, clock)
    events = [planned_event_of("user-1")]
    check.suppress(events)
    clock.advance(seconds)
    fakes.suppressions.hold("user-1")
    credentials = fakes.credential_check()
    send_repeatable(events, senders_for(fakes.mixpanel(), plenty_of_time, check, credentials))
    assert events[0].outcomes == [outcome]


def test_lookup_is_repeated_after_the_clock_is_set_back() -> None:
    """A lookup in the future does not count."""
    suppressions, clock = MemorySuppressionLookup(), Clock()
    check = SuppressionCheck(suppressions, clock)
    operation = event(distinct_id="user-1")
    check.blocked([operation])
    clock.advance(-60)
    suppressions.hold("user-1")
    assert check.blocked([operation]) == [SUPPRESSED]


def test_table_that_becomes_unreachable_keeps_later_operations() -> None:
    """A lookup that is too old does not count."""
    suppressions, clock = MemorySuppressionLookup(), Clock()
    check = SuppressionCheck(suppressions, clock)
    operation = event(distinct_id="user-1")
    first = check.blocked([operation])
    clock.advance(4)
    suppressions.reachable = False
    assert (first, check.blocked([operation])) == ([None], [UNKNOWN])


def test_repeated_request_leaves_out_a_user_suppressed_meanwhile() -> None:
    """The users are looked up again before the halves of a request are sent."""
    fakes = FakeDeliveryDependencies()

    def unclear(request: httpx.Request) -> httpx.Response:
        fakes.suppressions.hold("user-1")
        return (
            httpx.Response(200, text="<html>") if len(fakes.requests) == 1 else accept_all(request)
        )

    fakes.answer = unclear
    events = [planned_event_of("user-1"), planned_event_of("user-2")]
    send_repeatable(
        events,
        senders_for(
            fakes.mixpanel(), plenty_of_time, fakes.suppression_check(), fakes.credential_check()
        ),
    )
    sent_names = [[record["event"] for record in request] for request in fakes.sent_to("/import")]
    assert ([event.outcomes for event in events], sent_names) == (
        [[SUPPRESSED], [DELIVERED]],
        [["user-1", "user-2"], ["user-2"]],
    )


def test_counter_of_a_suppressed_user_is_not_claimed() -> None:
    """The ledger is not used."""
    fakes = suppressing_dependencies("user-1", propIncrements=[{"property": "seats"}])
    records = [sqs_record(track(properties={"seats": 1}))]
    deliver(records, fakes, Invocation("run", invocation().now, plenty_of_time))
    assert (fakes.ledger.entries, fakes.requests) == ({}, [])


@pytest.mark.parametrize(
    ("payload", "ids"),
    [
        ({"properties": {"distinct_id": "a", "alias": "b"}}, ("a", "b")),
        ({"properties": {"$distinct_ids": ["a", "b"]}}, ("a", "b")),
        ({"properties": {"distinct_id": "a", "$user_id": "a", "$device_id": 7}}, ("a", "7")),
        ({"$distinct_id": "a", "$set": {"$user_id": "not of this place"}}, ("a",)),
    ],
)
def test_operation_has_the_ids_of_its_payload(
    payload: dict[str, Any], ids: tuple[str, ...]
) -> None:
    """All identity fields, each identifier once."""
    assert set(Operation("import", payload).ids) == set(ids)
