"""Seven responses that are easily misread, and variations of each."""

from collections.abc import Iterator
from typing import Any

import orjson
import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.batching import Request
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Kept, Rejected
from rudder_mixpanel.mixpanel.responses import (
    REFUSED,
    MixpanelResponse,
    Split,
    Verdict,
    interpret_response,
)
from tests.operations import event, request, update

EVENTS = request(event("a"), event("b"), event("c"))
EVENT = request(event("a"))
UPDATES = request(update(user="a"), update(user="b"), lane="engage")
SOME_FAILED = "some data points in the request failed validation"
OTHER_VALUES: tuple[Any, ...] = (None, True, -1, 2.5, "odd", [], {}, [[]], {"odd": 1})


def failed_record(place: int, key: str, value: str) -> dict[str, Any]:
    """A failed record, with either of the two names of the id."""
    return {"index": place, key: value, "field": "properties.time", "message": "too early"}


def rejected(code: Code = Code.REFUSED_BY_MIXPANEL) -> Rejected:
    """The outcome of an event in a failed record."""
    return Rejected(code, "", "properties.time", quote="too early")


# name: the request, the status and body of the answer, and what is true of each operation
MISREAD: dict[str, tuple[Request, int, Any, Verdict]] = {
    "400 with $insert_id": (
        EVENTS,
        400,
        {
            "code": 400,
            "error": SOME_FAILED,
            "failed_records": [
                failed_record(0, "$insert_id", "a"),
                failed_record(2, "$insert_id", "c"),
            ],
            "num_records_imported": 1,
            "status": "Bad Request",
        },
        [rejected(), DELIVERED, rejected()],
    ),
    "400 with insert_id": (
        EVENTS,
        400,
        {
            "code": 400,
            "error": SOME_FAILED,
            "failed_records": [
                failed_record(2, "insert_id", "c"),
                failed_record(0, "insert_id", "a"),
            ],
            "num_records_imported": 1,
            "status": "Bad Request",
        },
        [rejected(), DELIVERED, rejected()],
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
        [Kept(Code.REFUSED_FOR_NOW, REFUSED, quote="not for you")],
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


def without_refusal(verdict: Verdict) -> Verdict:
    """The verdict, without the complaint that is part of a split."""
    return Split() if isinstance(verdict, Split) else verdict


@pytest.mark.parametrize("name", MISREAD)
def test_response_is_not_misread(name: str) -> None:
    """Each is interpreted correctly."""
    sent_request, status, body, expected = MISREAD[name]
    verdict = interpret_response(sent_request, MixpanelResponse(status, orjson.dumps(body)))
    assert without_refusal(verdict) == expected


def variations(body: Any) -> Iterator[tuple[str, bytes]]:
    """Every variation with one part missing, added, truncated or of another type."""
    whole = orjson.dumps(body)
    yield from ((f"cut at {end}", whole[:end]) for end in range(len(whole)))
    yield "with something behind it", whole + b"}"
    if not isinstance(body, dict):
        return
    for key, value in body.items():
        rest = {name: field for name, field in body.items() if name != key}
        # Without its error, a success of /engage is one.
        if key != "error":
            yield f"without {key}", orjson.dumps(rest)
        for other in OTHER_VALUES[key == "error" :]:
            yield f"{key} is {other!r}", orjson.dumps({**rest, key: other})
        for place, inner in record_variations(value):
            yield f"{key}: {place}", orjson.dumps({**rest, key: inner})
    yield "with more", orjson.dumps({**body, "more": [1]})
    yield "in a list", orjson.dumps([body])


def record_variations(records: Any) -> Iterator[tuple[str, Any]]:
    """Every variation of a list of failed records."""
    if not isinstance(records, list):
        return
    yield "reversed", records[::-1]
    yield "one more", [*records, failed_record(1, "insert_id", "b")]
    yield "one twice", [*records, records[0]]
    for index, record in enumerate(records):
        before, after = records[:index], records[index + 1 :]
        yield f"without {index}", before + after
        yield from ((f"{index} is {other!r}", [*before, other, *after]) for other in OTHER_VALUES)
        for key in record if isinstance(record, dict) else ():
            rest = {name: field for name, field in record.items() if name != key}
            yield f"{index} without {key}", [*before, rest, *after]
            for other in (*OTHER_VALUES, 1, 99, "b"):
                yield f"{index}.{key} is {other!r}", [*before, {**rest, key: other}, *after]


VARIATIONS = [
    (name, variation, body)
    for name, case in MISREAD.items()
    for variation, body in variations(case[2])
]


@pytest.mark.parametrize(
    ("name", "variation", "body"), VARIATIONS, ids=[f"{n}: {h}" for n, h, _ in VARIATIONS]
)
def test_varied_response_delivers_nothing_that_was_not_accepted(
    name: str, variation: str, body: bytes
) -> None:
    """What Mixpanel did not accept is at worst sent again, and never delivered."""
    sent_request, status, _, expected = MISREAD[name]
    verdict = interpret_response(sent_request, MixpanelResponse(status, body))
    expected_outcomes = (
        [None] * len(sent_request.operations) if isinstance(expected, Split) else expected
    )
    outcomes = [] if isinstance(verdict, Split) else verdict
    wrongly_delivered = [
        outcome
        for outcome, expected_outcome in zip(outcomes, expected_outcomes, strict=False)
        if outcome == DELIVERED != expected_outcome
    ]
    assert wrongly_delivered == []


CONTRADICTIONS: list[tuple[Request, Any]] = [
    (UPDATES, {"status": 1, "error": None, "num_good_events": 0}),
    (UPDATES, {"status": 1, "error": None, "failed_records": [{"index": 0, "message": "no"}]}),
    (UPDATES, {"status": 1, "error": None, "code": 400}),
    (EVENTS, {"code": 500, "num_records_imported": 3, "status": "OK"}),
    (EVENTS, {"code": 200, "num_records_imported": 3, "status": "error"}),
    (EVENTS, {"code": 200, "num_records_imported": 3, "status": 0}),
]


@pytest.mark.parametrize(("sent_request", "body"), CONTRADICTIONS)
def test_response_that_contradicts_itself_is_not_a_success(
    sent_request: Request, body: Any
) -> None:
    """A contradiction is not a success."""
    verdict = interpret_response(sent_request, MixpanelResponse(200, orjson.dumps(body)))
    assert without_refusal(verdict) == Split()
