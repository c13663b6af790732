"""Any mixture of events and failures: nothing is lost or counts twice, the account adds up."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import given, settings
from hypothesis import strategies as st

from rudder_mixpanel.delivery.deliver import Delivery, deliver
from rudder_mixpanel.delivery.event import Account
from rudder_mixpanel.delivery.record import SqsRecord
from rudder_mixpanel.envelopes import Unreadable
from rudder_mixpanel.errors import Code
from tests.build import identify, sqs_record, track
from tests.fakes.delivery import FakeDeliveryDependencies, invocation, kept_records
from tests.fakes.ingestion import accept_all, failed_record, imported, partly_imported, records_in
from tests.fakes.sqs.client import MemorySqsClient, attribute_text, client_error, no_connection

type Failures = dict[str, list[str]]

COUNTING = {"$add", "$append"}
CONFIG: dict[str, Any] = {
    "token": "{{ event.context.token || token }}",
    "people": True,
    "propIncrements": [{"property": "seats"}],
    "groupKeySettings": [{"groupKey": "company"}],
}

# What an event may be, as a function of its unique name.
KINDS: dict[str, Any] = {
    "good": lambda name: track(messageId=name, userId=name),
    "counting": lambda name: track(
        messageId=name, userId=name, properties={"revenue": 9.5, "seats": 2}
    ),
    "refused": lambda name: track(messageId=f"refused-{name}", userId=name),
    "refused and counting": lambda name: track(
        messageId=f"refused-{name}", userId=name, properties={"revenue": 9.5}
    ),
    "identify": lambda name: identify(messageId=name, userId=name),
    "group": lambda name: {
        "type": "group",
        "messageId": name,
        "userId": name,
        "traits": {"company": name},
    },
    "poison": lambda name: {"messageId": name, "userId": name},
    "unreadable": lambda name: {"nothing": name},
    "filtered": lambda name: track(
        messageId=name, userId=name, properties={"revenue": 9.5}, integrations={"All": False}
    ),
    "elsewhere": lambda name: track(
        messageId=name, userId=name, properties={"revenue": 9.5}, context={"token": "own"}
    ),
}
RECORDS = st.lists(st.lists(st.sampled_from(sorted(KINDS)), min_size=1, max_size=4), max_size=6)

# What may happen to a request: whether it is applied, and what comes back.
FAILURE_KINDS: dict[str, tuple[bool, Any]] = {
    "good": (True, None),
    "vague": (False, httpx.Response(400, json={"error": "no", "num_records_imported": 0})),
    "status 0": (False, httpx.Response(200, json={"error": "no", "status": 0})),
    "sentence": (
        False,
        httpx.Response(400, json={"num_records_imported": 0, "failed_records": ["no"]}),
    ),
    "unauthorized": (False, httpx.Response(401, json={"error": "no", "status": "Unauthorized"})),
    "forbidden": (False, httpx.Response(403, text="<html>")),
    "missing": (False, httpx.Response(404)),
    "too large": (False, httpx.Response(413, text="<html>")),
    "throttled": (False, httpx.Response(429)),
    "outage": (False, httpx.Response(500)),
    "outage after all": (True, httpx.Response(503, text="upstream connect error")),
    "html": (True, httpx.Response(200, text="<html>")),
    "truncated": (True, httpx.Response(200, content=b'{"code": 200, "num_rec')),
    "no connection": (False, httpx.ConnectError("")),
    "lost": (False, httpx.ReadTimeout("")),
    "lost after all": (True, httpx.RemoteProtocolError("")),
}
# For each lane its own, since lanes run side by side; counters follow the other updates.
FAILURES = st.fixed_dictionaries(
    {
        lane: st.lists(st.sampled_from(sorted(FAILURE_KINDS)), max_size=12)
        for lane in ("import", "identity", "engage", "groups")
    }
)
QUEUE_FAILURE_KINDS: dict[str, Any] = {
    "good": None,
    "denied": client_error("AccessDenied"),
    "silent": no_connection(),
}
QUEUE_FAILURES = st.lists(st.sampled_from(sorted(QUEUE_FAILURE_KINDS)), max_size=4)


@dataclass
class MixpanelState:
    """Mixpanel's real state: what was applied, whatever it responded."""

    failures: Failures
    applied: Counter[str] = field(default_factory=Counter)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Apply the good records of a request unless it fails, and respond accordingly."""
        records = records_in(request)
        upcoming = self.failures.get(lane_of(request, records), [])
        applies, response = FAILURE_KINDS[upcoming.pop(0)] if upcoming else FAILURE_KINDS["good"]
        good = [record for record in records if not is_rejected(record)]
        if applies:
            self.applied.update(map(canonical_json, good))
        if response is None:
            return normal_response(request, records, good)
        if isinstance(response, Exception):
            raise response
        return httpx.Response(response.status_code, content=response.content)


def lane_of(request: httpx.Request, records: list[dict[str, Any]]) -> str:
    """The lane of a request."""
    identity = records[0].get("event") == "$merge"
    return "identity" if identity else request.url.path.strip("/")


def normal_response(
    request: httpx.Request, records: list[dict[str, Any]], good: list[dict[str, Any]]
) -> httpx.Response:
    """Mixpanel's normal response when it rejects some events."""
    if request.url.path != "/import":
        # Mixpanel responds with success if a single update is valid.
        return (
            accept_all(request) if good else httpx.Response(200, json={"error": "no", "status": 0})
        )
    failed = [
        failed_record(index, record["properties"]["$insert_id"])
        for index, record in enumerate(records)
        if is_rejected(record)
    ]
    return partly_imported(len(records), *failed) if failed else imported(len(records))


def is_rejected(record: dict[str, Any]) -> bool:
    """Whether Mixpanel always rejects a record."""
    return "refused-" in record.get("properties", {}).get("$insert_id", "")


def canonical_json(record: dict[str, Any]) -> str:
    """An update as text; equal updates have equal text."""
    return json.dumps(record, sort_keys=True)


def build_records(kinds: list[list[str]]) -> list[SqsRecord]:
    """Records of events of these kinds, each event with a unique name."""
    return [
        sqs_record([KINDS[kind](f"e-{i}-{j}") for j, kind in enumerate(record)], f"record-{i}")
        for i, record in enumerate(kinds)
    ]


def upcoming(
    records: list[SqsRecord], delivery: Delivery, fakes: FakeDeliveryDependencies
) -> list[SqsRecord]:
    """The records that the queue delivers next: those that stayed and those that were requeued."""
    staying = [record for record in records if record["messageId"] in kept_records(delivery)]
    back = [
        {
            **sqs_record(message["MessageBody"], f"{place}-back-{len(fakes.requests)}"),
            "messageAttributes": {
                name: {"stringValue": attribute["StringValue"], "dataType": "String"}
                for name, attribute in message["MessageAttributes"].items()
            },
        }
        for place, message in enumerate(fakes.events_sqs.messages)
    ]
    fakes.events_sqs.messages.clear()
    return [*staying, *back]


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
    account = Account.of(delivery.events)
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
