"""An SQS body becomes the events in it."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.envelopes import Unreadable, encode, events_in
from tests.build import identify, track

NO_ENVELOPE = "neither an event nor a known envelope"


def bridged(detail: Any) -> dict[str, Any]:
    """An EventBridge envelope."""
    return {"version": "0", "detail-type": "track", "source": "rudderstack", "detail": detail}


def wrapped(event: Any, times: int) -> Any:
    """An event in so many lists."""
    return wrapped([event], times - 1) if times else event


@pytest.mark.parametrize(
    ("content", "events"),
    [
        (track(), [track()]),
        ([track(), identify()], [track(), identify()]),
        ({"batch": [track(), identify()], "sentAt": "2027-01-01"}, [track(), identify()]),
        (bridged(track()), [track()]),
        (bridged({"batch": [track(), identify()]}), [track(), identify()]),
        (bridged([track()]), [track()]),
        ([bridged(track()), track()], [track(), track()]),
        ({"batch": [bridged(track())]}, [track()]),
        (wrapped(track(), 8), [track()]),
        ({**track(), "batch": [1]}, [{**track(), "batch": [1]}]),
        ({"userId": "u-1"}, [{"userId": "u-1"}]),
        ([], []),
        ({"batch": []}, []),
    ],
)
def test_events_are_found(content: Any, events: list[Any]) -> None:
    """Whatever wrapped them, in their order."""
    assert events_in(json.dumps(content)) == events


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({}, NO_ENVELOPE),
        ({"Type": "Notification", "Message": "{}"}, NO_ENVELOPE),
        ({"batch": {"type": "track"}}, NO_ENVELOPE),
        (bridged("track"), NO_ENVELOPE),
        ("track", NO_ENVELOPE),
        (None, NO_ENVELOPE),
        (5, NO_ENVELOPE),
        (wrapped(track(), 9), "envelopes nested deeper than 8"),
    ],
)
def test_body_without_an_event(content: Any, why: str) -> None:
    """Unknown shapes are told, not dropped."""
    (found,) = events_in(json.dumps(content))
    assert isinstance(found, Unreadable)
    assert found.why == why


def test_unreadable_part_does_not_stop_the_others() -> None:
    """A stray object in a batch is told by itself."""
    assert events_in(json.dumps([track(), {"a": "é"}, identify()])) == [
        track(),
        Unreadable('{"a":"é"}', NO_ENVELOPE),
        identify(),
    ]


@pytest.mark.parametrize(
    ("body", "position"),
    [
        ("", 0),
        ("{", 1),
        ('{"type":"track"}{', 16),
        ('{"a":NaN}', 5),
        ("\ud800", 0),
        ('["\\ud800", nope]', 11),
        ("[" * 1025 + "]" * 1025, 1025),
    ],
)
def test_body_that_is_not_json(body: str, position: int) -> None:
    """It is kept as it came, with the place where it breaks."""
    assert events_in(body) == [Unreadable(body, f"not JSON at position {position}")]


@pytest.mark.parametrize(
    ("spelled", "read"),
    [
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d", "�"),
        (r"\uDE00", "�"),
        (r"\ud83d\ud83d\ude00", "�😀"),
        (r"\\ud83d\ud83d", r"\ud83d" + "�"),
        (r"\u00e9\ud83d", "é�"),
    ],
)
def test_half_a_character_is_no_reason_to_lose_an_event(spelled: str, read: str) -> None:
    """A sender that cuts a text cuts emojis, too."""
    assert events_in(f'{{"event":"{spelled}"}}') == [{"event": read}]


def test_deepest_json_can_be_told() -> None:
    """What is nested as deep as the decoder goes can be stored again."""
    body = '{"a":' * 1024 + "1" + "}" * 1024
    assert events_in(body) == [Unreadable(body, NO_ENVELOPE)]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["batch", "type", "detail", "source"]) | st.text(), inner)
    ),
)


@given(st.text() | st.text('{}[]",:\\ud8aef0 '))
def test_any_text_is_read(body: str) -> None:
    """No body ends in an exception."""
    assert all(isinstance(one, dict | Unreadable) for one in events_in(body))


@given(JSON)
def test_any_json_is_read_or_told(content: Any) -> None:
    """What is no event is told as the JSON that it was."""
    body = encode(content)
    told = [one.body for one in events_in(body) if isinstance(one, Unreadable)]
    assert all(json.dumps(json.loads(one)) in json.dumps(content) for one in told)
