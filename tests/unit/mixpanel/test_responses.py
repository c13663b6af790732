"""Mixpanel's answer, status and body, becomes an outcome for each operation."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.operations import Operation
from rudder_mixpanel.mixpanel.responses import (
    DELIVERED,
    SMALL,
    Kept,
    MixpanelResponse,
    NoResponse,
    Outcome,
    Rejected,
    Split,
    interpret_response,
)
from tests.fakes.ingestion import failed_record
from tests.operations import event, request, update

ONE = request(event("a"))
THREE = request(event("a"), event("b"), event("c"))
UPDATE = request(update(), lane="engage")
UPDATES = request(update(), update(), lane="engage")
COUNTER = request(update("$add"), lane="counters")
COUNTERS = request(update("$add"), update("$append"), lane="counters")
MERGES = request(
    Operation("import", {"event": "$merge", "properties": {"$insert_id": "a"}}),
    Operation("import", {"event": "$merge", "properties": {"$insert_id": "b"}}),
    lane="identity",
)
NO_IDENTITY = "identity events are not allowed when project is using simplified identity management"
FAILED_VALIDATION = "some data points in the request failed validation"
TRUE: Any = True
HTML = b"<html><body>502 Bad Gateway</body></html>"


def said(status: int, body: Any) -> MixpanelResponse:
    """An answer with this JSON."""
    return MixpanelResponse(status, orjson.dumps(body))


def refused(words: str, field: str = "") -> Rejected:
    """Refused in Mixpanel's words."""
    return Rejected(Code.REFUSED_BY_MIXPANEL, "", field, quote=words)


def import_answer(status: int, imported: Any, failed: Any = None, **more: Any) -> MixpanelResponse:
    """An answer of /import."""
    body = {"code": status, "num_records_imported": imported, "failed_records": failed, **more}
    return said(status, body)


def codes(verdict: list[Outcome] | Split) -> list[Code | None] | None:
    """The code of each outcome, None for what is delivered."""
    if isinstance(verdict, Split):
        return None
    return [one.code if isinstance(one, Rejected | Kept) else None for one in verdict]


@pytest.mark.parametrize(
    "answer",
    [
        said(200, {"code": 200, "num_records_imported": 3, "status": "OK"}),
        said(200, {"code": 200, "error": None, "num_records_imported": 3, "status": 1}),
        import_answer(200, 3, []),
    ],
)
def test_import_that_counts_every_event_delivers_all(answer: MixpanelResponse) -> None:
    """Strict or lenient: what is counted in full is delivered."""
    assert interpret_response(THREE, answer) == [DELIVERED] * 3


@pytest.mark.parametrize("id_key", ["insert_id", "$insert_id", "none of the known"])
@pytest.mark.parametrize("status", [200, 400])
def test_failed_record_is_refused_and_its_mates_are_delivered(id_key: str, status: int) -> None:
    """A refusal is told by its place, and checked by the id in both of its spellings."""
    record = {"index": 1, id_key: "b", "field": "properties.time", "message": "too early"}
    verdict = interpret_response(THREE, import_answer(status, 2, [record], error=FAILED_VALIDATION))
    assert verdict == [DELIVERED, refused("too early", "properties.time"), DELIVERED]


@pytest.mark.parametrize(
    "answer",
    [
        import_answer(200, 2),
        import_answer(200, 4),
        import_answer(200, None),
        import_answer(200, "3"),
        import_answer(200, [3]),
        import_answer(200, 3, error=FAILED_VALIDATION),
        import_answer(200, 3, ["one of them"]),
        import_answer(200, 3, "one of them"),
        import_answer(400, 3),
        import_answer(400, 3, []),
        import_answer(400, 0, [NO_IDENTITY]),
        import_answer(400, 2, [failed_record(3, "c")]),
        import_answer(400, 2, [failed_record(-1, "c")]),
        import_answer(400, 2, [failed_record(1, "c")]),
        import_answer(400, 2, [{"index": True, "message": "no"}]),
        import_answer(400, 2, [{"message": "no"}]),
        import_answer(400, 2, [None]),
        import_answer(400, 1, [failed_record(1, "b"), failed_record(1, "b")]),
        import_answer(400, 1, [failed_record(1, "b")]),
        said(200, 1),
        said(200, [3]),
        MixpanelResponse(200, b""),
        MixpanelResponse(200, HTML),
        MixpanelResponse(400, HTML),
        MixpanelResponse(200, b'{"code": 200, "num_records_imported": 3'),
        MixpanelResponse(200, b"\xff\xfe"),
        MixpanelResponse(200, b"[" * 2000),
        MixpanelResponse(413, HTML),
    ],
)
def test_import_whose_answer_does_not_add_up_is_asked_in_halves(answer: MixpanelResponse) -> None:
    """An answer that says too little, or contradicts itself, settles nothing."""
    assert interpret_response(THREE, answer) == Split()


