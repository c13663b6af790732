"""Any mixture of events and failures: nothing is lost or counts twice, the account adds up."""

import json
from collections import Counter
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from rudder_mixpanel.delivery.deliver import Delivery, deliver
from rudder_mixpanel.delivery.event import Account, group_by_outcome
from rudder_mixpanel.envelopes import Unreadable
from rudder_mixpanel.errors import Code
from tests.fakes.delivery import FakeDeliveryDependencies, invocation, kept_records
from tests.fakes.mixtures import (
    CONFIG,
    FAILURES,
    QUEUE_FAILURE_KINDS,
    QUEUE_FAILURES,
    RECORDS,
    Failures,
    MixpanelState,
    build_records,
    canonical_json,
    upcoming,
)
from tests.fakes.sqs.client import MemorySqsClient, attribute_text

COUNTING = {"$add", "$append"}


def name_of(content: Any) -> str:
    """The name of a rejected event."""
    event = json.loads(content.body) if isinstance(content, Unreadable) else content
    return str(event.get("messageId") or event.get("nothing"))


def stored_names(queue: MemorySqsClient) -> Counter[str]:
    """How often each event is in the rejected queue."""
    return Counter(name_of(json.loads(message["MessageBody"])) for message in queue.messages)


def rejected_names(delivery: Delivery) -> Counter[str]:
    """The events with the outcome rejected."""
    return Counter(
        name_of(event.item) for event in delivery.events if event.outcome_name == "rejected"
    )


def is_counter(update: str) -> bool:
    """Whether an update counts twice when it is applied twice."""
    return not COUNTING.isdisjoint(json.loads(update))


@given(RECORDS, FAILURES, QUEUE_FAILURES, QUEUE_FAILURES)
@settings(max_examples=400)
def test_every_event_has_one_outcome(
    kinds: list[list[str]],
    failures: Failures,
    storing_failures: list[str],
    requeueing_failures: list[str],
) -> None:
    """The account adds up, and a record stays on the queue exactly when it has a kept event."""
    queue, back = (
        MemorySqsClient(*(QUEUE_FAILURE_KINDS[item] for item in each))
        for each in (storing_failures, requeueing_failures)
    )
    fakes = FakeDeliveryDependencies(MixpanelState(failures).answer, queue, back, **CONFIG)
    delivery = deliver(build_records(kinds), fakes, invocation())
    account = Account.of(group_by_outcome(delivery.events))
    kept_ids = list(
        dict.fromkeys(
            event.record.id
            for event in delivery.events
            if event.outcome_name == "kept" and not event.is_requeued
        )
    )
    assert (account.received, kept_records(delivery)) == (sum(map(len, kinds)), kept_ids)
    assert account.received == (
        account.delivered + account.filtered + account.rejected + account.kept
    )


@given(RECORDS, FAILURES, QUEUE_FAILURES)
@settings(max_examples=400)
def test_what_is_delivered_was_applied_and_what_is_rejected_is_stored(
    kinds: list[list[str]], failures: Failures, storing_failures: list[str]
) -> None:
    """Mixpanel has every delivered event, and the rejected queue every rejected one, once."""
    state, queue = (
        MixpanelState(failures),
        MemorySqsClient(*(QUEUE_FAILURE_KINDS[item] for item in storing_failures)),
    )
    delivery = deliver(
        build_records(kinds), FakeDeliveryDependencies(state.answer, queue, **CONFIG), invocation()
    )
    delivered_updates = [
        canonical_json(operation.payload)
        for event in delivery.events
        if event.outcome_name == "delivered"
        for operation in event.operations
    ]
    assert [item for item in delivered_updates if item not in state.applied] == []
    assert rejected_names(delivery) <= stored_names(queue)
    assert {item: stored_names(queue)[item] for item in rejected_names(delivery)} == rejected_names(
        delivery
    )


@given(RECORDS, FAILURES, FAILURES, QUEUE_FAILURES, st.booleans())
@settings(max_examples=400)
def test_nothing_counts_twice_and_nothing_is_lost(
    kinds: list[list[str]],
    first: Failures,
    second: Failures,
    requeueing_failures: list[str],
    repeated: bool,  # noqa: FBT001 - drawn
) -> None:
    """After two rounds of failures, a record that SQS delivers twice, and a good round."""
    state = MixpanelState(first)
    fakes = FakeDeliveryDependencies(
        state.answer,
        None,
        MemorySqsClient(*(QUEUE_FAILURE_KINDS[item] for item in requeueing_failures)),
        **CONFIG,
    )
    records = build_records(kinds)
    later = upcoming(records, deliver(records, fakes, invocation()), fakes)
    records = [*records, *later] if repeated else later
    state.failures = second
    records = upcoming(
        records, deliver(records, fakes, invocation(name="second", later=200)), fakes
    )
    state.failures = {}
    last = deliver(records, fakes, invocation(name="third", later=400))
    applied_twice = [
        operation
        for operation, times in state.applied.items()
        if times > 1 and is_counter(operation)
    ]
    assert (applied_twice, kept_records(last), fakes.events_sqs.messages) == ([], [], [])


@given(RECORDS, FAILURES)
@settings(max_examples=400)
def test_counter_that_was_not_applied_is_reported(
    kinds: list[list[str]], failures: Failures
) -> None:
    """Each counter is in Mixpanel or in the rejected queue."""
    state, fakes = MixpanelState(failures), FakeDeliveryDependencies(**CONFIG)
    fakes.answer = state.answer
    records = build_records(kinds)
    records = upcoming(records, deliver(records, fakes, invocation()), fakes)
    state.failures = {}
    deliver(records, fakes, invocation(name="second", later=200))
    counting = {
        f"e-{i}-{j}"
        for i, record in enumerate(kinds)
        for j, kind in enumerate(record)
        if kind in {"counting", "elsewhere"}
    }
    applied = {json.loads(item)["$distinct_id"] for item in state.applied if is_counter(item)}
    reported = {
        name_of(json.loads(message["MessageBody"]))
        for message in fakes.rejected_sqs.messages
        if attribute_text(message, "code")
        in {Code.OUTCOME_UNKNOWN, Code.REFUSED_BY_MIXPANEL, Code.TOO_LARGE}
    }
    assert counting - applied - reported == set()
