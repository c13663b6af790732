"""Nothing that a client can send breaks the emulator."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.unit.emulator.api import TOKEN, Api, json_body

# fmt: off
NAMES = st.sampled_from([
    "event", "properties", "time", "token", "distinct_id", "$insert_id", "$user_id", "$device_id",
    "$ignore", "bucket", "$token", "$distinct_id", "$group_key", "$group_id", "$set", "$add",
    "$append", "$union", "$remove", "$unset", "$delete", "$ip",
])
# fmt: on
WORDS = st.sampled_from(["", TOKEN, "user-1", "null", "$merge", "$identify", "\x00", "é" * 300])
LEAVES = st.none() | st.booleans() | st.integers(-(2**63), 2**64 - 1) | st.floats() | WORDS
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=20
)
EVENTS = st.fixed_dictionaries(
    {"event": WORDS, "properties": st.dictionaries(NAMES, VALUES).map({"token": TOKEN}.__or__)}
)
UPDATES = st.dictionaries(NAMES, VALUES).map(
    {"$token": TOKEN, "$distinct_id": "u", "$group_key": "g", "$group_id": "i"}.__or__
)
VIEWS = ("events", "profiles", "groups", "violations", "requests")


def statuses(body: Any) -> set[int]:
    """How every endpoint answers this body, and every view afterwards."""
    api = Api()
    request = json_body(body)
    paths = ("/import?strict=1", "/import?strict=0", "/track", "/engage", "/groups")
    posts = [api.call("POST", path, auth=(TOKEN, ""), **request) for path in paths]
    views = [api.call("GET", f"/_emulator/{name}") for name in VIEWS]
    return {answer.status_code for answer in (*posts, *views)}


@settings(max_examples=50)
@given(st.lists(EVENTS | UPDATES | VALUES, max_size=5))
@example([{"event": ["a"], "properties": []}])
def test_any_records(records: list[Any]) -> None:
    """Whatever the records hold, every endpoint answers and every view still opens."""
    assert statuses(records) <= {200, 400}


@given(
    st.binary() | st.text(alphabet='[]{}",:0 \\u\ud800').map(lambda t: t.encode(errors="ignore"))
)
@example(b'[{"event":"a","properties":{"time":' + b"9" * 5000 + b"}}]")
@example(b'[{"event":"\\ud800","properties":{"\\ud800":1e999}}]')
def test_any_bytes(body: bytes) -> None:
    """Whatever the bytes are, every endpoint answers."""
    assert statuses(body) <= {200, 400}


@pytest.mark.parametrize("depth", [200, 249, 250, 251, 252, 253, 254, 255, 900])
@pytest.mark.parametrize("field", ["$set", "$append", "$unset", "$delete"])
def test_any_depth(depth: int, field: str) -> None:
    """However deep it is nested, every endpoint answers and every view still opens."""
    deep = '{"n":' * depth + "1" + "}" * depth
    event = f'{{"event":"a","properties":{{"distinct_id":{deep}}}}}'
    update = f'{{"$token":"{TOKEN}","$distinct_id":"u","{field}":{deep}}}'
    assert statuses(f"[{event},{update}]".encode()) <= {200, 400}
