"""Updates of profiles that come late leave newer values as they are."""

import tracemalloc
from collections.abc import Callable
from dataclasses import replace
from secrets import token_bytes
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.newer_wins import LEASE_MARGIN, NewerWins
from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.stamps import STAMP_BYTES
from rudder_mixpanel.profiles.history import ENTRY_BYTES, MOST_PROPERTIES, NAME_BYTES
from rudder_mixpanel.profiles.store import ProfileItem
from rudder_mixpanel.suppression import pseudonym
from tests.build import SENT_AT, identify, sqs_record, track
from tests.fakes.delivery import (
    FakeDeliveryDependencies,
    deliver_bodies,
    invocation,
    outcomes_of,
)
from tests.fakes.ingestion import RequestHandler, accept_all, reject_all, respond_by_path

DELIVERED = [("delivered", "")]


def trait(minute: int, plan: str, **fields: Any) -> dict[str, Any]:
    """An identify call that sets a plan, of this minute of an hour, by a messageId of its own."""
    return identify(
        messageId=f"message-{minute}-{plan}",
        timestamp=f"2026-12-31T12:{minute:02}:00.000Z",
        context={"traits": {"plan": plan}, "ip": "192.0.2.1"},
        **fields,
    )


def updates(fakes: FakeDeliveryDependencies) -> list[dict[str, Any]]:
    """The updates that reached /engage, in order."""
    return [record for request in fakes.sent_to("/engage") for record in request]


def plans(fakes: FakeDeliveryDependencies) -> list[str]:
    """The plans that were set, in order."""
    return [record["$set"]["plan"] for record in updates(fakes) if "plan" in record["$set"]]


def the_item(fakes: FakeDeliveryDependencies, user: str = "user-1") -> ProfileItem:
    """The item of a user."""
    return fakes.profiles.items[pseudonym(fakes.profiles.key, user)]


def test_late_update_is_not_sent() -> None:
    """Its event is delivered: nothing remains to be done about it."""
    fakes = FakeDeliveryDependencies()
    deliver_bodies(fakes, trait(2, "new"))
    delivery = deliver_bodies(fakes, trait(1, "old"))
    assert (plans(fakes), outcomes_of(delivery)) == (["new"], DELIVERED)


def test_updates_of_a_batch_are_sent_in_the_order_of_their_times() -> None:
    """Mixpanel applies a request in order."""
    fakes = FakeDeliveryDependencies()
    deliver_bodies(fakes, trait(3, "third"), trait(1, "first"), trait(2, "second"))
    assert plans(fakes) == ["first", "second", "third"]


def test_as_they_come_leaves_the_order_and_the_table_alone() -> None:
    """As RudderStack's destination does."""
    fakes = FakeDeliveryDependencies(profileUpdates="as-they-come")
    deliver_bodies(fakes, trait(3, "third"), trait(1, "first"), trait(2, "second"))
    assert (plans(fakes), fakes.profiles.items) == (["third", "first", "second"], {})


def test_update_from_a_clock_that_is_ahead_does_not_shut_out_others() -> None:
    """Its time is its arrival."""
    fakes = FakeDeliveryDependencies()
    deliver_bodies(fakes, trait(1, "ahead", originalTimestamp=None) | {"timestamp": "2099-01-01"})
    later = sqs_record(
        trait(1, "later") | {"timestamp": "2027-01-01T00:00:01Z"},
        SentTimestamp=str(SENT_AT + 2000),
    )
    deliver([later], fakes, invocation(later=2))
    assert plans(fakes) == ["ahead", "later"]


def test_late_update_of_other_properties_is_sent_without_location_and_time() -> None:
    """The user may have been seen elsewhere since."""
    fakes = FakeDeliveryDependencies()
    deliver_bodies(fakes, trait(2, "new"))
    deliver_bodies(
        fakes, trait(1, "old") | {"context": {"traits": {"color": "red"}, "ip": "1.1.1.1"}}
    )
    assert [
        (set(u["$set"]) & {"color", "plan"}, "$ip" in u, "$ignore_time" in u)
        for u in updates(fakes)
    ] == [
        ({"plan"}, True, False),
        ({"color"}, False, True),
    ]


