"""Any mixture of events and of failures, and a Mixpanel that fails so."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import httpx
from hypothesis import strategies as st

from rudder_mixpanel.delivery.deliver import Delivery
from rudder_mixpanel.delivery.record import SqsRecord
from tests.build import identify, sqs_id, sqs_record, track
from tests.fakes.delivery import FakeDeliveryDependencies, kept_records
from tests.fakes.ingestion import accept_all, failed_record, imported, partly_imported, records_in
from tests.fakes.sqs.client import client_error, no_connection

type Failures = dict[str, list[str]]

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
    # The ids of the events that a response said were stored, as often as it did.
    acknowledged: Counter[str] = field(default_factory=Counter)

    def answer(self, request: httpx.Request) -> httpx.Response:
        """Apply the good records of a request unless it fails, and respond accordingly."""
        records = records_in(request)
        upcoming = self.failures.get(lane_of(request, records), [])
        applies, response = FAILURE_KINDS[upcoming.pop(0)] if upcoming else FAILURE_KINDS["good"]
        good = [record for record in records if not is_rejected(record)]
        if applies:
            self.applied.update(map(canonical_json, good))
        if response is None:
            ids = (record.get("properties", {}).get("$insert_id") for record in good)
            self.acknowledged.update(id_ for id_ in ids if id_)
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
        sqs_record([KINDS[kind](f"e-{i}-{j}") for j, kind in enumerate(record)], sqs_id(i))
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
