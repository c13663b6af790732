"""Receipts: every event of a batch stands in exactly the lists that say what became of it."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rudder_mixpanel.delivery.deliver import Delivery, deliver
from rudder_mixpanel.delivery.event import Event, EventOutcome, Filtered
from rudder_mixpanel.delivery.receipts import (
    Receipt,
    ReceiptList,
    ReceiptPlace,
    find_receipts,
    read_receipts,
    receipt_hash,
    receipt_lines,
)
from rudder_mixpanel.delivery.record import Record, SqsRecord
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.outcomes import (
    DELIVERED,
    DELIVERED_EARLIER,
    SUPERSEDED,
    SUPPRESSED,
    Kept,
    Rejected,
)
from tests.build import SENT_AT, identify, sqs_id, sqs_record, track
from tests.fakes.delivery import FakeDeliveryDependencies, deliver_bodies, invocation
from tests.fakes.log import logged
from tests.fakes.mixtures import (
    CONFIG,
    FAILURES,
    QUEUE_FAILURE_KINDS,
    QUEUE_FAILURES,
    RECORDS,
    Failures,
    MixpanelState,
    build_records,
    upcoming,
)
from tests.fakes.sqs.client import MemorySqsClient

MOST_BYTES = 200_000


def lists_of(events: list[Event]) -> dict[ReceiptPlace, Counter[str]]:
    """The hashes in each list, from lines that were written as JSON and read again."""
    lists: defaultdict[ReceiptPlace, Counter[str]] = defaultdict(Counter)
    for line in map(orjson.dumps, receipt_lines(events)):
        for place, hashes in read_receipts(orjson.loads(line)):
            lists[place].update(hashes)
    return lists


def hashes_in(lists: dict[ReceiptPlace, Counter[str]], kind: ReceiptList) -> Counter[str]:
    """The hashes in lists of one kind, whatever their day, reason or outcome."""
    return sum((hashes for place, hashes in lists.items() if place[0] is kind), Counter[str]())


def hashes_of(names: Any) -> Counter[str]:
    """The hashes of these texts, as often as they occur."""
    return Counter({receipt_hash(name): count for name, count in Counter(names).items()})


def test_hash_is_twelve_characters_of_sha256() -> None:
    """Also of text that UTF-8 does not allow, which JSON can hold."""
    # printf %s ann@example.com | sha256sum | cut -c1-18 | xxd -r -p | base64 | tr +/ -_
    assert (receipt_hash("ann@example.com"), len(receipt_hash("\ud800"))) == ("cdT1X3L6Eo37", 12)


def test_receipts_of_one_batch() -> None:
    """An event of each outcome, and one of which a part is kept."""
    fakes = FakeDeliveryDependencies(people=True)
    fakes.suppressions.hold("gone")
    delivery = deliver_bodies(
        fakes,
        track(messageId="taken", timestamp="2026-12-30T23:59:59.999Z"),
        [identify(messageId="updated"), track(messageId="off", integrations={"All": False})],
        track(messageId="suppressed", userId="gone"),
        {"messageId": "rejected", "userId": "user-1"},
    )
    assert list(receipt_lines(delivery.events)) == [
        {
            "delivered": {"2026-12-30": receipt_hash("taken")},
            "merged": {"2026-12-31": receipt_hash("updated")},
            "filtered": {"integrations.All is false": receipt_hash("off")},
            "suppressed": receipt_hash("suppressed"),
            "records": {
                "delivered": receipt_hash("record-1") + receipt_hash("record-2"),
                "filtered": receipt_hash("record-2"),
                "suppressed": receipt_hash("record-3"),
                "rejected": receipt_hash("record-4"),
            },
        }
    ]


def test_call_without_an_event_is_updated() -> None:
    """By its messageId: nothing that Mixpanel took has an `$insert_id`."""
    delivery = deliver_bodies(
        FakeDeliveryDependencies(identityMergeApi="simplified"), identify(messageId="m-1")
    )
    (line,) = receipt_lines(delivery.events)
    assert line["updated"] == receipt_hash("m-1")


def test_batch_without_events_has_no_receipts() -> None:
    """And so no line."""
    assert list(receipt_lines([])) == []


@given(RECORDS, FAILURES, FAILURES, QUEUE_FAILURES, QUEUE_FAILURES)
@settings(max_examples=400)
def test_every_event_stands_where_its_outcome_says(
    kinds: list[list[str]],
    first: Failures,
    second: Failures,
    storing_failures: list[str],
    requeueing_failures: list[str],
) -> None:
    """In two invocations with any failures: once each, with what Mixpanel acknowledged in each."""
    queues = (
        MemorySqsClient(*(QUEUE_FAILURE_KINDS[item] for item in each))
        for each in (storing_failures, requeueing_failures)
    )
    state = MixpanelState(first)
    fakes = FakeDeliveryDependencies(state.answer, *queues, **CONFIG)
    records = build_records(kinds)
    delivery = deliver(records, fakes, invocation())
    assert_accounted_for(delivery, state.acknowledged, len(kinds))
    state.failures, state.acknowledged = second, Counter()
    again = upcoming(records, delivery, fakes)
    later = deliver(again, fakes, invocation(name="second", later=200))
    assert_accounted_for(later, state.acknowledged, len(kinds))


def assert_accounted_for(delivery: Delivery, acknowledged: Counter[str], records: int) -> None:
    """The log of a delivery says of each event what became of it, and of nothing else."""
    lists, events = lists_of(delivery.events), delivery.events
    names = {name: [e for e in events if e.outcome_name == name] for name in OUTCOMES}
    finished = {receipt_hash(event.message_id) for event in names["delivered"]}
    merged = hashes_in(lists, ReceiptList.MERGED)
    partly_merged = hashes_in(lists, ReceiptList.PARTLY_MERGED)
    taken = hashes_in(lists, ReceiptList.DELIVERED) + merged
    partly = hashes_in(lists, ReceiptList.PARTLY_DELIVERED) + partly_merged
    assert taken + partly == hashes_of(acknowledged)
    merges = hashes_of(operation.insert_id for event in events for operation in merges_of(event))
    assert (merged + partly_merged).keys() == (taken + partly).keys() & merges.keys()
    assert (taken.keys() <= finished, partly.keys() & finished) == (True, set())
    assert lists[ReceiptList.UPDATED, ""].keys() == finished - taken.keys()
    assert hashes_in(lists, ReceiptList.FILTERED) == ids_of(names["filtered"])
    assert lists[ReceiptList.SUPPRESSED, ""] == ids_of(names["suppressed"])
    rejected = logged(delivery, "event rejected")
    assert Counter(line.get("message_id", "") for line in rejected) == Counter(
        event.message_id for event in names["rejected"]
    )
    kept = logged(delivery, "events kept")
    assert sum(line["events"] for line in kept) == len(names["kept"])
    named = "".join(line.get("ids", "") for line in kept if line["attempt"] in (1, 2, 4))
    assert chunks(named) == ids_of(e for e in names["kept"] if e.record.attempt in (1, 2, 4))
    for outcome, members in names.items():
        assert lists[ReceiptList.RECORDS, outcome] == hashes_of(
            {event.record.first_id for event in members}
        )
    originals = {receipt_hash(sqs_id(index)) for index in range(records)}
    assert hashes_in(lists, ReceiptList.RECORDS).keys() <= originals


OUTCOMES = ("delivered", "filtered", "suppressed", "rejected", "kept")
MERGES = ("$merge", "$create_alias")


def merges_of(event: Event) -> list[Operation]:
    """The operations of an event that merge users."""
    return [each for each in event.operations if each.payload.get("event") in MERGES]


def ids_of(events: Any) -> Counter[str]:
    """The hashes of the messageIds of events, without those that have none."""
    return hashes_of(event.message_id for event in events if event.message_id)


def chunks(hashes: str) -> Counter[str]:
    """The hashes in a list of them."""
    return Counter(hashes[start : start + 12] for start in range(0, len(hashes), 12))


KEPT = Kept(Code.THROTTLED, "HTTP 429")
REJECTED = Rejected(Code.REFUSED_BY_MIXPANEL, "", quote="no")
SETTLED: st.SearchStrategy[EventOutcome | None] = st.sampled_from(
    [DELIVERED, DELIVERED_EARLIER, SUPERSEDED, KEPT, REJECTED, SUPPRESSED]
)


@st.composite
def settled_events(draw: st.DrawFn) -> list[Event]:
    """Events with up to three operations and any outcomes, some without a messageId."""
    shapes = draw(st.lists(st.tuples(st.lists(SETTLED, max_size=3), st.integers(0, 9)), max_size=9))
    names = st.sampled_from(["e", *MERGES])
    return [
        settled_event(index, outcomes, day, named=draw(st.booleans()), name=draw(names))
        for index, (outcomes, day) in enumerate(shapes)
    ]


def settled_event(
    index: int,
    outcomes: list[EventOutcome | None],
    day: int = 0,
    *,
    named: bool = True,
    name: str = "e",
) -> Event:
    """An event with these outcomes; every other operation is a profile update."""
    event = Event(Record.of(sqs_record({}, f"record-{index}")), 0, None)
    event.message_id = f"m-{index}" if named else ""
    event.operations = [
        operation(
            f"{index}-{place}" if place else f"m-{index}",
            SENT_AT - day * 86_400_000,
            name if place % 2 == 0 else "",
        )
        for place in range(len(outcomes))
    ]
    event.outcomes = list(outcomes)
    return event


def operation(insert_id: str, time: int, name: str = "") -> Operation:
    """An event with a name, or else a profile update."""
    if name:
        properties = {"$insert_id": insert_id, "time": time, "distinct_id": "u"}
        return Operation("import", {"event": name, "properties": properties})
    return Operation("engage", {"$distinct_id": "u", "$set": {"a": insert_id}})


def taken_ids(event: Event) -> Iterator[str]:
    """The ids of the events that Mixpanel took in this invocation."""
    for place, outcome in enumerate(event.outcomes):
        if (
            outcome in (DELIVERED, SUPERSEDED)
            and outcome is not DELIVERED_EARLIER
            and not place % 2
        ):
            yield event.operations[place].insert_id


@given(settled_events())
def test_receipts_of_any_outcomes(events: list[Event]) -> None:
    """What was delivered by an earlier invocation has its receipts there."""
    lists = lists_of(events)
    finished = [event for event in events if event.outcome_name == "delivered"]
    others = [event for event in events if event.outcome_name != "delivered"]
    taken = [event for event in finished if not merges_of(event)]
    merged = [event for event in finished if merges_of(event)]
    partly_taken = [event for event in others if not merges_of(event)]
    partly_merged = [event for event in others if merges_of(event)]
    assert (
        hashes_in(lists, ReceiptList.DELIVERED),
        hashes_in(lists, ReceiptList.MERGED),
        hashes_in(lists, ReceiptList.PARTLY_DELIVERED),
        hashes_in(lists, ReceiptList.PARTLY_MERGED),
        lists[ReceiptList.UPDATED, ""],
    ) == (
        hashes_of(id_ for event in taken for id_ in taken_ids(event)),
        hashes_of(id_ for event in merged for id_ in taken_ids(event)),
        hashes_of(id_ for event in partly_taken for id_ in taken_ids(event)),
        hashes_of(id_ for event in partly_merged for id_ in taken_ids(event)),
        ids_of(event for event in finished if event.message_id not in taken_ids(event)),
    )


@given(settled_events())
def test_superseded_events_are_listed_beside_their_outcome(events: list[Event]) -> None:
    """Whatever became of their other updates."""
    superseded = [event for event in events if any(map(is_superseded, event.outcomes))]
    assert lists_of(events)[ReceiptList.SUPERSEDED, ""] == ids_of(superseded)


def is_superseded(outcome: EventOutcome | None) -> bool:
    """Whether a part of an update was not sent, since newer values are there."""
    return outcome is SUPERSEDED


def test_superseded_update_is_found_as_an_update_as_well() -> None:
    """Its event is delivered."""
    event = settled_event(1, [DELIVERED, SUPERSEDED])
    event.operations[0] = operation("", SENT_AT)
    (line,) = receipt_lines([event])
    assert line == {
        "updated": receipt_hash("m-1"),
        "superseded": receipt_hash("m-1"),
        "records": {"delivered": receipt_hash(event.record.first_id)},
    }


MANY = 29_444


def many_events(outcome: EventOutcome, reasons: int = 0) -> list[Event]:
    """As many events as an invocation has seen, each in a record of its own."""
    if reasons:
        return [
            settled_event(index, [Filtered(f"reason {index % reasons} {'é"' * 300}")])
            for index in range(MANY)
        ]
    return [settled_event(index, [outcome], index % 40) for index in range(MANY)]


def assert_lines_fit(events: list[Event], kind: ReceiptList) -> None:
    """No line is too long, and together they have a receipt of each event."""
    lines = [orjson.dumps(line) for line in receipt_lines(events)]
    lists = lists_of(events)
    assert max(map(len, lines)) < MOST_BYTES
    assert (hashes_in(lists, kind).total(), hashes_in(lists, ReceiptList.RECORDS).total()) == (
        MANY,
        MANY,
    )


def test_lines_about_many_delivered_events_fit() -> None:
    """In forty days."""
    assert_lines_fit(many_events(DELIVERED), ReceiptList.DELIVERED)


def test_lines_about_many_suppressed_events_fit() -> None:
    """In one list."""
    assert_lines_fit(many_events(SUPPRESSED), ReceiptList.SUPPRESSED)


def test_lines_about_many_superseded_events_fit() -> None:
    """Each is in a second list."""
    assert_lines_fit(many_events(SUPERSEDED), ReceiptList.SUPERSEDED)


def test_lines_about_many_filtered_events_fit() -> None:
    """With reasons that are long and many, although none are today."""
    assert_lines_fit(many_events(DELIVERED, reasons=500), ReceiptList.FILTERED)


def test_reason_that_is_longer_than_a_line_is_cut() -> None:
    """None is, but a reason can name a setting."""
    (line,) = receipt_lines([settled_event(1, [Filtered("r" * MOST_BYTES)])])
    assert line["filtered"] == {"r" * 200: receipt_hash("m-1")}


def test_reader_finds_a_hash_where_it_stands() -> None:
    """And not between two others, where its characters may be as well."""
    first, second = receipt_hash("a"), receipt_hash("b")
    between = (first + second)[6:18]
    line = {"delivered": {"2027-01-01": first + second}, "suppressed": second}
    assert find_receipts(line, {second, between}) == [
        Receipt(ReceiptList.DELIVERED, "2027-01-01", second),
        Receipt(ReceiptList.SUPPRESSED, "", second),
    ]


def record_with(first: str) -> SqsRecord:
    """A record that replaces another one."""
    return {
        **sqs_record(track(), "the-second"),
        "messageAttributes": {"firstRecordId": {"stringValue": first}},
    }


def test_record_has_the_receipt_of_the_first_one() -> None:
    """Whose id the sender may know."""
    delivery = deliver([record_with(sqs_id(7))], FakeDeliveryDependencies(), invocation())
    (line,) = receipt_lines(delivery.events)
    assert line["records"] == {"delivered": receipt_hash(sqs_id(7))}


def test_order_that_ends_with_its_products_is_found_by_its_id() -> None:
    """Its products have ids of their own, so its messageId is in the list of updates, too."""
    order = track(event="Order Completed", properties={"products": [{"product_id": "a"}]})
    fakes = FakeDeliveryDependencies(productEvents=True)
    own, product = deliver([sqs_record(order)], fakes, invocation()).events[0].operations
    rest = {"operations": {"stringValue": product.name}}
    replayed = deliver([{**sqs_record(order), "messageAttributes": rest}], fakes, invocation())
    lists = lists_of(replayed.events)
    assert hashes_in(lists, ReceiptList.DELIVERED).keys() == {receipt_hash(product.insert_id)}
    assert lists[ReceiptList.UPDATED, ""].keys() == {receipt_hash(order["messageId"])}
    assert own.insert_id != product.insert_id


@pytest.mark.parametrize(
    "message_id", [f"ios-{'0' * 36}", "ann@example.com", "undefined", 12345], ids=str
)
def test_event_is_found_by_its_whole_message_id(message_id: str | int) -> None:
    """Also when its `$insert_id` is a part or a hash of it, which others may share."""
    event = track(messageId=message_id)
    delivery = deliver([sqs_record(event)], FakeDeliveryDependencies(), invocation())
    (insert_id,) = (operation.insert_id for operation in delivery.events[0].operations)
    lists, own = lists_of(delivery.events), receipt_hash(str(message_id))
    expected = ReceiptList.DELIVERED if insert_id == str(message_id) else ReceiptList.UPDATED
    assert {kind for (kind, _), hashes in lists.items() if own in hashes} == {expected}