def test_one_true_is_not_a_count() -> None:
    """JSON's true equals one in Python, and counts nothing all the same."""
    assert codes(interpret_response(ONE, import_answer(200, TRUE))) == [Code.UNEXPECTED_ANSWER]


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (import_answer(400, 0, [NO_IDENTITY]), NO_IDENTITY),
        (import_answer(400, 0, [{"index": 7, "message": "no"}], error="some"), "no"),
        (import_answer(200, 0, error=FAILED_VALIDATION), FAILED_VALIDATION),
        (import_answer(400, 0, error={"odd": 1}), "{'odd': 1}"),
    ],
)
def test_single_event_is_refused_with_whatever_words_there_are(
    answer: MixpanelResponse, words: str
) -> None:
    """Alone in its request, an event is what the complaint is about."""
    assert interpret_response(ONE, answer) == [refused(words)]


def test_missing_words_are_left_out() -> None:
    """A refusal without message and field is one all the same."""
    record = {"index": 0, "message": None, "field": None}
    assert interpret_response(ONE, import_answer(400, 0, [record])) == [refused("")]


def test_sentence_about_identity_events_refuses_all_of_them() -> None:
    """A project with simplified merge takes none: thousands of requests would say no more."""
    verdict = interpret_response(MERGES, import_answer(400, 0, [NO_IDENTITY]))
    assert verdict == [refused(NO_IDENTITY)] * 2


@pytest.mark.parametrize("body", [1, {"error": None, "status": 1}, {"status": True}])
@pytest.mark.parametrize("request_", [UPDATES, COUNTERS], ids=["updates", "counters"])
def test_update_that_says_one_is_delivered(request_: Any, body: Any) -> None:
    """Engage says 1, bare or in JSON."""
    assert interpret_response(request_, said(200, body)) == [DELIVERED] * 2


@pytest.mark.parametrize(
    "answer",
    [
        said(200, 0),
        said(200, {"error": "$distinct_id, missing or empty", "status": 0}),
        said(200, {"error": "odd", "status": 1}),
        said(200, {"status": "error"}),
        said(200, {}),
        said(200, TRUE),
        said(200, [1]),
        said(400, 1),
        said(400, {"error": None, "status": 1}),
        MixpanelResponse(200, HTML),
        MixpanelResponse(413, HTML),
    ],
)
def test_update_that_does_not_say_one_is_asked_in_halves(answer: MixpanelResponse) -> None:
    """Whatever is not success is no success; updates that may be repeated are asked again."""
    assert interpret_response(UPDATES, answer) == Split()


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (said(200, {"error": "$token, missing or empty", "status": 0}), "$token, missing or empty"),
        (said(200, {"error": None, "status": 0}), "status 0"),
        (said(200, 0), "status 0"),
    ],
)
@pytest.mark.parametrize("request_", [UPDATE, COUNTER], ids=["update", "counter"])
def test_single_update_of_status_0_is_refused(
    request_: Any, answer: MixpanelResponse, words: str
) -> None:
    """Status 0 for a request of one update: certainly not applied, with Mixpanel's words."""
    assert interpret_response(request_, answer) == [refused(words)]


@pytest.mark.parametrize(
    "answer",
    [said(200, {}), said(400, 1), said(200, None), MixpanelResponse(200, HTML), said(200, TRUE)],
)
def test_single_update_without_explanation_is_kept(answer: MixpanelResponse) -> None:
    """Neither success nor a complaint: it is tried again."""
    assert codes(interpret_response(UPDATE, answer)) == [Code.UNEXPECTED_ANSWER]


def test_counters_of_an_unclear_answer_are_in_doubt() -> None:
    """They are not asked in halves, since some may have been applied."""
    kept = Kept(Code.UNEXPECTED_ANSWER, "an answer that does not account for it", quote="some")
    assert interpret_response(COUNTERS, said(200, {"error": "some", "status": 0})) == [kept] * 2


