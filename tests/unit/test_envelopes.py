"""An SQS body becomes the events in it."""

import gzip
import json
from base64 import b64encode
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.envelopes import (
    EVENTS_OF_A_RECORD,
    EnvelopeItem,
    Unreadable,
    encode_json,
    read_events,
)
from rudder_mixpanel.errors import Code
from tests.build import identify, track
from tests.unit.wrapping import (
    WRAPPINGS,
    addressed,
    bridged,
    in_base64,
    in_gzip,
    notified,
    piped,
    proxied,
)

NO_ENVELOPE = "neither an event nor a known envelope"
NOT_PACKED = "not base64 of text, nor of its gzip"
TOO_LARGE = "unpacked, it is far larger than it looks"


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
        (notified(bridged([track(), identify()])), [track(), identify()]),
        (bridged(notified(track())), [track()]),
        (proxied({"batch": [track(), identify()]}), [track(), identify()]),
        ({"Records": [{"kinesis": {"data": in_base64(track())}}, track()]}, [track(), track()]),
        ([piped(track()), notified(identify())], [track(), identify()]),
        (addressed(track()), [track()]),
        ({"message": track(), "metadata": {"jobId": 1}}, [track()]),
        ({"body": encode_json(track()), "isBase64Encoded": False}, [track()]),
        ({"body": in_gzip(track()), "isBase64Encoded": True}, [track()]),
        (piped({"event": "gr\u00fcn"}), [{"event": "gr\u00fcn"}]),
        ({**track(), "batch": [1]}, [{**track(), "batch": [1]}]),
        ({"userId": "u-1"}, [{"userId": "u-1"}]),
        ({"userId": "u-1", "batch": "b-1"}, [{"userId": "u-1", "batch": "b-1"}]),
        ({"context": {}, "batch": [track()]}, [track()]),
        ([], []),
        ({"batch": []}, []),
    ],
)
def test_events_are_found(content: Any, events: list[Any]) -> None:
    """Whatever wrapped them, in their order."""
    assert read_events(json.dumps(content)) == events


