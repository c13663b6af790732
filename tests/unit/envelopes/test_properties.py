"""Properties of reading an SQS body that hold for any content."""

import gzip
import json
from base64 import b64encode
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rudder_mixpanel.envelopes import Unreadable, encode_json, read_events
from tests.build import identify, track
from tests.unit.wrapping import WRAPPINGS

JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.text(),
    lambda inner: (
        st.lists(inner)
        | st.dictionaries(st.sampled_from(["batch", "type", "detail", "source"]) | st.text(), inner)
    ),
)


@given(st.text() | st.text('{}[]",:\\ud8aef0 '))
def test_any_text_is_read_or_reported(body: str) -> None:
    """No body raises an exception."""
    assert all(isinstance(item, dict | Unreadable) for item in read_events(body))


@given(JSON)
def test_any_json_is_read_or_reported(content: Any) -> None:
    """Content that is not an event is reported as the JSON that it was."""
    body = encode_json(content)
    reported = [item.body for item in read_events(body) if isinstance(item, Unreadable)]
    assert all(json.dumps(json.loads(part)) in json.dumps(content) for part in reported)


EVENTS = st.lists(
    st.builds(track, messageId=st.text(), properties=st.dictionaries(st.text(), JSON, max_size=2))
    | st.builds(identify, userId=st.text()),
    min_size=1,
    max_size=4,
)
WRAPPING = st.sampled_from(WRAPPINGS)


@given(EVENTS, st.lists(WRAPPING, max_size=2))
def test_events_are_read_through_any_envelopes(events: list[Any], wrappings: list[Any]) -> None:
    """Unchanged and in order."""
    content: Any = events
    for wrap in wrappings:
        content = wrap(content)
    assert read_events(encode_json(content)) == events


@given(st.lists(st.tuples(WRAPPING, EVENTS), max_size=3))
def test_different_envelopes_may_share_a_record(parts: list[tuple[Any, list[Any]]]) -> None:
    """Each is opened in its place."""
    content = [wrap(events) for wrap, events in parts]
    assert read_events(encode_json(content)) == [event for _, events in parts for event in events]


@given(JSON | st.text(), st.lists(WRAPPING, max_size=9))
def test_any_content_of_envelopes_is_read_or_reported(content: Any, wrappings: list[Any]) -> None:
    """Envelopes around anything become events or unreadable items."""
    for wrap in wrappings:
        content = wrap(content)
    items = read_events(encode_json(content), destination_id="ours")
    assert all(isinstance(item, dict | Unreadable) for item in items)


@given(st.binary() | st.binary().map(gzip.compress))
def test_any_bytes_are_read_or_reported(packed: bytes) -> None:
    """Base64 may contain anything."""
    body = encode_json({"body": b64encode(packed).decode(), "isBase64Encoded": True})
    assert all(isinstance(item, dict | Unreadable) for item in read_events(body))
