"""The events in an SQS body are read, whatever envelopes they are in."""

import json
from base64 import b64encode
from typing import Any

import pytest

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
    addressed,
    bridged,
    failed,
    failed_batch,
    failed_batch_in_s3,
    in_base64,
    in_gzip,
    notified,
    piped,
    proxied,
    proxied_gzip,
    queued,
    streamed,
)

NO_ENVELOPE = "neither an event nor a known envelope"
NOT_ENCODED = "neither base64 of text nor base64 of gzip of text"
EVENT_LEFT_OUT = (
    "Lambda's report of a failed invocation without its event, which was too large: "
    "send the event to the queue again"
)
BATCH_LEFT_OUT = (
    "Lambda's report of a failed batch, which never holds its events: "
    "read them from the stream and send them to the queue"
)
OBJECT_LEFT_OUT = (
    "a notification of S3, which never holds the object: send its content to the queue"
)
TOO_LARGE = "the decompressed size exceeds the limit of a record"


def wrapped(event: Any, times: int) -> Any:
    """An event in nested lists."""
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
        (failed(track()), [track()]),
        (failed([track(), identify()]), [track(), identify()]),
        (failed(bridged(track())), [track()]),
        (failed(streamed(track())), [track()]),
        (failed(queued(track())), [track()]),
        (failed(proxied(track())), [track()]),
        (failed(proxied_gzip(track())), [track()]),
        (failed(failed(track())), [track()]),
        (notified(failed(track())), [track()]),
        (bridged(failed(track())), [track()]),
        ({**failed(track()), "body": "of nobody"}, [track()]),
        (failed_batch_in_s3(streamed(track())), [track()]),
        (queued(track()), [track()]),
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
def test_events_are_read(content: Any, events: list[Any]) -> None:
    """From every envelope, in order."""
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
        ({"body": "*", "isBase64Encoded": True}, NOT_ENCODED),
        ({"body": "\u00e9", "isBase64Encoded": True}, NOT_ENCODED),
        ({"body": in_base64(track())[:-2], "isBase64Encoded": True}, NOT_ENCODED),
        ({"body": in_gzip(track())[:40], "isBase64Encoded": True}, NOT_ENCODED),
        ({"body": b64encode(b"\x1f\x8b\x08").decode(), "isBase64Encoded": True}, NOT_ENCODED),
        ({"body": b64encode(b"\xff").decode(), "isBase64Encoded": True}, NOT_ENCODED),
        ({"body": in_gzip(track(event="a" * 99_999)), "isBase64Encoded": True}, TOO_LARGE),
        (failed({}), NO_ENVELOPE),
        (failed("track"), NO_ENVELOPE),
        (failed(None), EVENT_LEFT_OUT),
        (failed_batch(), EVENT_LEFT_OUT),
        (failed_batch(KinesisBatchInfo={"batchSize": 500}), BATCH_LEFT_OUT),
        (failed_batch(DDBStreamBatchInfo={"batchSize": 500}), BATCH_LEFT_OUT),
        (failed_batch(KinesisBatchInfo={}, payload="{"), "not JSON at position 1"),
        ({"Records": [{"eventSource": "aws:s3", "s3": {"object": {"key": "k"}}}]}, OBJECT_LEFT_OUT),
        ({"eventSource": "aws:sqs", "body": ""}, "not JSON at position 0"),
        ({"requestContext": {"functionArn": None}, "requestPayload": track()}, NO_ENVELOPE),
        ({"requestPayload": track()}, NO_ENVELOPE),
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
def test_body_without_an_event_is_unreadable(content: Any, why: str) -> None:
    """Unknown content is reported, not dropped."""
    (item,) = read_events(json.dumps(content))
    assert isinstance(item, Unreadable)
    assert item.why == why


@pytest.mark.parametrize(
    "key", ["Message", "data", "body", "detail", "message", "Records", "batch", "requestPayload"]
)
def test_event_with_a_key_of_an_envelope_stays_an_event(key: str) -> None:
    """An event may have fields of any name."""
    event = track(
        **{key: encode_json(identify())},
        requestContext={"functionArn": "f"},
        eventSource="aws:sqs",
        partitionKey="p",
        destination={},
    )
    assert read_events(encode_json(event)) == [event]


def test_unreadable_envelope_is_reported_whole() -> None:
    """An operator sees where it came from, and SQS would reject the empty text in it."""
    envelope = {**proxied({}), "body": ""}
    assert read_events(encode_json(envelope)) == [
        Unreadable(encode_json(envelope), "not JSON at position 0")
    ]


