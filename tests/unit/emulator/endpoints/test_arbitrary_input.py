"""The emulator handles whatever a client sends."""

from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mixpanel_emulator.state.project import Project
from mixpanel_emulator.web.views import VIEWS
from tests.unit.emulator.asgi_client import DELETIONS, GDPR_TOKEN, TOKEN, AsgiClient, json_body

# fmt: off
NAMES = st.sampled_from([
    "event", "properties", "time", "token", "distinct_id", "$insert_id", "$user_id", "$device_id",
    "$ignore", "bucket", "$token", "$distinct_id", "$group_key", "$group_id", "$set", "$add",
    "$append", "$union", "$remove", "$unset", "$delete", "$ip", "$identified_id", "$anon_id",
    "alias", "$distinct_ids", "distinct_ids", "compliance_type",
])
# fmt: on
WORDS = st.sampled_from(
    ["", TOKEN, "user-1", "null", "$merge", "$identify", "$create_alias", "\x00", "é" * 300]
)
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
MODES = (
    Project(export_delay_seconds=0),
    Project(export_delay_seconds=0, id_mode="simplified"),
)


def statuses(body: Any, project: Project = MODES[0]) -> set[int]:
    """Send this body to every endpoint, export, read every view, and return the statuses."""
    client = AsgiClient(project)
    request = json_body(body)
    paths = ("/import?strict=1", "/import?strict=0", "/track", "/engage", "/groups")
    posts = [client.call("POST", path, auth=(TOKEN, ""), **request) for path in paths]
    bearer = {"Authorization": f"Bearer {GDPR_TOKEN}"}
    deletion = {"headers": bearer, "content": request["content"]}
    posts.append(client.call("POST", f"{DELETIONS}?token={TOKEN}", **deletion))
    client.advance(1000)
    posts.append(client.export(from_date="1970-01-01"))
    names = (*(f"{name}?view=query" for name in VIEWS), "profiles/u")
    views = [client.call("GET", f"/_emulator/{name}") for name in names]
    # An unknown user has no profile.
    return {response.status_code for response in (*posts, *views)} - {404}


@settings(max_examples=50)
@given(st.lists(EVENTS | UPDATES | VALUES, max_size=5), st.sampled_from(MODES))
@example([{"event": ["a"], "properties": []}], MODES[0])
def test_any_records(records: list[Any], project: Project) -> None:
    """Every endpoint responds to any records, and every view works afterwards."""
    assert statuses(records, project) <= {200, 400}


@given(
    st.binary() | st.text(alphabet='[]{}",:0 \\u\ud800').map(lambda t: t.encode(errors="ignore"))
)
@example(b'[{"event":"a","properties":{"time":' + b"9" * 5000 + b"}}]")
@example(b'[{"event":"\\ud800","properties":{"\\ud800":1e999}}]')
def test_any_bytes(body: bytes) -> None:
    """Every endpoint responds to any bytes."""
    assert statuses(body) <= {200, 400}


@given(st.dictionaries(NAMES, VALUES) | VALUES)
@example({"distinct_ids": ["user-1"], "compliance_type": "ccpa"})
def test_any_deletion(body: Any) -> None:
    """Deletions respond to any body."""
    assert statuses(body) <= {200, 201, 400}


@pytest.mark.parametrize("depth", [200, 249, 250, 251, 252, 253, 254, 255, 900])
@pytest.mark.parametrize("field", ["$set", "$append", "$unset", "$delete"])
def test_any_depth(depth: int, field: str) -> None:
    """However deep it is nested, every endpoint responds and every view still opens."""
    deep = '{"n":' * depth + "1" + "}" * depth
    event = f'{{"event":"a","properties":{{"distinct_id":{deep}}}}}'
    update = f'{{"$token":"{TOKEN}","$distinct_id":"u","{field}":{deep}}}'
    assert statuses(f"[{event},{update}]".encode()) <= {200, 400}
