"""Hostile input is rejected with a code, and does not end the process."""

import gzip
import json
from base64 import b64encode
from itertools import chain, repeat
from typing import Any

import pytest

from rudder_mixpanel.delivery import plan
from rudder_mixpanel.errors import Code
from tests.build import track
from tests.fakes.delivery import FakeDeliveryDependencies, deliver_bodies, outcomes_of

CONFIG: dict[str, Any] = {
    "people": True,
    "productEvents": True,
    "groupKeysOnEvents": True,
    "propIncrements": [{"property": "seats"}],
    "groupKeySettings": [{"groupKey": "company"}],
    "unionProperties": [{"property": "tags"}],
    "appendProperties": [{"property": "email"}],
}
# Valid but extreme JSON, and text that no sender would write.
HOSTILE_VALUES = {
    "ten thousand levels": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "a thousand levels": '{"a":' * 1000 + "1" + "}" * 1000,
    "a thousand lists": "[" * 1000 + "]" * 1000,
    "a long text": json.dumps("x" * 1_000_000),
    "many keys": json.dumps({f"k{n}": n for n in range(10_000)}),
    "many elements": json.dumps([{"sku": n} for n in range(3000)]),
    "a huge number": "1e400",
    "a long number": "9" * 5000,
    "not a number": "NaN",
    "half a character": r'"\ud800"',
    "not a character": r'"\u0000"',
    "the same key twice": '{"company":1,"company":[2]}',
}
FIELDS = ("type", "messageId", "userId", "event", "timestamp", "context", "properties", "traits")


def call_with(kind: str, field_name: str, hostile: str) -> str:
    """A call with one hostile value in a field, and otherwise valid."""
    call = {"type": kind, "traits": {"company": "c-1"}, "previousId": "p-1", field_name: "here"}
    return json.dumps(track(**call)).replace('"here"', hostile)


def compressed_body(content: str) -> str:
    """The envelope of a webhook for a compressed request."""
    packed = b64encode(gzip.compress(content.encode())).decode()
    return json.dumps({"requestContext": {}, "body": packed, "isBase64Encoded": True})


@pytest.mark.parametrize("kind", ["track", "identify", "page", "screen", "group", "alias"])
@pytest.mark.parametrize("hostile", HOSTILE_VALUES)
def test_hostile_value_is_rejected_with_a_code(kind: str, hostile: str) -> None:
    """In any field, the event is delivered or rejected with a known code."""
    fakes = FakeDeliveryDependencies(**CONFIG)
    bodies = [call_with(kind, field_name, HOSTILE_VALUES[hostile]) for field_name in FIELDS]
    results = outcomes_of(deliver_bodies(fakes, *bodies, track()))
    assert (len(results), results[-1]) == (len(FIELDS) + 1, ("delivered", ""))
    assert {outcome for outcome, _ in results} <= {"delivered", "rejected"}
    assert Code.INTERNAL_ERROR not in {code for _, code in results}


def test_batch_of_hostile_events_is_rejected_with_codes() -> None:
    """Compression bombs, nested envelopes, huge arrays and values that multiply."""
    group = {"type": "group", "userId": "user-1", "traits": {"company": list(range(20_000))}}
    worst: list[Any] = [
        compressed_body(json.dumps(track(event="x" * 3_000_000))),
        compressed_body("[" + "[]," * 300_000 + "[]]"),
        compressed_body(compressed_body(compressed_body(json.dumps(track(event="x" * 3_000_000))))),
        "[" * 9 + json.dumps(track()) + "]" * 9,
        "[" + "0," * 500_000 + "0]",
        group,
        track(properties={"note": "x" * 900_000, "products": [{"sku": "1"}] * 250}),
        {"batch": [{"batch": [{"batch": "no"}]}]},
    ]
    results = outcomes_of(deliver_bodies(FakeDeliveryDependencies(**CONFIG), *worst * 5, track()))
    rejected_outcomes = [("rejected", Code.UNREADABLE)] * 5 + [("rejected", Code.TOO_LARGE)] * 2
    assert results == [*[*rejected_outcomes, ("rejected", Code.UNREADABLE)] * 5, ("delivered", "")]


def test_template_does_not_expand_without_limit() -> None:
    """A category full of placeholders for a long name would expand to 10 GB."""
    fakes = FakeDeliveryDependencies(
        useUserDefinedPageEventName=True,
        userDefinedPageEventTemplate="Viewed {{ category }} {{ name }} page",
    )
    call = {"properties": {"category": "{{ name }}" * 25_000}, "name": "x" * 400_000}
    results = outcomes_of(deliver_bodies(fakes, track(type="page", **call)))
    assert (results, sum(len(request.content) for request in fakes.requests) < 1_000_000) == (
        [("delivered", "")],
        True,
    )


def test_batch_that_takes_too_long_is_sent_partly() -> None:
    """Events planned in time are sent; later records are kept without being opened."""
    clock = chain([60_000] * 5, repeat(34_000))
    bodies = [track(), [track(), track()], [track(), track()]]
    results = outcomes_of(
        deliver_bodies(FakeDeliveryDependencies(), *bodies, time_left=lambda: next(clock))
    )
    assert results == [("delivered", "")] * 3 + [("kept", Code.NO_TIME_LEFT)]


def test_batch_of_too_many_events_is_planned_partly() -> None:
    """Half a million items fit into six megabytes, but their outcomes not into memory.

    The record at the limit is kept as a whole.
    """
    results = outcomes_of(deliver_bodies(FakeDeliveryDependencies(), *[[{"no": 1}] * 4000] * 8))
    assert results == [
        *[("rejected", Code.UNREADABLE)] * 24_000,
        *[("kept", Code.RECORD_KEPT)] * 1001,
        *[("kept", Code.NO_ROOM_LEFT)] * 3000,
    ]


def test_batch_that_needs_too_much_memory_is_sent_partly(monkeypatch: pytest.MonkeyPatch) -> None:
    """At least one event is sent each time, so that all are sent eventually."""
    monkeypatch.setattr(plan, "MOST_BYTES", 1)
    results = outcomes_of(deliver_bodies(FakeDeliveryDependencies(), track(), track()))
    assert results == [("delivered", ""), ("kept", Code.NO_ROOM_LEFT)]
