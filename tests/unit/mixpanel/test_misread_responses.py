"""Seven answers that are easily misread, and every way in which each could come mangled."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.responses import (
    DELIVERED,
    MixpanelResponse,
    Rejected,
    Split,
    Verdict,
    interpret_response,
)
from tests.operations import event, request, update

EVENTS = request(event("a"), event("b"), event("c"))
EVENT = request(event("a"))
UPDATES = request(update(user="a"), update(user="b"), lane="engage")
SOME_FAILED = "some data points in the request failed validation"
OTHERS: tuple[Any, ...] = (None, True, -1, 2.5, "odd", [], {}, [[]], {"odd": 1})


def no(place: int, key: str, value: str) -> dict[str, Any]:
    """One event that is refused, under one of the two names of its id."""
    return {"index": place, key: value, "field": "properties.time", "message": "too early"}


def refused(code: Code = Code.REFUSED_BY_MIXPANEL) -> Rejected:
    """What becomes of an event that is refused by name."""
    return Rejected(code, "", "properties.time", quote="too early")


# name: the request, the status and body of the answer, and what is true of each operation
SEVEN: dict[str, tuple[Request, int, Any, Verdict]] = {
    "400 with $insert_id": (
        EVENTS,
        400,
        {
            "code": 400,
            "error": SOME_FAILED,
            "failed_records": [no(0, "$insert_id", "a"), no(2, "$insert_id", "c")],
            "num_records_imported": 1,
            "status": "Bad Request",
        },
        [refused(), DELIVERED, refused()],
    ),
    "400 with insert_id": (
        EVENTS,
        400,
        {
            "code": 400,
            "error": SOME_FAILED,
            "failed_records": [no(2, "insert_id", "c"), no(0, "insert_id", "a")],
            "num_records_imported": 1,
            "status": "Bad Request",
        },
        [refused(), DELIVERED, refused()],
    ),
    "400 with sentences, nothing imported": (
        EVENTS,
        400,
        {
            "code": 400,
            "error": SOME_FAILED,
            "failed_records": ["identity events are not allowed"],
            "num_records_imported": 0,
        },
        Split(),
    ),
    "400 without failed_records": (
        EVENT,
        400,
        {"code": 400, "error": "not for you", "num_records_imported": 0},
        [Rejected(Code.REFUSED_BY_MIXPANEL, "", quote="not for you")],
    ),
    "200 that counts fewer": (
        EVENTS,
        200,
        {"code": 200, "num_records_imported": 2, "status": "OK"},
        Split(),
    ),
    "engage: an error, and some are good": (
        UPDATES,
        200,
        {"error": "one of them is odd", "status": 1},
        Split(),
    ),
    "engage: 0": (UPDATES, 200, 0, Split()),
}


@pytest.mark.parametrize("name", SEVEN)
def test_answer_that_others_misread(name: str) -> None:
    """Each means what it says."""
    asked, status, body, expected = SEVEN[name]
    assert interpret_response(asked, MixpanelResponse(status, orjson.dumps(body))) == expected


def mangled(body: Any) -> Iterator[tuple[str, bytes]]:
    """Every answer that lacks one thing, has one too many, in another type, order or length."""
    whole = orjson.dumps(body)
    yield from ((f"cut at {end}", whole[:end]) for end in range(len(whole)))
    yield "with something behind it", whole + b"}"
    if not isinstance(body, dict):
        return
    for key, value in body.items():
        rest = {name: one for name, one in body.items() if name != key}
        # Without its error, a success of /engage is one.
        if key != "error":
            yield f"without {key}", orjson.dumps(rest)
        for other in OTHERS[key == "error" :]:
            yield f"{key} is {other!r}", orjson.dumps({**rest, key: other})
        for place, inner in parts(value):
            yield f"{key}: {place}", orjson.dumps({**rest, key: inner})
    yield "with more", orjson.dumps({**body, "more": [1]})
    yield "in a list", orjson.dumps([body])


def parts(records: Any) -> Iterator[tuple[str, Any]]:
    """Every list of failed records that differs in one thing."""
    if not isinstance(records, list):
        return
    yield "turned round", records[::-1]
    yield "one more", [*records, no(1, "insert_id", "b")]
    yield "one twice", [*records, records[0]]
    for index, record in enumerate(records):
        before, after = records[:index], records[index + 1 :]
        yield f"without {index}", before + after
        yield from ((f"{index} is {other!r}", [*before, other, *after]) for other in OTHERS)
        for key in record if isinstance(record, dict) else ():
            rest = {name: one for name, one in record.items() if name != key}
            yield f"{index} without {key}", [*before, rest, *after]
            for other in (*OTHERS, 1, 99, "b"):
                yield f"{index}.{key} is {other!r}", [*before, {**rest, key: other}, *after]


MANGLED = [(name, how, body) for name, seven in SEVEN.items() for how, body in mangled(seven[2])]


@pytest.mark.parametrize(("name", "how", "body"), MANGLED, ids=[f"{n}: {h}" for n, h, _ in MANGLED])
def test_mangled_answer_delivers_nothing_that_was_not(name: str, how: str, body: bytes) -> None:
    """What Mixpanel refused or did not count is at worst asked again; it is never a success."""
    asked, status, _, expected = SEVEN[name]
    verdict = interpret_response(asked, MixpanelResponse(status, body))
    true = [None] * len(asked.operations) if isinstance(expected, Split) else expected
    told = [] if isinstance(verdict, Split) else verdict
    lies = [one for one, was in zip(told, true, strict=False) if one == DELIVERED != was]
    assert lies == []


CONTRADICTIONS: list[tuple[Request, Any]] = [
    (UPDATES, {"status": 1, "error": None, "num_good_events": 0}),
    (UPDATES, {"status": 1, "error": None, "failed_records": [{"index": 0, "message": "no"}]}),
    (UPDATES, {"status": 1, "error": None, "code": 400}),
    (EVENTS, {"code": 500, "num_records_imported": 3, "status": "OK"}),
    (EVENTS, {"code": 200, "num_records_imported": 3, "status": "error"}),
    (EVENTS, {"code": 200, "num_records_imported": 3, "status": 0}),
]


@pytest.mark.parametrize(("asked", "body"), CONTRADICTIONS)
def test_answer_that_contradicts_itself_is_no_success(asked: Request, body: Any) -> None:
    """It says that all is well, and something else."""
    assert interpret_response(asked, MixpanelResponse(200, orjson.dumps(body))) == Split()
