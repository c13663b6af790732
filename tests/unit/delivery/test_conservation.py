"""Any mixture of events, on any day: nothing is lost, nothing counts twice, the books add up."""

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

type Weather = dict[str, list[str]]

COUNTING = {"$add", "$append"}
CONFIG: dict[str, Any] = {
    "token": "{{ event.context.token || token }}",
    "people": True,
    "propIncrements": [{"property": "seats"}],
    "groupKeySettings": [{"groupKey": "company"}],
}

# What an event may be, as a function of the name that tells it from all others.
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
DAYS: dict[str, tuple[bool, Any]] = {
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
WEATHER = st.fixed_dictionaries(
    {
        lane: st.lists(st.sampled_from(sorted(DAYS)), max_size=12)
        for lane in ("import", "identity", "engage", "groups")
    }
)
STORING: dict[str, Any] = {
    "good": None,
    "denied": client_error("AccessDenied"),
    "silent": no_connection(),
}
QUEUE_WEATHER = st.lists(st.sampled_from(sorted(STORING)), max_size=4)


@dataclass
class Truth:
    """Mixpanel as it really is: what was applied, whatever it answered."""

    weather: Weather
    applied: Counter[str] = field(default_factory=Counter)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Apply what is good of a request, if the day lets it, and answer as the day has it."""
        records = records_in(request)
        coming = self.weather.get(lane_of(request, records), [])
        applies, response = DAYS[coming.pop(0)] if coming else DAYS["good"]
        good = [record for record in records if not is_refused(record)]
        if applies:
            self.applied.update(map(as_text, good))
        if response is None:
            return judged(request, records, good)
        if isinstance(response, Exception):
            raise response
        return httpx.Response(response.status_code, content=response.content)


def lane_of(request: httpx.Request, records: list[dict[str, Any]]) -> str:
    """The lane in which a request came."""
    identity = records[0].get("event") == "$merge"
    return "identity" if identity else request.url.path.strip("/")


def judged(
    request: httpx.Request, records: list[dict[str, Any]], good: list[dict[str, Any]]
) -> httpx.Response:
    """What Mixpanel answers on a good day, when some events are refused."""
    if request.url.path != "/import":
        # One good update makes all of them look good, which is why each is mapped with care.
        return (
            accept_all(request) if good else httpx.Response(200, json={"error": "no", "status": 0})
        )
    failed = [
        failed_record(index, record["properties"]["$insert_id"])
        for index, record in enumerate(records)
        if is_refused(record)
    ]
    return partly_imported(len(records), *failed) if failed else imported(len(records))


def is_refused(record: dict[str, Any]) -> bool:
    """Whether Mixpanel takes an update in no case."""
    return "refused-" in record.get("properties", {}).get("$insert_id", "")


def as_text(record: dict[str, Any]) -> str:
    """An update as text that is equal for equal updates."""
    return json.dumps(record, sort_keys=True)


def records_of(kinds: list[list[str]]) -> list[SqsRecord]:
    """Records of events of these kinds, each event with a name of its own."""
    return [
        sqs_record([KINDS[kind](f"e-{i}-{j}") for j, kind in enumerate(record)], f"record-{i}")
        for i, record in enumerate(kinds)
    ]


def coming(
    records: list[SqsRecord], delivery: Delivery, world: FakeDeliveryDependencies
) -> list[SqsRecord]:
    """The records that the queue brings next: those that stayed, and those that were sent back."""
    staying = [record for record in records if record["messageId"] in kept_records(delivery)]
    back = [
        {
            **sqs_record(message["MessageBody"], f"{place}-back-{len(world.requests)}"),
            "messageAttributes": {
                name: {"stringValue": one["StringValue"], "dataType": "String"}
                for name, one in message["MessageAttributes"].items()
            },
        }
        for place, message in enumerate(world.events_sqs.messages)
    ]
    world.events_sqs.messages.clear()
    return [*staying, *back]


def name_of(found: Any) -> str:
    """By what a rejected body is known."""
    content = json.loads(found.body) if isinstance(found, Unreadable) else found
    return str(content.get("messageId") or content.get("nothing"))


def in_queue(queue: MemorySqsClient) -> Counter[str]:
    """How often each event is in the rejected queue."""
    return Counter(name_of(json.loads(one["MessageBody"])) for one in queue.messages)


def rejected(delivery: Delivery) -> Counter[str]:
    """The events that a delivery calls rejected."""
    return Counter(name_of(one.item) for one in delivery.events if one.outcome_name == "rejected")


def is_counter(update: str) -> bool:
    """Whether an update counts twice when it is applied twice."""
    return not COUNTING.isdisjoint(json.loads(update))


@given(RECORDS, WEATHER, QUEUE_WEATHER, QUEUE_WEATHER)
@settings(max_examples=400)
def test_every_event_has_one_fate(
    kinds: list[list[str]], weather: Weather, storing: list[str], returning: list[str]
) -> None:
    """The account adds up, and a record stays on the queue exactly when it holds a kept event."""
    queue, back = (
        MemorySqsClient(*(STORING[one] for one in each)) for each in (storing, returning)
    )
    world = FakeDeliveryDependencies(Truth(weather).answer, queue, back, **CONFIG)
    delivery = deliver(records_of(kinds), world, invocation())
    account = Account.of(delivery.events)
    holding = list(
        dict.fromkeys(
            event.record.id
            for event in delivery.events
            if event.outcome_name == "kept" and not event.is_requeued
        )
    )
    assert (account.received, kept_records(delivery)) == (sum(map(len, kinds)), holding)
    assert account.received == (
        account.delivered + account.filtered + account.rejected + account.kept
    )


@given(RECORDS, WEATHER, QUEUE_WEATHER)
@settings(max_examples=400)
def test_what_is_delivered_was_applied_and_what_is_rejected_is_stored(
    kinds: list[list[str]], weather: Weather, storing: list[str]
) -> None:
    """No fate is claimed: Mixpanel has the delivered, the rejected queue the rejected, once."""
    truth, queue = Truth(weather), MemorySqsClient(*(STORING[one] for one in storing))
    delivery = deliver(
        records_of(kinds), FakeDeliveryDependencies(truth.answer, queue, **CONFIG), invocation()
    )
    claimed = [
        as_text(operation.payload)
        for event in delivery.events
        if event.outcome_name == "delivered"
        for operation in event.operations
    ]
    assert [one for one in claimed if one not in truth.applied] == []
    assert rejected(delivery) <= in_queue(queue)
    assert {one: in_queue(queue)[one] for one in rejected(delivery)} == rejected(delivery)


@given(RECORDS, WEATHER, WEATHER, QUEUE_WEATHER, st.booleans())
@settings(max_examples=400)
def test_nothing_counts_twice_and_nothing_is_lost(
    kinds: list[list[str]],
    first: Weather,
    second: Weather,
    returning: list[str],
    again: bool,  # noqa: FBT001 - drawn
) -> None:
    """Two bad days, a record that SQS brings twice, and a good day: no counter more than once."""
    truth = Truth(first)
    world = FakeDeliveryDependencies(
        truth.answer, None, MemorySqsClient(*(STORING[one] for one in returning)), **CONFIG
    )
    records = records_of(kinds)
    later = coming(records, deliver(records, world, invocation()), world)
    records = [*records, *later] if again else later
    truth.weather = second
    records = coming(records, deliver(records, world, invocation(name="second", later=200)), world)
    truth.weather = {}
    last = deliver(records, world, invocation(name="third", later=400))
    twice = [one for one, times in truth.applied.items() if times > 1 and is_counter(one)]
    assert (twice, kept_records(last), world.events_sqs.messages) == ([], [], [])


@given(RECORDS, WEATHER)
@settings(max_examples=400)
def test_counter_that_was_not_applied_is_reported(kinds: list[list[str]], weather: Weather) -> None:
    """Whoever counts the rejected queue and Mixpanel together misses nobody's counter."""
    truth, world = Truth(weather), FakeDeliveryDependencies(**CONFIG)
    world.answer = truth.answer
    records = records_of(kinds)
    records = coming(records, deliver(records, world, invocation()), world)
    truth.weather = {}
    deliver(records, world, invocation(name="second", later=200))
    counting = {
        f"e-{i}-{j}"
        for i, record in enumerate(kinds)
        for j, kind in enumerate(record)
        if kind in {"counting", "elsewhere"}
    }
    applied = {json.loads(one)["$distinct_id"] for one in truth.applied if is_counter(one)}
    reported = {
        name_of(json.loads(one["MessageBody"]))
        for one in world.rejected_sqs.messages
        if attribute_text(one, "code")
        in {Code.OUTCOME_UNKNOWN, Code.REFUSED_BY_MIXPANEL, Code.TOO_LARGE}
    }
    assert counting - applied - reported == set()
