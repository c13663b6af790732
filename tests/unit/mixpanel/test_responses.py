"""Mixpanel's response, status and body, gives an outcome for each operation."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import DELIVERED, Kept, Outcome, Rejected
from rudder_mixpanel.mixpanel.responses import (
    MIN_BODY_LIMIT,
    MixpanelResponse,
    NoResponse,
    Split,
    Verdict,
    interpret_response,
)
from tests.fakes.ingestion import failed_record
from tests.operations import event, request
from tests.unit.mixpanel.exchanges import (
    COUNTER,
    COUNTERS,
    FAILED_VALIDATION,
    MERGES,
    NO_IDENTITY,
    SINGLE_EVENT,
    THREE,
    UPDATE,
    UPDATES,
    import_response,
    response_of,
)

TRUE: Any = True
HTML = b"<html><body>502 Bad Gateway</body></html>"


def is_split(verdict: Verdict) -> bool:
    """Whether the request must be repeated in halves."""
    return isinstance(verdict, Split)


def codes(verdict: list[Outcome] | Split) -> list[Code | None] | None:
    """The code of each outcome, None for what is delivered."""
    if isinstance(verdict, Split):
        return None
    return [item.code if isinstance(item, Rejected | Kept) else None for item in verdict]


@pytest.mark.parametrize(
    "response",
    [
        response_of(200, {"code": 200, "num_records_imported": 3, "status": "OK"}),
        response_of(200, {"code": 200, "error": None, "num_records_imported": 3, "status": 1}),
        import_response(200, 3, []),
    ],
)
def test_import_that_counts_every_event_delivers_all(response: MixpanelResponse) -> None:
    """Strict or not: if the count is complete, all are delivered."""
    assert interpret_response(THREE, response) == [DELIVERED] * 3


@pytest.mark.parametrize("id_key", ["insert_id", "$insert_id", "none of the known"])
@pytest.mark.parametrize("status", [200, 400])
def test_failed_record_is_rejected_and_the_others_are_delivered(id_key: str, status: int) -> None:
    """A failed record is matched by its index, and checked by either spelling of the id."""
    record = {"index": 1, id_key: "b", "field": "properties.time", "message": "too early"}
    verdict = interpret_response(
        THREE, import_response(status, 2, [record], error=FAILED_VALIDATION)
    )
    rejected = Rejected(Code.REFUSED_BY_MIXPANEL, "", "properties.time", quote="too early")
    assert verdict == [DELIVERED, rejected, DELIVERED]


@pytest.mark.parametrize(
    "response",
    [
        import_response(200, 2),
        import_response(200, 4),
        import_response(200, None),
        import_response(200, "3"),
        import_response(200, [3]),
        import_response(200, 3, error=FAILED_VALIDATION),
        import_response(200, 3, ["one of them"]),
        import_response(200, 3, "one of them"),
        import_response(400, 3),
        import_response(400, 3, []),
        import_response(400, 0, [NO_IDENTITY]),
        import_response(400, 2, [failed_record(3, "c")]),
        import_response(400, 2, [failed_record(-1, "c")]),
        import_response(400, 2, [failed_record(1, "c")]),
        import_response(400, 2, [{"index": True, "message": "no"}]),
        import_response(400, 2, [{"message": "no"}]),
        import_response(400, 2, [None]),
        import_response(400, 1, [failed_record(1, "b"), failed_record(1, "b")]),
        import_response(400, 1, [failed_record(1, "b")]),
        response_of(200, 1),
        response_of(200, [3]),
        MixpanelResponse(200, b""),
        MixpanelResponse(200, HTML),
        MixpanelResponse(400, HTML),
        MixpanelResponse(200, b'{"code": 200, "num_records_imported": 3'),
        MixpanelResponse(200, b"\xff\xfe"),
        MixpanelResponse(200, b"[" * 2000),
        MixpanelResponse(413, HTML),
    ],
)
def test_import_whose_response_does_not_add_up_is_split(response: MixpanelResponse) -> None:
    """A response that is unclear or contradicts itself decides nothing."""
    assert is_split(interpret_response(THREE, response))


def test_one_true_is_not_a_count() -> None:
    """JSON's true equals 1 in Python, but is not a count."""
    assert codes(interpret_response(SINGLE_EVENT, import_response(200, TRUE))) == [
        Code.UNEXPECTED_ANSWER
    ]


@pytest.mark.parametrize("body", [1, {"error": None, "status": 1}])
@pytest.mark.parametrize("request_", [UPDATES, COUNTERS], ids=["updates", "counters"])
def test_update_with_status_1_is_delivered(request_: Any, body: Any) -> None:
    """/engage responds 1, alone or in an object."""
    assert interpret_response(request_, response_of(200, body)) == [DELIVERED] * 2


@pytest.mark.parametrize(
    "response",
    [
        response_of(200, 0),
        response_of(200, {"error": "$distinct_id, missing or empty", "status": 0}),
        response_of(200, {"error": "odd", "status": 1}),
        response_of(200, {"status": "error"}),
        response_of(200, {}),
        response_of(200, TRUE),
        response_of(200, [1]),
        response_of(400, 1),
        response_of(400, {"error": None, "status": 1}),
        MixpanelResponse(200, HTML),
        MixpanelResponse(413, HTML),
    ],
)
def test_update_without_status_1_is_split(response: MixpanelResponse) -> None:
    """Anything else is not a success; repeatable updates are sent again in halves."""
    assert is_split(interpret_response(UPDATES, response))


