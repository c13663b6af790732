"""Nothing that is stored of an unreadable record holds the secrets of a destination's settings."""

import gzip
import json
import re
import zlib
from base64 import b64decode, b64encode, encodebytes, urlsafe_b64encode
from collections.abc import Callable, Iterator
from contextlib import suppress
from itertools import zip_longest
from typing import Any, Final
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.aws.sqs import BODY_BYTES, storable_body
from rudder_mixpanel.delivery.plan import open_record, unopened_event
from rudder_mixpanel.envelopes import (
    Unreadable,
    encode_json,
    read_events,
    redact_body,
    redact_part,
    redaction,
)
from rudder_mixpanel.envelopes.redaction import Redactor
from tests.build import sqs_event, track
from tests.unit.wrapping import (
    WRAPPINGS,
    bridged,
    in_base64,
    in_gzip,
    notified,
    piped,
    proxied,
)

SECRET: Final = "s3cret-of-the-destination"
CONFIG: Final[dict[str, Any]] = {
    "token": SECRET,
    "apiSecret": f'a "quoted" \\ {SECRET} }}{{',
    "nested": [{"deep": {"token": SECRET}}],
    "after": SECRET,
}
EVENT: Final = track(properties={"config": {"kept": "yes"}, "secret": "of nobody"})


def with_secrets(event: Any) -> dict[str, Any]:
    """The envelope of RudderStack's transformer with all that can hold secrets."""
    return {
        "message": event,
        "metadata": {"jobId": 1, "secret": {"access_token": SECRET}},
        "destination": {
            "ID": "other",
            "Name": "Mixpanel",
            "Config": CONFIG,
            "secretConfig": {"token": SECRET},
        },
        "connection": {"config": {"token": SECRET}},
        "credentials": [{"key": "k", "value": SECRET}],
        "libraries": [],
    }


def unreadable(body: str) -> list[str]:
    """The bodies of the unreadable parts of a record."""
    items = read_events(body, destination_id="ours")
    return [item.body for item in items if isinstance(item, Unreadable)]


def stored_bodies(body: str) -> Iterator[str]:
    """What the rejected queue gets of each part of a record, whatever is wrong with it."""
    (record,) = sqs_event(body)["Records"]
    events = [*open_record(record, "ours"), unopened_event(record)]
    yield from (storable_body(event.body, record["body"]) for event in events)


def holds_secret(text: str, layers: int = 4) -> bool:
    """Whether the beginning of the secret is in a text, or in base64 or gzip in it."""
    if SECRET[:8] in text:
        return True
    runs = re.findall(r"[A-Za-z0-9+/]{20,}", text.replace("\\", ""))
    hidden = [run[start:] for run in runs for start in range(4)] if layers else []
    return any(holds_secret(unpacked(run), layers - 1) for run in hidden)