@pytest.mark.parametrize(
    ("status", "code", "untouched"),
    [
        (401, Code.CREDENTIALS_REFUSED, True),
        (403, Code.CREDENTIALS_REFUSED, False),
        (408, Code.MIXPANEL_UNAVAILABLE, False),
        (429, Code.THROTTLED, True),
        (500, Code.MIXPANEL_UNAVAILABLE, False),
        (502, Code.MIXPANEL_UNAVAILABLE, False),
        (503, Code.MIXPANEL_UNAVAILABLE, False),
        (504, Code.MIXPANEL_UNAVAILABLE, False),
        (524, Code.MIXPANEL_UNAVAILABLE, False),
        (204, Code.UNEXPECTED_ANSWER, False),
        (301, Code.UNEXPECTED_ANSWER, False),
        (404, Code.UNEXPECTED_ANSWER, False),
        (599, Code.MIXPANEL_UNAVAILABLE, False),
    ],
)
@pytest.mark.parametrize("request_", [THREE, UPDATES, COUNTERS], ids=["events", "sets", "counters"])
def test_status_that_is_no_verdict_keeps_all(
    request_: Any, status: int, code: Code, *, untouched: bool
) -> None:
    """Nothing is read into the body, not even into a 1."""
    kept = Kept(code, f"HTTP {status}", not_applied=untouched)
    assert interpret_response(request_, MixpanelResponse(status, b"1")) == [kept] * len(
        request_.operations
    )


@pytest.mark.parametrize("was_sent", [True, False])
def test_no_answer_keeps_all_and_says_whether_anything_left(*, was_sent: bool) -> None:
    """A connection that never was applied nothing; a lost answer may hide anything."""
    kept = Kept(Code.MIXPANEL_UNAVAILABLE, "ReadTimeout", not_applied=not was_sent)
    assert interpret_response(COUNTERS, NoResponse("ReadTimeout", was_sent)) == [kept] * 2


def test_single_operation_that_is_too_large_is_refused() -> None:
    """Halving ends here: it will always be too large."""
    assert codes(
        interpret_response(request(event(text="x" * SMALL)), MixpanelResponse(413, HTML))
    ) == [Code.TOO_LARGE]


def test_small_operation_that_is_called_too_large_is_kept() -> None:
    """No limit is so low: who says so is not well."""
    assert codes(interpret_response(ONE, MixpanelResponse(413, HTML))) == [Code.UNEXPECTED_ANSWER]


def test_counters_that_are_too_large_together_are_asked_in_halves() -> None:
    """413 is said before anything is read, so even these may be sent again."""
    assert interpret_response(COUNTERS, MixpanelResponse(413, HTML)) == Split()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 5) | st.floats(allow_nan=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    *("code", "status", "error", "num_records_imported", "failed_records"),
                    *("index", "insert_id", "message", "field"),
                ]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


@given(
    st.sampled_from([ONE, THREE, MERGES, UPDATE, UPDATES, COUNTER, COUNTERS]),
    st.integers(200, 599),
    JSON.map(orjson.dumps) | st.binary(),
)
def test_any_answer_gets_a_verdict(request_: Any, status: int, body: bytes) -> None:
    """Whatever comes back: no exception, one outcome an operation, and no counter asked again."""
    match interpret_response(request_, MixpanelResponse(status, body)):
        case Split():
            assert request_.repeatable
            assert len(request_.operations) > 1
        case list() as outcomes:
            assert len(outcomes) == len(request_.operations)


@given(JSON.map(orjson.dumps) | st.binary())
def test_only_a_full_count_delivers_all_events(body: bytes) -> None:
    """No body but one with the right count makes a whole request of events delivered."""
    delivered = interpret_response(THREE, MixpanelResponse(200, body)) == [DELIVERED] * 3
    assert not delivered or orjson.loads(body)["num_records_imported"] == 3


def test_mixpanels_wish_to_wait_is_heard() -> None:
    """In seconds, for whoever decides when the record comes again."""
    verdict = interpret_response(COUNTERS, MixpanelResponse(429, b"", retry_after=120))
    assert verdict == [Kept(Code.THROTTLED, "HTTP 429", not_applied=True, wait=120)] * 2