@pytest.mark.parametrize(
    ("content", "why"),
    [
        ({}, NO_ENVELOPE),
        (notified({}), NO_ENVELOPE),
        ({**notified({}), "Message": "hello"}, "not JSON at position 0"),
        ({**notified({}), "Message": ""}, "not JSON at position 0"),
        ({"Type": "SubscriptionConfirmation", "Message": encode_json(track())}, NO_ENVELOPE),
        ({**proxied({}), "body": None}, NO_ENVELOPE),
        ({"body": encode_json(track())}, NO_ENVELOPE),
        ({"body": "*", "isBase64Encoded": True}, NOT_PACKED),
        ({"body": "\u00e9", "isBase64Encoded": True}, NOT_PACKED),
        ({"body": in_base64(track())[:-2], "isBase64Encoded": True}, NOT_PACKED),
        ({"body": in_gzip(track())[:40], "isBase64Encoded": True}, NOT_PACKED),
        ({"body": b64encode(b"\x1f\x8b\x08").decode(), "isBase64Encoded": True}, NOT_PACKED),
        ({"body": b64encode(b"\xff").decode(), "isBase64Encoded": True}, NOT_PACKED),
        ({"body": in_gzip(track(event="a" * 99_999)), "isBase64Encoded": True}, TOO_LARGE),
        ({"data": in_base64(track())}, NO_ENVELOPE),
        ({"message": "hello"}, NO_ENVELOPE),
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
    (found,) = read_events(json.dumps(content))
    assert isinstance(found, Unreadable)
    assert found.why == why


@pytest.mark.parametrize(
    "key", ["Message", "data", "body", "detail", "message", "Records", "batch"]
)
def test_event_with_a_key_of_an_envelope_stays_an_event(key: str) -> None:
    """Nobody has reserved these names."""
    event = track(
        **{key: encode_json(identify())}, requestContext={}, partitionKey="p", destination={}
    )
    assert read_events(encode_json(event)) == [event]


def test_what_cannot_be_opened_is_told_as_it_came() -> None:
    """Whoever looks sees where it came from; and SQS would not take the empty text in it."""
    envelope = {**proxied({}), "body": ""}
    assert read_events(encode_json(envelope)) == [
        Unreadable(encode_json(envelope), "not JSON at position 0")
    ]


def told(found: list[EnvelopeItem]) -> list[tuple[Code, str]]:
    """Code and reason of all that is no event for us."""
    return [(one.code, one.why) for one in found if isinstance(one, Unreadable)]


@pytest.mark.parametrize(
    "envelope",
    [
        addressed(track(), ID="other"),
        addressed(track(), ID=5),
        {"message": track(), "metadata": {"destinationId": "other"}},
        {"message": track(), "metadata": {"destinationId": "other"}, "destination": {"ID": ""}},
        bridged(addressed(track(), ID="other")),
    ],
)
def test_envelope_that_names_another_destination(envelope: Any) -> None:
    """Its event is not delivered here."""
    found = read_events(encode_json(envelope), destination_id="ours")
    why = "the envelope names another destination"
    assert (len(found), told(found)) == (1, [(Code.WRONG_DESTINATION, why)])


@pytest.mark.parametrize(
    "envelope",
    [
        addressed(track(), ID="ours"),
        addressed(track(), ID=""),
        {"message": track(), "destination": {}},
        {"message": track(), "metadata": {"destinationId": "ours"}},
        {"message": track(), "metadata": {"destinationId": None}},
        {**addressed(track(), ID="ours"), "metadata": {"destinationId": "other"}},
        {"message": track(), "metadata": "other", "destination": "other", "destinationId": "other"}
        | {"destination": {}},
    ],
)
def test_envelope_that_names_this_destination_or_none(envelope: Any) -> None:
    """It is opened."""
    assert read_events(encode_json(envelope), destination_id="ours") == [track()]


def test_each_event_for_another_destination_is_told_by_itself() -> None:
    """Its mates are delivered, and it can be replayed where it belongs."""
    theirs = {"message": track(), "destination": {"ID": "other"}}
    found = read_events(encode_json([identify(), theirs, theirs]), destination_id="ours")
    other = Unreadable(
        encode_json(theirs), "the envelope names another destination", Code.WRONG_DESTINATION
    )
    assert found == [identify(), other, other]


def test_config_of_an_envelope_is_not_told() -> None:
    """It may hold another destination's credentials."""
    envelope = addressed(track(), ID="other", Config={"apiSecret": "s3cret"})
    (found,) = read_events(encode_json(envelope), destination_id="ours")
    assert isinstance(found, Unreadable)
    assert "s3cret" not in found.body


@pytest.mark.parametrize(
    "content",
    [
        [0] * (EVENTS_OF_A_RECORD + 1),
        [[]] * 100_000,
        [[[]] * 1000] * 1000,
        {"Records": [{"Sns": {}}] * (EVENTS_OF_A_RECORD + 1)},
    ],
)
def test_endless_record_is_one_unreadable_event(content: Any) -> None:
    """To tell all that is wrong in it would never end."""
    body = encode_json(content)
    why = f"expected at most {EVENTS_OF_A_RECORD} events in a record"
    assert read_events(body) == [Unreadable(body, why)]


def test_batch_that_shrinks_well_is_read() -> None:
    """Real events look alike: they shrink to a tenth, which is no bomb."""
    batch = [track(messageId=f"m-{n}", properties={"order": n}) for n in range(50)]
    packed = in_gzip(batch)
    assert len(encode_json(batch)) > 10 * len(packed)
    assert read_events(encode_json({"body": packed, "isBase64Encoded": True})) == batch


def test_bombs_of_a_record_share_its_room() -> None:
    """The first is unpacked, and nothing after it."""
    bomb = {"body": in_gzip(track(event="a" * 3_000_000)), "isBase64Encoded": True}
    assert told(read_events(encode_json([bomb] * 100))) == [(Code.UNREADABLE, TOO_LARGE)] * 99


def test_bomb_in_a_bomb_is_not_unpacked() -> None:
    """Each layer shrinks to a thousandth of what it holds."""
    inner = {"body": in_gzip(track(event="a" * 3_000_000)), "isBase64Encoded": True}
    outer = {"body": in_gzip(inner), "isBase64Encoded": True}
    assert told(read_events(encode_json(outer))) == [(Code.UNREADABLE, TOO_LARGE)]


def test_unreadable_part_does_not_stop_the_others() -> None:
    """A stray object in a batch is told by itself."""
    assert read_events(json.dumps([track(), {"a": "é"}, identify()])) == [
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
    assert read_events(body) == [Unreadable(body, f"not JSON at position {position}")]


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
    assert read_events(f'{{"event":"{spelled}"}}') == [{"event": read}]


def test_deepest_json_can_be_told() -> None:
    """What is nested as deep as the decoder goes can be stored again."""
    body = '{"a":' * 1024 + "1" + "}" * 1024
    assert read_events(body) == [Unreadable(body, NO_ENVELOPE)]


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
    assert all(isinstance(one, dict | Unreadable) for one in read_events(body))


@given(JSON)
def test_any_json_is_read_or_told(content: Any) -> None:
    """What is no event is told as the JSON that it was."""
    body = encode_json(content)
    told = [one.body for one in read_events(body) if isinstance(one, Unreadable)]
    assert all(json.dumps(json.loads(one)) in json.dumps(content) for one in told)


EVENTS = st.lists(
    st.builds(track, messageId=st.text(), properties=st.dictionaries(st.text(), JSON, max_size=2))
    | st.builds(identify, userId=st.text()),
    min_size=1,
    max_size=4,
)
WRAPPING = st.sampled_from(WRAPPINGS)


@given(EVENTS, st.lists(WRAPPING, max_size=2))
def test_whatever_wraps_events_the_same_come_out(events: list[Any], wrappings: list[Any]) -> None:
    """In their order."""
    content: Any = events
    for wrap in wrappings:
        content = wrap(content)
    assert read_events(encode_json(content)) == events


@given(st.lists(st.tuples(WRAPPING, EVENTS), max_size=3))
def test_envelopes_of_all_sorts_may_share_a_record(parts: list[tuple[Any, list[Any]]]) -> None:
    """Each is opened where it stands."""
    content = [wrap(events) for wrap, events in parts]
    assert read_events(encode_json(content)) == [event for _, events in parts for event in events]


@given(JSON | st.text(), st.lists(WRAPPING, max_size=9))
def test_whatever_is_wrapped_is_read_or_told(content: Any, wrappings: list[Any]) -> None:
    """Envelopes around anything end in events or in reasons."""
    for wrap in wrappings:
        content = wrap(content)
    found = read_events(encode_json(content), destination_id="ours")
    assert all(isinstance(one, dict | Unreadable) for one in found)


@given(st.binary() | st.binary().map(gzip.compress))
def test_any_bytes_are_read_or_told(packed: bytes) -> None:
    """Base64 can hold anything."""
    body = encode_json({"body": b64encode(packed).decode(), "isBase64Encoded": True})
    assert all(isinstance(one, dict | Unreadable) for one in read_events(body))
