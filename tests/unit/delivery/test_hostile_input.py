"""What was made to do harm ends in a code, and the process lives."""

import gzip
import json
from base64 import b64encode
from itertools import chain, repeat
from typing import Any

import pytest

from rudder_mixpanel.delivery import deliver
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
# JSON that is a burden, or none that anybody would write.
BURDENS = {
    "ten thousand levels": '{"a":' * 10_000 + "1" + "}" * 10_000,
    "a thousand levels": '{"a":' * 1000 + "1" + "}" * 1000,
    "a thousand lists": "[" * 1000 + "]" * 1000,
    "a long text": json.dumps("x" * 1_000_000),
    "many keys": json.dumps({f"k{n}": n for n in range(10_000)}),
    "many elements": json.dumps([{"sku": n} for n in range(3000)]),
    "a huge number": "1e400",
    "a long number": "9" * 5000,
    "no number": "NaN",
    "half a character": r'"\ud800"',
    "no character": r'"\u0000"',
    "the same key twice": '{"company":1,"company":[2]}',
}
PLACES = ("type", "messageId", "userId", "event", "timestamp", "context", "properties", "traits")


def bearing(kind: str, place: str, burden: str) -> str:
    """A call with a burden in a place, and nothing else that is wrong with it."""
    call = {"type": kind, "traits": {"company": "c-1"}, "previousId": "p-1", place: "here"}
    return json.dumps(track(**call)).replace('"here"', burden)


def bomb(content: str) -> str:
    """What a webhook would hand on of a compressed request."""
    packed = b64encode(gzip.compress(content.encode())).decode()
    return json.dumps({"requestContext": {}, "body": packed, "isBase64Encoded": True})


@pytest.mark.parametrize("kind", ["track", "identify", "page", "screen", "group", "alias"])
@pytest.mark.parametrize("burden", BURDENS)
def test_burden_ends_in_a_code(kind: str, burden: str) -> None:
    """Wherever it stands, it is delivered or rejected for a known reason."""
    world = FakeDeliveryDependencies(**CONFIG)
    bodies = [bearing(kind, place, BURDENS[burden]) for place in PLACES]
    ends = outcomes_of(deliver_bodies(world, *bodies, track()))
    assert (len(ends), ends[-1]) == (len(PLACES) + 1, ("delivered", ""))
    assert {fate for fate, _ in ends} <= {"delivered", "rejected"}
    assert Code.INTERNAL_ERROR not in {code for _, code in ends}


def test_batch_of_the_worst_ends_in_codes() -> None:
    """Bombs, matryoshkas, endless arrays, and what multiplies: told one and all."""
    group = {"type": "group", "userId": "user-1", "traits": {"company": list(range(20_000))}}
    worst: list[Any] = [
        bomb(json.dumps(track(event="x" * 3_000_000))),
        bomb("[" + "[]," * 300_000 + "[]]"),
        bomb(bomb(bomb(json.dumps(track(event="x" * 3_000_000))))),
        "[" * 9 + json.dumps(track()) + "]" * 9,
        "[" + "0," * 500_000 + "0]",
        group,
        track(properties={"note": "x" * 900_000, "products": [{"sku": "1"}] * 250}),
        {"batch": [{"batch": [{"batch": "no"}]}]},
    ]
    ends = outcomes_of(deliver_bodies(FakeDeliveryDependencies(**CONFIG), *worst * 5, track()))
    refused = [("rejected", Code.UNREADABLE)] * 5 + [("rejected", Code.TOO_LARGE)] * 2
    assert ends == [*[*refused, ("rejected", Code.UNREADABLE)] * 5, ("delivered", "")]


def test_template_multiplies_nothing() -> None:
    """A category of placeholders, each of which would stand for a long name: 10 GB of it."""
    world = FakeDeliveryDependencies(
        useUserDefinedPageEventName=True,
        userDefinedPageEventTemplate="Viewed {{ category }} {{ name }} page",
    )
    call = {"properties": {"category": "{{ name }}" * 25_000}, "name": "x" * 400_000}
    ends = outcomes_of(deliver_bodies(world, track(type="page", **call)))
    assert (ends, sum(len(one.content) for one in world.requests) < 1_000_000) == (
        [("delivered", "")],
        True,
    )


def test_batch_that_takes_too_long_is_sent_in_part() -> None:
    """What is planned while there is time to send it is sent; the rest comes again, unopened."""
    clock = chain([60_000] * 5, repeat(34_000))
    bodies = [track(), [track(), track()], [track(), track()]]
    ends = outcomes_of(
        deliver_bodies(FakeDeliveryDependencies(), *bodies, time_left=lambda: next(clock))
    )
    assert ends == [("delivered", "")] * 3 + [("kept", Code.NO_TIME_LEFT)]


def test_batch_of_countless_events_is_taken_in_part() -> None:
    """Half a million strays fit six megabytes, and what is to be said of them no memory."""
    ends = outcomes_of(deliver_bodies(FakeDeliveryDependencies(), *[[{"no": 1}] * 4000] * 8))
    assert ends == [
        *[("rejected", Code.UNREADABLE)] * 25_001,
        *[("kept", Code.NO_ROOM_LEFT)] * 3000,
    ]


def test_batch_that_becomes_too_much_is_sent_in_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """One event at least is sent each time, so that all of them are in the end."""
    monkeypatch.setattr(deliver, "MOST_BYTES", 1)
    ends = outcomes_of(deliver_bodies(FakeDeliveryDependencies(), track(), track()))
    assert ends == [("delivered", ""), ("kept", Code.NO_ROOM_LEFT)]