def test_late_counter_is_sent_without_location_and_time() -> None:
    """It counts, whenever it comes."""
    fakes = FakeDeliveryDependencies(propIncrements=[{"property": "items"}])
    deliver_bodies(fakes, trait(2, "new"))
    call = track(
        timestamp="2026-12-31T12:01:00Z", properties={"items": 3}, context={"ip": "1.1.1.1"}
    )
    deliver_bodies(fakes, call)
    (counter,) = [update for update in updates(fakes) if "$add" in update]
    assert counter == {
        "$add": {"items": 3},
        "$distinct_id": "user-1",
        "$ignore_time": True,
        "$token": counter["$token"],
    }


def test_late_group_update_is_not_sent() -> None:
    """Groups have histories, too."""
    fakes = FakeDeliveryDependencies(groupKeySettings=[{"groupKey": "company"}])

    def group(minute: int, size: int) -> dict[str, Any]:
        call = identify(
            type="group", messageId=f"m-{size}", traits={"company": "acme", "size": size}
        )
        return {**call, "timestamp": f"2026-12-31T12:{minute:02}:00.000Z"}

    deliver_bodies(fakes, group(2, 20))
    deliver_bodies(fakes, group(1, 10))
    sizes = [record["$set"]["size"] for request in fakes.sent_to("/groups") for record in request]
    assert sizes == [20]


@pytest.mark.parametrize("answer", [reject_all, lambda _: httpx.Response(429)])
def test_update_that_mixpanel_did_not_take_leaves_no_trace(answer: RequestHandler) -> None:
    """An older one may set the property."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=answer))
    deliver_bodies(fakes, trait(2, "new"))
    item = the_item(fakes)
    assert (item.history, item.lease) == (b"", 0)


def test_lease_stays_while_mixpanel_may_still_apply_the_update() -> None:
    """An older update, sent meanwhile, would be overtaken."""
    fakes = FakeDeliveryDependencies(respond_by_path(engage=lambda _: httpx.Response(503)))
    deliver_bodies(fakes, trait(2, "new"))
    item = the_item(fakes)
    assert (item.history, item.lease) == (b"", SENT_AT // 1000 + 60 + LEASE_MARGIN)


def test_busy_profile_keeps_its_updates_alone() -> None:
    """Other profiles of the batch are updated."""
    fakes = FakeDeliveryDependencies()
    lease(fakes, "user-1", SENT_AT // 1000 + 100)
    delivery = deliver_bodies(fakes, trait(1, "one"), trait(1, "two", userId="user-2"))
    assert outcomes_of(delivery) == [("kept", Code.PROFILE_BUSY), *DELIVERED]


def test_profile_that_becomes_free_is_updated_in_the_same_invocation() -> None:
    """Leases are short: another request, and two writes."""
    fakes = FakeDeliveryDependencies()
    lease(fakes, "user-1", SENT_AT // 1000 + 100)

    def release(longest: float) -> float:
        lease(fakes, "user-1", 0)
        return longest

    run = replace(invocation(), pause=release)
    delivery = deliver([sqs_record(trait(1, "one"))], fakes, run)
    assert outcomes_of(delivery) == DELIVERED


def test_superseded_update_waits_for_no_lease() -> None:
    """A history only grows: what is too old stays so."""
    fakes = FakeDeliveryDependencies()
    deliver_bodies(fakes, trait(2, "new"))
    lease(fakes, "user-1", SENT_AT // 1000 + 100)
    assert outcomes_of(deliver_bodies(fakes, trait(1, "old"))) == DELIVERED


def test_lease_of_an_invocation_that_has_ended_is_taken_over() -> None:
    """It died, or got no answer."""
    fakes = FakeDeliveryDependencies()
    lease(fakes, "user-1", SENT_AT // 1000 - 1)
    assert outcomes_of(deliver_bodies(fakes, trait(1, "one"))) == DELIVERED


def test_updates_are_kept_while_the_table_is_out_of_reach() -> None:
    """Events are delivered: they have no order."""
    fakes = FakeDeliveryDependencies()
    fakes.profiles.reachable = False
    delivery = deliver_bodies(fakes, trait(1, "one"), track())
    assert outcomes_of(delivery) == [("kept", Code.PROFILE_ORDER_UNAVAILABLE), *DELIVERED]


def test_update_is_kept_when_its_time_cannot_be_written() -> None:
    """A later invocation would not know of it, and let an older one overwrite it."""
    fakes = FakeDeliveryDependencies()
    fakes.answer = respond_by_path(engage=then(accept_all, lambda: set_unreachable(fakes)))

    delivery = deliver_bodies(fakes, trait(1, "one"))
    assert outcomes_of(delivery) == [("kept", Code.PROFILE_ORDER_UNAVAILABLE)]


def test_item_that_is_deleted_meanwhile_stays_deleted() -> None:
    """The user's deletion removed it."""
    fakes = FakeDeliveryDependencies()
    fakes.answer = respond_by_path(engage=then(accept_all, fakes.profiles.items.clear))
    delivery = deliver_bodies(fakes, trait(1, "one"))
    assert (outcomes_of(delivery), fakes.profiles.items) == (DELIVERED, {})