def unpacked(run: str) -> str:
    """What can be read of base64, and of gzip in it."""
    content = b64decode(run[: len(run) // 4 * 4])
    stream, plain = zlib.decompressobj(31), b""
    with suppress(zlib.error):
        for byte in content if content.startswith(b"\x1f\x8b") else b"":
            stream = zlib.decompressobj(31) if stream.eof else stream
            plain += stream.decompress(bytes([byte]))
    return (plain or content).decode(errors="replace")


def leaks(body: str) -> list[str]:
    """What reveals a secret among all that is stored of a record."""
    return [text for text in [*unreadable(body), *stored_bodies(body)] if holds_secret(text)]


WHOLE: Final = encode_json(with_secrets(EVENT))
BROKEN: Final[dict[str, str]] = {
    "text after it": WHOLE + "}",
    "text before it": "x" + WHOLE,
    "not a number": WHOLE.replace("[]", "NaN"),
    "indented": json.dumps(with_secrets(EVENT), indent=2) + ",",
    "in a batch": f"[{WHOLE},{WHOLE},{WHOLE[:-9]}",
    "printed by Python": repr(with_secrets(EVENT)),
    "printed by Java": f"{{message={{}}, destination={{ID=x, Config={{token={SECRET}}}}}}}",
    "escaped for HTML": WHOLE.replace('"', "\\u0022") + "x",
    "text in text": json.dumps(json.dumps(WHOLE)) + "x",
    "lower case": WHOLE.replace("Config", "config") + "x",
    "a config that is text": json.dumps({"destination": {"Config": json.dumps(CONFIG)}}) + "x",
    "a config that is a list": json.dumps({"destination": {"Config": [[SECRET], SECRET]}}) + "x",
    "broken text in JSON": json.dumps(notified({}) | {"Message": WHOLE[:-4]}),
    "broken base64 in JSON": json.dumps(piped({}) | {"data": in_base64(with_secrets(EVENT))[:-7]}),
    "base64 in lines": json.dumps(
        piped({}) | {"data": encodebytes(WHOLE.encode()).decode()}, indent=1
    ),
    "base64 in lines, broken": json.dumps({"data": encodebytes(WHOLE.encode()).decode()}) + "x",
    "base64 with escapes": json.dumps(piped(with_secrets("??>>" * 9))).replace("/", "\\/") + "x",
    "base64 for URLs": urlsafe_b64encode(WHOLE.encode()).decode(),
    "base64 in escaped quotes": "\\u0022" + in_base64(with_secrets(EVENT)) + "\\u0022",
    "gzip with a wrong checksum": json.dumps(
        piped({}) | {"data": b64encode(gzip.compress(WHOLE.encode())[:-8] + b"12345678").decode()}
    ),
    "a form": "payload=" + quote(WHOLE),
    "a form with plus signs": "payload=" + quote_plus(WHOLE),
    "in HTML": WHOLE.replace('"', "&quot;"),
    "a name with an escape": WHOLE.replace("Config", "\\u0043onfig")[:-1],
    "a quote without its backslash": json.dumps({"body": WHOLE}).replace('\\"token', '"token', 1)
    + "x",
    "gzip in members": json.dumps(
        piped({})
        | {"data": b64encode(b"".join(gzip.compress(b"%c" % c) for c in WHOLE.encode())).decode()}
    ),
}
UNKNOWN: Final[dict[str, Any]] = {
    "for another destination": with_secrets(EVENT),
    "the transformer's request": {"input": [with_secrets(EVENT)], "destType": "mp"},
    "an unknown envelope": {"payload": with_secrets(EVENT)},
    "a function's arguments": {"event": with_secrets(EVENT), "context": {}},
    "another's fields": {**with_secrets(EVENT), "userId": "u-1"},
    "an event that has become an envelope": {**EVENT, **with_secrets(5)},
    "an unknown envelope of text": {"payload": WHOLE},
    "an unknown envelope of base64": {"payload": in_base64(with_secrets(EVENT))},
    "an unknown envelope of gzip": {"payload": in_gzip(with_secrets(EVENT))},
    "text": WHOLE,
    "in itself": with_secrets(with_secrets(EVENT)),
    "without an event": {"message": [], "destination": {"ID": "ours", "Config": CONFIG}},
    "too deep": [[[[[[[[[with_secrets(EVENT)]]]]]]]]],
    "deeper": json.loads("[" * 500 + WHOLE + "]" * 500),
    "an event too large": [with_secrets(track(n=["x" * 40_000] * 30)), 5],
    "too many": [with_secrets(EVENT)] * 5001,
}


@pytest.mark.parametrize("name", BROKEN)
def test_secrets_of_a_broken_envelope_are_not_stored(name: str) -> None:
    """Whatever has broken it."""
    assert holds_secret(BROKEN[name])
    assert leaks(BROKEN[name]) == []


@pytest.mark.parametrize("name", UNKNOWN)
def test_secrets_of_an_unknown_envelope_are_not_stored(name: str) -> None:
    """Nor of one that is known, and is not opened."""
    assert leaks(encode_json(UNKNOWN[name])) == []


@pytest.mark.parametrize("wrap", [lambda content: content, *WRAPPINGS])
def test_secrets_of_an_envelope_cut_anywhere_are_not_stored(wrap: Callable[[Any], Any]) -> None:
    """At every character, inside every other envelope."""
    small = {"message": EVENT, "destination": {"ID": "other", "Config": CONFIG}}
    body = encode_json(wrap(small))
    leaking = [
        cut for cut in range(len(body) + 1) if any(map(holds_secret, unreadable(body[:cut])))
    ]
    assert leaking == []


@given(st.lists(st.sampled_from(WRAPPINGS), max_size=3), st.lists(st.integers(0, 5000), max_size=3))
def test_secrets_of_any_envelope_cut_at_any_layer_are_not_stored(
    wrappings: list[Callable[[Any], Any]], cuts: list[int]
) -> None:
    """The text in an envelope may be cut, and the envelope be whole."""
    content: Any = with_secrets(EVENT)
    for wrap, cut in zip_longest(wrappings, cuts):
        content = wrap(content) if wrap else content
        if cut is not None:
            content = notified({}) | {"Message": encode_json(content)[:cut]}
    assert leaks(encode_json(content)) == []


@pytest.mark.parametrize(
    ("body", "stored"),
    [
        (
            '{"message":{"event":"Seen"},"destination":{"Config":{"token":"s"},"ID":"d"}}}',
            '{"message":{"event":"Seen"},"destination":{"Config":"[removed]","ID":"d"}}}',
        ),
        ('{"destination":{"Config":{"token":"s', '{"destination":{"Config":"[removed]"'),
        ('{"destination":{"Config":', '{"destination":{"Config":"[removed]"'),
        ('{"destination":{"Config"', '{"destination":{"Config"'),
        ('{"Config":"a\\"}","b":1', '{"Config":"[removed]","b":1'),
        ('{"Config":5,"b":1', '{"Config":"[removed]","b":1'),
        (
            '{"Message":"{\\"Config\\":{\\"a\\":\\"}\\\\\\"\\"},\\"b\\":1}","c":',
            '{"Message":"{\\"Config\\":\\"[removed]\\",\\"b\\":1}","c":',
        ),
        (
            '{"Message":"{\\"Config\\":{\\"a", "c":',
            '{"Message":"{\\"Config\\":\\"[removed]\\"", "c":',
        ),
        ("the config: 5, and more", "the config: 5, and more"),
        ('{"note":"the config: 5", "a":', '{"note":"the config: 5", "a":'),
    ],
)
def test_rest_of_a_broken_envelope_is_stored(body: str, stored: str) -> None:
    """A person can read the event, and what follows it."""
    assert unreadable(body) == [stored]


def test_event_of_a_rejected_envelope_is_stored_whole() -> None:
    """It can be replayed when the parameter with the destination's id is corrected."""
    (stored,) = unreadable(WHOLE)
    assert read_events(stored, destination_id="other") == [EVENT]


@given(st.lists(st.sampled_from(WRAPPINGS), max_size=2))
def test_event_in_any_envelopes_is_stored_whole(wrappings: list[Callable[[Any], Any]]) -> None:
    """Also when the envelopes around it are stored with it."""
    content: Any = {"message": EVENT, "destination": {"ID": "other", "Config": CONFIG}}
    for wrap in wrappings:
        content = wrap(content)
    stored = redact_body(encode_json({"unknown": content}))
    assert read_events(encode_json(json.loads(stored)["unknown"])) == [EVENT]
    assert not holds_secret(stored)


@given(st.sampled_from([*BROKEN.values(), *map(encode_json, UNKNOWN.values())]) | st.text())
def test_stored_body_is_not_changed_again(body: str) -> None:
    """A replay that is rejected again stores the same."""
    stored = redact_body(body)
    assert redact_body(stored) == stored


@pytest.mark.parametrize(
    "body",
    [
        "",
        "hello",
        '{"a": 1, "b": [2]}',
        encode_json(bridged({"status": "ok"})),
        encode_json(proxied(track())),
        encode_json({"data": in_gzip([track()] * 9)}),
        encode_json(EVENT),
    ],
)
def test_body_without_secrets_is_not_changed(body: str) -> None:
    """Not even its blanks."""
    assert redact_body(body) == body


def test_event_keeps_its_own_data() -> None:
    """A property with such a name is not a secret of a destination."""
    assert redact_part(EVENT) == encode_json(EVENT)


def test_body_that_cannot_shrink_is_cut() -> None:
    """The queue would not accept a longer one."""
    record = '{"destination":[' + '{"Config":1},' * (BODY_BYTES // 13)
    assert len(storable_body("x" * (BODY_BYTES + 1), record)) == BODY_BYTES


def test_base64_is_searched_within_a_limit() -> None:
    """Beyond it, what could hold a secret is not stored."""
    bomb = in_gzip("x " * 2_000_000)
    redactor = Redactor(9_000_000)
    parts = [json.loads(redactor.redact({"body": bomb}))["body"] for _ in range(10)]
    assert (parts, redactor.bytes_left < 10_000) == ([bomb] * 2 + ["[removed]"] * 8, True)


def test_members_of_gzip_are_searched_within_a_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is work, also without content."""
    streams: list[int] = []

    class CountedZlib:
        error = zlib.error

        @staticmethod
        def decompressobj(wbits: int) -> Any:
            streams.append(wbits)
            return zlib.decompressobj(wbits)

    monkeypatch.setattr(redaction, "zlib", CountedZlib)
    redact_part({"body": b64encode(gzip.compress(b"") * 35_000).decode()})
    assert len(streams) <= redaction.DECODED_BYTES // redaction.MEMBER_COST + 1


def test_small_record_is_searched_within_a_small_limit() -> None:
    """Many small bombs cost no more than one large record of the same size."""
    bomb = in_gzip("x " * 2_000_000)
    assert redact_part({"body": bomb}) == '{"body":"[removed]"}'
    assert Redactor.for_record(bomb).bytes_left < 40 * len(bomb)


DIGITS: Final = "123456789012345678901"


@pytest.mark.parametrize(
    "body",
    [
        DIGITS,
        f"[1,{DIGITS}]",
        f'{{"message":{{"x":{DIGITS}}},"destination":{{}}}}',
        f'{{"type":"track","userId":{DIGITS},"groupId":{DIGITS},"messageId":{DIGITS}}}',
        f'{{"x":{DIGITS},"Config":1}}',
    ],
)
def test_long_number_is_stored_as_it_is(body: str) -> None:
    """It is decoded as text, of which nothing is decoded again."""
    texts = list(stored_bodies(body))
    assert any(text.count(DIGITS) == body.count(DIGITS) for text in texts)
    assert max(map(len, texts)) < 2 * len(body)


BOMB: Final = b64encode(gzip.compress(b"a" * 200_000)).decode()


def test_ids_of_an_event_are_stored_whatever_is_beside_it() -> None:
    """When nothing more may be decoded of a record, ids are not taken for envelopes."""
    user = "11111111-2222-4333-8444-555555555555"
    envelope = with_secrets(track(userId=user)) | {"destination": {"ID": "other"}}
    bodies = list(stored_bodies(json.dumps([{"foo": [BOMB] * 3}, envelope])))
    assert [body.count(user) for body in bodies] == [0, 1, 1]


def test_root_of_an_event_is_not_taken_for_an_envelope() -> None:
    """Texts and ids of its own fields are kept."""
    event = track(event=None, userId=b64encode(b'{"config":"of an id that is odd"}').decode())
    assert json.loads(redact_part(event)) == event
