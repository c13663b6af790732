"""The built function between a strict SQS and a strict Mixpanel: every event has one outcome."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from tests.build import identify, track
from tests.system.delivery_system import DeliverySystem
from tests.system.discrepancies import discrepancies

DAY = 24 * 3600


def call(call_type: str, number: int, **fields: Any) -> dict[str, Any]:
    """A call of this type, with ids of its own."""
    return track(
        type=call_type,
        messageId=f"{call_type}-{number}",
        userId=f"user-{number}",
        anonymousId=f"device-{number}",
        **fields,
    )


def tracks(count: int) -> list[dict[str, Any]]:
    """Track calls of one user each."""
    return [call("track", number) for number in range(count)]


def purchases(count: int) -> list[dict[str, Any]]:
    """Track calls with revenue, of one user each."""
    return [call("track", number, properties={"revenue": 5}) for number in range(count)]


# Every type of call, and every outcome
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


def test_every_event_of_a_mixed_batch_has_its_outcome(system: DeliverySystem) -> None:
    """Delivered, filtered and rejected events in one invocation, counted in its metrics."""
    system.send(*MIXED)
    system.run_until_empty()
    assert (discrepancies(system), len(system.source.batches)) == ([], 1)


def test_redelivered_records_change_nothing(system: DeliverySystem) -> None:
    """SQS repeats every record after it was settled; a query shows each event once."""
    for record in system.send(*MIXED):
        system.source.poll()
        system.events.redeliver(record)
    system.run_until_empty()
    assert discrepancies(system) == []


def test_repeated_and_shuffled_records_change_nothing(system: DeliverySystem) -> None:
    """Records are received twice, come back after their deletion, and are out of order."""
    system.events.settings = replace(system.events.settings, duplicates=0.3, shuffled=True)
    system.send(*MIXED, *tracks(40))
    system.run_until_empty()
    received = sum(len(batch.records) for batch in system.source.batches)
    assert (discrepancies(system), received > len(system.sent)) == ([], True)


def test_small_batches_make_no_difference(system: DeliverySystem) -> None:
    """Each invocation has metrics of its own."""
    system.source.batch_size = 2
    system.send(*MIXED)
    system.run_until_empty()
    assert (discrepancies(system), len(system.source.batches)) == ([], 6)


def test_counters_of_a_failed_request_count_once(system: DeliverySystem) -> None:
    """What keeps the events of a purchase keeps its counters as well."""
    system.mixpanel.fault("json_500", endpoint="import", times=1)
    system.send(*purchases(3))
    system.run_until_empty()
    assert discrepancies(system) == []


def test_redelivered_purchase_counts_once(system: DeliverySystem) -> None:
    """Mixpanel cannot detect a repeated counter; the function can."""
    records = system.send(*purchases(3))
    system.source.poll()
    for record in records:
        system.events.redeliver(record)
    system.run_until_empty()
    assert discrepancies(system) == []


def test_charges_whose_ids_join_to_the_same_text_both_count(system: DeliverySystem) -> None:
    """Each has a key of its own in the ledger."""
    charge = {"properties": {"revenue": 5}, "anonymousId": None}
    system.send(
        track(userId="Ann", messageId="Lee 7", **charge),
        track(userId="Ann Lee", messageId="7", **charge),
    )
    system.run_until_empty()
    charged = {
        user["distinct_id"]: len(user["properties"]["$transactions"])
        for user in system.mixpanel.profiles()
    }
    assert (charged, discrepancies(system)) == ({"Ann": 1, "Ann Lee": 1}, [])


def test_kept_part_of_a_record_is_requeued_alone(system: DeliverySystem) -> None:
    """What was settled is not sent again: the events and the merge are imported once each."""
    system.mixpanel.fault("json_500", endpoint="engage", times=1)
    known = {**identify(), "messageId": "identify-1", "userId": "user-1"}
    system.send({"batch": [call("track", 1), known, call("page", 2)]})
    system.run_until_empty()
    imports = [
        request
        for request in system.mixpanel.requests()
        if request["path"] == "/import" and str(request["body"]) != "[{}]"
    ]
    assert (discrepancies(system), len(imports)) == ([], 2)


def test_server_error_of_mixpanel_is_retried(system: DeliverySystem) -> None:
    """A 500 keeps the records; another attempt delivers them."""
    system.mixpanel.fault("json_500", endpoint="import", times=1)
    system.send(*tracks(3))
    system.run_until_empty()
    assert (discrepancies(system), system.source.batches[0].deleted) == ([], ())


def test_events_with_a_lost_response_count_once(system: DeliverySystem) -> None:
    """Mixpanel has the events; they are sent again, and a query shows each once."""
    system.mixpanel.fault("applied_then_lost", endpoint="import", times=1)
    system.send(*tracks(3))
    system.run_until_empty()
    assert discrepancies(system, uncounted=3) == []


def test_events_of_a_killed_process_count_once(system: DeliverySystem) -> None:
    """It dies before Mixpanel responds; the next process sends them again."""
    system.mixpanel.fault("slow", endpoint="import", delay=0.5, times=1)
    system.send(*tracks(3))
    with system.kill_as_soon_as(system.mixpanel.events):
        system.source.poll()
    system.run_until_empty()
    assert discrepancies(system, uncounted=3, failures=1) == []


def test_counter_of_a_killed_process_is_not_sent_again(system: DeliverySystem) -> None:
    """It may have counted, so it is reported and not counted twice; the others were not begun."""
    system.mixpanel.fault("slow", endpoint="engage", delay=0.5, times=1)
    system.send(*purchases(3))
    with system.kill_as_soon_as(system.mixpanel.updates):
        system.source.poll()
    system.run_until_empty()
    assert discrepancies(system, uncounted=3, failures=1, unknown=1) == []


def test_counter_that_may_have_counted_is_reported(system: DeliverySystem) -> None:
    """The request was lost, which looks the same as a lost response; the others are not sent."""
    system.mixpanel.fault("lost_unapplied", endpoint="engage", times=1)
    system.send(*purchases(3))
    system.run_until_empty()
    assert discrepancies(system, unknown=1) == []


def test_failing_rejected_queue_keeps_its_events(system: DeliverySystem) -> None:
    """A record is deleted after its rejection is stored."""
    system.sqs.fault("error", "SendMessageBatch", queue="rejected", times=1)
    (bad, good) = system.send("not JSON", call("track", 1))
    system.run_until_empty()
    deleted = [batch.deleted for batch in system.source.batches]
    assert (discrepancies(system), deleted) == ([], [(good,), (bad,)])


def test_rejected_queue_that_accepts_half_keeps_the_other_half(system: DeliverySystem) -> None:
    """SQS has a result for each entry."""
    system.sqs.fault("half", "SendMessageBatch", queue="rejected")
    system.send(*(f"not JSON {number}" for number in range(5)))
    system.run_until_empty()
    assert (discrepancies(system), len(system.source.batches[0].deleted)) == ([], 3)


def test_outage_of_a_day_loses_nothing(system: DeliverySystem) -> None:
    """After 24 hours without Mixpanel every event arrives, and there are no dead letters."""
    system.mixpanel.fault("envoy_503", seconds=DAY)
    started = system.clock()
    system.send(*MIXED)
    system.run_until_empty(step=900)
    waited = (system.clock() - started).total_seconds()
    assert (discrepancies(system), DAY <= waited < DAY + 3600) == ([], True)


def test_track_api_is_as_safe_as_import(deploy: Callable[..., DeliverySystem]) -> None:
    """With the setting for the other ingestion API."""
    system = deploy(ingestionApi="track")
    system.send(*tracks(3))
    system.run_until_empty()
    assert discrepancies(system) == []