def test_suppressed_user_gets_no_item() -> None:
    """Nothing is kept about them."""
    fakes = FakeDeliveryDependencies()
    fakes.suppressions.hold("user-1")
    deliver_bodies(fakes, trait(1, "one"))
    assert fakes.profiles.items == {}


def test_user_who_is_suppressed_meanwhile_gets_no_item() -> None:
    """The table is touched after a look-up that is fresh."""
    fakes = FakeDeliveryDependencies()
    seconds = [0]

    def suppress() -> None:
        fakes.suppressions.hold("user-1")
        seconds[0] = 4

    fakes.answer_probe = then(accept_all, suppress)
    run = replace(invocation(), now=lambda: invocation(later=seconds[0]).now())
    # Without an event, which could prove the token before it is probed.
    deliver([sqs_record(trait(1, "one", anonymousId=None))], fakes, run)
    assert fakes.profiles.items == {}


def test_profiles_whose_ids_are_spelled_in_two_ways_have_histories_of_their_own() -> None:
    """They are two profiles in Mixpanel, with one item here."""
    fakes = FakeDeliveryDependencies(identityMergeApi="simplified")
    deliver_bodies(fakes, trait(2, "new", userId="d", anonymousId=None))
    deliver_bodies(fakes, trait(1, "old", userId=None, anonymousId="d"))
    assert (plans(fakes), len(fakes.profiles.items)) == (["new", "old"], 1)


def test_properties_beyond_the_room_of_an_item_are_counted() -> None:
    """Their times are forgotten, the oldest first."""
    fakes = FakeDeliveryDependencies()
    id_ = pseudonym(fakes.profiles.key, "user-1")
    full = b"".join(n.to_bytes(NAME_BYTES) + bytes(STAMP_BYTES) for n in range(MOST_PROPERTIES))
    fakes.profiles.items[id_] = ProfileItem("version", 0, full)
    delivery = deliver_bodies(fakes, trait(1, "one"))
    item = fakes.profiles.items[id_]
    assert (delivery.forgotten_times > 0, len(item.history)) == (True, len(full))


def test_full_histories_of_a_batch_fit_into_memory() -> None:
    """Whoever can send events can fill many: decoded, each takes eight times its room."""
    fakes, users = FakeDeliveryDependencies(), [f"user-{n}" for n in range(60)]
    for user in users:
        full = token_bytes(MOST_PROPERTIES * ENTRY_BYTES)
        fakes.profiles.items[pseudonym(fakes.profiles.key, user)] = ProfileItem("v", 0, full)
    tracemalloc.start()
    deliver_bodies(fakes, *(trait(1, "one", userId=user) for user in users))
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 4 * len(users) * MOST_PROPERTIES * ENTRY_BYTES


def lease(fakes: FakeDeliveryDependencies, user: str, until: int) -> None:
    """Let an invocation have the lease of a user until then."""
    id_ = pseudonym(fakes.profiles.key, user)
    history = fakes.profiles.items.get(id_, ProfileItem()).history
    fakes.profiles.items[id_] = ProfileItem("somebody", until, history)


def set_unreachable(fakes: FakeDeliveryDependencies) -> None:
    """Let the table of profiles be out of reach from now on."""
    fakes.profiles.reachable = False


def then(answer: RequestHandler, effect: Callable[[], None]) -> RequestHandler:
    """Mixpanel's answer, and what happens before it arrives."""

    def respond(request: httpx.Request) -> httpx.Response:
        effect()
        return answer(request)

    return respond


def test_bug_with_the_times_of_counters_keeps_only_these(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything before them is sent, and would be sent again with each attempt."""
    fakes = FakeDeliveryDependencies(propIncrements=[{"property": "items"}])
    monkeypatch.setattr(NewerWins, "late_counters", lambda *_: 1 / 0)
    delivery = deliver_bodies(fakes, track(properties={"items": 3}), trait(1, "one"))
    assert outcomes_of(delivery) == [("kept", Code.UNSETTLED), *DELIVERED]
