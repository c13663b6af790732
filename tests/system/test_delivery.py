"""The built function between a strict SQS and a strict Mixpanel: every event's fate is known."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.build import identify, track
from tests.system.delivery_system import DeliverySystem
from tests.system.discrepancies import discrepancies

DAY = 24 * 3600


def call(kind: str, number: int, **fields: Any) -> dict[str, Any]:
    """A call of this kind that is told from all others by its number."""
    return track(
        type=kind,
        messageId=f"{kind}-{number}",
        userId=f"user-{number}",
        anonymousId=f"device-{number}",
        **fields,
    )


def tracks(count: int) -> list[dict[str, Any]]:
    """As many track calls, each of another user."""
    return [call("track", number) for number in range(count)]


def purchases(count: int) -> list[dict[str, Any]]:
    """As many track calls with revenue, each of another user."""
    return [call("track", number, properties={"revenue": 5}) for number in range(count)]


# Every kind of call, and every fate.
MIXED: list[Any] = [
    call("track", 1),
    call("page", 2, name="Pricing"),
    call("screen", 3, name="Home"),
    {**identify(), "messageId": "identify-4", "userId": "user-4", "anonymousId": "device-4"},
    call("group", 5, groupId="heron-and-reed", traits={"groupId": "heron-and-reed"}),
    call("alias", 6, previousId="user-before-6"),
    call("track", 7, integrations={"All": False}),
    call("purchase", 8),
    call("track", 9, event=None),
    "not JSON",
    {"batch": [call("track", 10), call("page", 11), {"no": "type"}]},
]


def test_every_event_of_a_mixed_batch_finds_its_place(system: DeliverySystem) -> None:
    """Delivered, filtered, rejected: all in one invocation, and all in its account."""
    system.send(*MIXED)
    system.run_until_empty()
    assert (discrepancies(system), len(system.source.batches)) == ([], 1)


def test_redelivered_records_change_nothing(system: DeliverySystem) -> None:
    """SQS brings all of them again after they are settled; a query shows each event once."""
    for record in system.send(*MIXED):
        system.source.poll()
        system.events.redeliver(record)
    system.run_until_empty()
    assert discrepancies(system) == []


def test_queue_that_repeats_and_mixes_changes_nothing(system: DeliverySystem) -> None:
    """Records come twice at a time, come back when deleted, and in any order."""
    system.events.settings = replace(system.events.settings, duplicates=0.3, shuffled=True)
    system.send(*MIXED, *tracks(40))
    system.run_until_empty()
    brought = sum(len(one.records) for one in system.source.batches)
    assert (discrepancies(system), brought > len(system.sent)) == ([], True)


def test_small_batches_make_no_difference(system: DeliverySystem) -> None:
    """Each invocation has an account of its own."""
    system.source.batch_size = 2
    system.send(*MIXED)
    system.run_until_empty()
    assert (discrepancies(system), len(system.source.batches)) == ([], 6)


def test_counters_are_counted_once(system: DeliverySystem) -> None:
    """What keeps the events of a purchase keeps its counters, too."""
    system.mixpanel.fault("json_500", endpoint="import", times=1)
    system.send(*purchases(3))
    system.run_until_empty()
    assert discrepancies(system) == []


def test_redelivered_purchase_is_counted_once(system: DeliverySystem) -> None:
    """Mixpanel has no key to tell a counter from its copy; the function has."""
    records = system.send(*purchases(3))
    system.source.poll()
    for record in records:
        system.events.redeliver(record)
    system.run_until_empty()
    assert discrepancies(system) == []


def test_kept_part_of_a_record_comes_back_alone(system: DeliverySystem) -> None:
    """What was settled is not sent again: Mixpanel has no second copy of any event."""
    system.mixpanel.fault("json_500", endpoint="engage", times=1)
    known = {**identify(), "messageId": "identify-1", "userId": "user-1"}
    system.send({"batch": [call("track", 1), known, call("page", 2)]})
    system.run_until_empty()
    assert (discrepancies(system), len(system.source.batches)) == ([], 2)


def test_error_of_mixpanel_is_tried_again(system: DeliverySystem) -> None:
    """A 500 keeps the records; another attempt delivers them."""
    system.mixpanel.fault("json_500", endpoint="import", times=1)
    system.send(*tracks(3))
    system.run_until_empty()
    assert (discrepancies(system), system.source.batches[0].deleted) == ([], ())


def test_lost_answer_is_no_loss_and_no_second_event(system: DeliverySystem) -> None:
    """Mixpanel has the events, and nobody heard of it: they are sent again, and counted once."""
    system.mixpanel.fault("applied_then_lost", endpoint="import", times=1)
    system.send(*tracks(3))
    system.run_until_empty()
    assert discrepancies(system, unheard=3) == []


def test_killed_process_is_no_loss_and_no_second_event(system: DeliverySystem) -> None:
    """It dies while Mixpanel has the events and has not answered; another one delivers again."""
    system.mixpanel.fault("slow", endpoint="import", delay=0.5, times=1)
    system.send(*tracks(3))
    with system.kill_as_soon_as(system.mixpanel.events):
        system.source.poll()
    system.run_until_empty()
    assert discrepancies(system, unheard=3, failures=1) == []


def test_counter_of_a_killed_process_is_not_sent_again(system: DeliverySystem) -> None:
    """Mixpanel has counted, and nobody can know: better reported than counted twice."""
    system.mixpanel.fault("slow", endpoint="engage", delay=0.5, times=1)
    system.send(*purchases(3))
    with system.kill_as_soon_as(system.mixpanel.updates):
        system.source.poll()
    system.run_until_empty()
    assert discrepancies(system, unheard=3, failures=1, unknown=3) == []


def test_counter_that_may_have_counted_is_reported(system: DeliverySystem) -> None:
    """It was lost on its way, but that cannot be told from an answer that was lost."""
    system.mixpanel.fault("lost_unapplied", endpoint="engage", times=1)
    system.send(*purchases(3))
    system.run_until_empty()
    assert discrepancies(system, unknown=3) == []


def test_rejected_queue_that_refuses_keeps_its_events(system: DeliverySystem) -> None:
    """Nothing is deleted before its reason is stored; the SDK's own attempts fail, too."""
    system.sqs.fault("error", "SendMessageBatch", queue="rejected", times=2)
    (bad, good) = system.send("not JSON", call("track", 1))
    system.run_until_empty()
    deleted = [one.deleted for one in system.source.batches]
    assert (discrepancies(system), deleted) == ([], [(good,), (bad,)])


def test_rejected_queue_that_takes_half_keeps_the_other_half(system: DeliverySystem) -> None:
    """An answer of SQS is read entry by entry."""
    system.sqs.fault("half", "SendMessageBatch", queue="rejected")
    system.send(*(f"not JSON {number}" for number in range(5)))
    system.run_until_empty()
    assert (discrepancies(system), len(system.source.batches[0].deleted)) == ([], 3)


def test_outage_of_a_day_loses_nothing(system: DeliverySystem) -> None:
    """Mixpanel is away for 24 hours; then every event arrives, and no dead letter is written."""
    system.mixpanel.fault("envoy_503", seconds=DAY)
    started = system.clock()
    system.send(*MIXED)
    system.run_until_empty(step=900)
    waited = (system.clock() - started).total_seconds()
    assert (discrepancies(system), DAY <= waited < DAY + 3600) == ([], True)


def test_settings_can_say_track_instead_of_import(deploy: Callable[..., DeliverySystem]) -> None:
    """The other way into Mixpanel is as safe."""
    system = deploy(ingestionApi="track")
    system.send(*tracks(3))
    system.run_until_empty()
    assert discrepancies(system) == []