@pytest.mark.parametrize(
    "response",
    [
        response_of(200, {}),
        response_of(400, 1),
        response_of(200, None),
        MixpanelResponse(200, HTML),
        response_of(200, TRUE),
    ],
)
def test_single_update_without_explanation_is_kept(response: MixpanelResponse) -> None:
    """Neither success nor a message: it is retried."""
    assert codes(interpret_response(UPDATE, response)) == [Code.UNEXPECTED_ANSWER]


def test_counters_of_an_unclear_response_are_kept() -> None:
    """They are not sent in halves, since some may have been applied."""
    kept = Kept(Code.UNEXPECTED_ANSWER, "the response does not account for it", quote="some")
    assert (
        interpret_response(COUNTERS, response_of(200, {"error": "some", "status": 0})) == [kept] * 2
    )


@pytest.mark.parametrize(
    ("status", "code", "not_applied"),
    [
        (401, Code.CREDENTIALS_REFUSED, True),
        (403, Code.WRONG_SERVER, False),
        (408, Code.MIXPANEL_UNAVAILABLE, False),
        (429, Code.THROTTLED, True),
        (500, Code.MIXPANEL_UNAVAILABLE, False),
        (502, Code.MIXPANEL_UNAVAILABLE, False),
        (503, Code.MIXPANEL_UNAVAILABLE, False),
        (504, Code.MIXPANEL_UNAVAILABLE, False),
        (524, Code.MIXPANEL_UNAVAILABLE, False),
        (204, Code.UNEXPECTED_ANSWER, False),
        (301, Code.WRONG_SERVER, False),
        (308, Code.WRONG_SERVER, False),
        (404, Code.WRONG_SERVER, False),
        (405, Code.WRONG_SERVER, False),
        (410, Code.WRONG_SERVER, False),
        (402, Code.UNEXPECTED_ANSWER, False),
        (414, Code.URL_OR_HEADERS_TOO_LONG, True),
        (431, Code.URL_OR_HEADERS_TOO_LONG, True),
        (599, Code.MIXPANEL_UNAVAILABLE, False),
    ],
)
@pytest.mark.parametrize("request_", [THREE, UPDATES, COUNTERS], ids=["events", "sets", "counters"])
def test_other_status_keeps_all(
    request_: Any, status: int, code: Code, *, not_applied: bool
) -> None:
    """The body is not read, even if it is 1."""
    kept = Kept(code, f"HTTP {status}", not_applied=not_applied)
    assert interpret_response(request_, MixpanelResponse(status, b"1")) == [kept] * len(
        request_.operations
    )


def test_403_of_mixpanel_is_about_the_credentials() -> None:
    """Mixpanel's own is JSON; a firewall's is a page."""
    response = response_of(403, {"error": "Forbidden", "status": "error"})
    assert codes(interpret_response(SINGLE_EVENT, response)) == [Code.CREDENTIALS_REFUSED]


@pytest.mark.parametrize("was_sent", [True, False])
def test_no_response_keeps_all_and_says_whether_anything_was_sent(*, was_sent: bool) -> None:
    """Without a connection nothing was applied; a lost response leaves that unknown."""
    kept = Kept(Code.MIXPANEL_UNAVAILABLE, "ReadTimeout", not_applied=not was_sent)
    assert interpret_response(COUNTERS, NoResponse("ReadTimeout", was_sent)) == [kept] * 2


def test_single_operation_that_is_too_large_is_rejected() -> None:
    """It can not be halved, and will always be too large."""
    assert codes(
        interpret_response(request(event(text="x" * MIN_BODY_LIMIT)), MixpanelResponse(413, HTML))
    ) == [Code.TOO_LARGE]


def test_small_operation_with_a_413_is_kept() -> None:
    """No limit of Mixpanel's is so low, so it is a failure."""
    assert codes(interpret_response(SINGLE_EVENT, MixpanelResponse(413, HTML))) == [
        Code.UNEXPECTED_ANSWER
    ]


def test_counters_that_are_too_large_together_are_split() -> None:
    """With a 413 nothing was applied, so even counters may be sent again."""
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
    st.sampled_from([SINGLE_EVENT, THREE, MERGES, UPDATE, UPDATES, COUNTER, COUNTERS]),
    st.integers(200, 599),
    JSON.map(orjson.dumps) | st.binary(),
)
def test_any_response_gets_a_verdict(request_: Any, status: int, body: bytes) -> None:
    """Any response: no exception, an outcome for each operation, and no counter sent again."""
    match interpret_response(request_, MixpanelResponse(status, body)):
        case Split():
            assert request_.repeatable
            assert len(request_.operations) > 1
        case list() as outcomes:
            assert len(outcomes) == len(request_.operations)


@given(JSON.map(orjson.dumps) | st.binary())
def test_only_a_full_count_delivers_all_events(body: bytes) -> None:
    """Only a body with the right count delivers all events of a request."""
    delivered = interpret_response(THREE, MixpanelResponse(200, body)) == [DELIVERED] * 3
    assert not delivered or orjson.loads(body)["num_records_imported"] == 3


def test_retry_after_is_part_of_the_outcome() -> None:
    """In seconds, for the record's visibility timeout."""
    verdict = interpret_response(COUNTERS, MixpanelResponse(429, b"", retry_after=120))
    assert verdict == [Kept(Code.THROTTLED, "HTTP 429", not_applied=True, wait=120)] * 2


@pytest.mark.parametrize("status", [True, 1.0])
def test_only_the_number_one_says_that_updates_were_good(status: Any) -> None:
    """`{"status": true}` is the answer of many other servers."""
    assert is_split(interpret_response(UPDATES, response_of(200, {"status": status})))