def reasons(items: list[EnvelopeItem]) -> list[tuple[Code, str]]:
    """Code and reason of all unreadable items."""
    return [(item.code, item.why) for item in items if isinstance(item, Unreadable)]


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
def test_envelope_for_another_destination_is_rejected(envelope: Any) -> None:
    """Its event is not delivered to this destination."""
    items = read_events(encode_json(envelope), destination_id="ours")
    why = "the envelope names another destination"
    assert (len(items), reasons(items)) == (1, [(Code.WRONG_DESTINATION, why)])


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
def test_envelope_for_this_destination_or_none_is_opened(envelope: Any) -> None:
    """Its event is delivered."""
    assert read_events(encode_json(envelope), destination_id="ours") == [track()]


def test_each_event_for_another_destination_is_reported_separately() -> None:
    """Other events of the record are delivered, and it can be replayed to its destination."""
    foreign = {"message": track(), "destination": {"ID": "other"}}
    items = read_events(encode_json([identify(), foreign, foreign]), destination_id="ours")
    other = Unreadable(
        encode_json(foreign), "the envelope names another destination", Code.WRONG_DESTINATION
    )
    assert items == [identify(), other, other]


def test_config_of_an_envelope_is_not_reported() -> None:
    """It may contain another destination's credentials."""
    envelope = addressed(track(), ID="other", Config={"apiSecret": "s3cret"})
    (item,) = read_events(encode_json(envelope), destination_id="ours")
    assert isinstance(item, Unreadable)
    assert "s3cret" not in item.body


@pytest.mark.parametrize(
    "content",
    [
        [0] * (EVENTS_OF_A_RECORD + 1),
        [[]] * 100_000,
        [[[]] * 1000] * 1000,
        {"Records": [{"Sns": {}}] * (EVENTS_OF_A_RECORD + 1)},
    ],
)
def test_record_with_too_many_events_is_one_unreadable_item(content: Any) -> None:
    """Its parts are too many to be reported separately."""
    body = encode_json(content)
    why = f"expected at most {EVENTS_OF_A_RECORD} events in a record"
    assert read_events(body) == [Unreadable(body, why)]


def test_batch_that_compresses_well_is_read() -> None:
    """Real events are similar and shrink to a tenth, which is not a gzip bomb."""
    batch = [track(messageId=f"m-{n}", properties={"order": n}) for n in range(50)]
    packed = in_gzip(batch)
    assert len(encode_json(batch)) > 10 * len(packed)
    assert read_events(encode_json({"body": packed, "isBase64Encoded": True})) == batch


def test_bombs_of_a_record_share_its_limit() -> None:
    """Only the first is decompressed."""
    bomb = {"body": in_gzip(track(event="a" * 3_000_000)), "isBase64Encoded": True}
    assert reasons(read_events(encode_json([bomb] * 100))) == [(Code.UNREADABLE, TOO_LARGE)] * 99


def test_bomb_in_a_bomb_is_not_decompressed() -> None:
    """Each layer compresses to a thousandth of its content."""
    inner = {"body": in_gzip(track(event="a" * 3_000_000)), "isBase64Encoded": True}
    outer = {"body": in_gzip(inner), "isBase64Encoded": True}
    assert reasons(read_events(encode_json(outer))) == [(Code.UNREADABLE, TOO_LARGE)]


def test_unreadable_part_does_not_stop_the_others() -> None:
    """An unknown object in a batch is reported separately."""
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
    """It is reported unchanged, with the position of the error."""
    assert read_events(body) == [Unreadable(body, f"not JSON at position {position}")]


@pytest.mark.parametrize(
    ("text", "event"),
    [
        (r"\ud83d\ude00", "😀"),
        (r"\ud83d", "�"),
        (r"\uDE00", "�"),
        (r"\ud83d\ud83d\ude00", "�😀"),
        (r"\\ud83d\ud83d", r"\ud83d" + "�"),
        (r"\u00e9\ud83d", "é�"),
    ],
)
def test_lone_surrogate_is_replaced(text: str, event: str) -> None:
    """A sender that truncates text may cut an emoji in two."""
    assert read_events(f'{{"event":"{text}"}}') == [{"event": event}]


def test_deepest_json_is_reported() -> None:
    """Content nested as deeply as the decoder allows can be encoded again."""
    body = '{"a":' * 1024 + "1" + "}" * 1024
    assert read_events(body) == [Unreadable(body, NO_ENVELOPE)]
