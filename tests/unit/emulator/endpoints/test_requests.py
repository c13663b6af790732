"""Rules about whole requests."""

import base64
import gzip
import json

import orjson
import pytest

from mixpanel_emulator.state.project import Project
from tests.unit.emulator.asgi_client import (
    TOKEN,
    AsgiClient,
    event,
    json_body,
    tracked,
    update,
)

GZIP = {"Content-Encoding": "gzip", "Content-Type": "application/json"}


def test_e1_path() -> None:
    """A trailing slash is accepted, any other path is not."""
    client = AsgiClient()
    statuses = [
        client.call("POST", path, auth=(TOKEN, ""), **json_body([event()])).status_code
        for path in ("/import?strict=1", "/import/?strict=1", "/imports", "/", "/import%0A")
    ]
    assert (statuses, client.violations()) == ([200, 200, 404, 404, 404], [("E1", None)] * 3)


def test_welcome() -> None:
    """The bare address shows where to look, and causes no violation."""
    client = AsgiClient()
    response = client.call("GET", "/")
    statuses = [client.call("GET", path).status_code for path in response.json()["see"]]
    assert (response.status_code, statuses, client.violations()) == (200, [200] * 5, [])


def test_e2_method() -> None:
    """Only POST is accepted for data."""
    client = AsgiClient()
    statuses = [client.call(method, "/track").status_code for method in ("POST", "GET", "PUT")]
    assert (statuses, client.violations()) == (
        [200, 405, 405],
        [("E6", None), ("E2", None), ("E2", None)],
    )


def test_e2_get_of_older_clients() -> None:
    """A form in the query of a GET is accepted, except on import."""
    client = AsgiClient()
    query = {"data": base64.b64encode(orjson.dumps(tracked())).decode(), "verbose": "1"}
    responses = [client.call("GET", path, params=query) for path in ("/track", "/import")]
    assert (
        [item.status_code for item in responses],
        len(client.stored()),
        client.violations(),
    ) == (
        [200, 405],
        1,
        [("E2", None), ("E2", None)],
    )


@pytest.mark.parametrize(
    ("encoding", "body", "status"),
    [
        ("gzip", gzip.compress(orjson.dumps([event()])), 200),
        ("identity", orjson.dumps([event()]), 200),
        ("gzip", orjson.dumps([event()]), 400),
        ("gzip", gzip.compress(orjson.dumps([event()]))[:-9], 400),
        ("gzip", gzip.compress(orjson.dumps([event()])) + b"more", 400),
        ("deflate", orjson.dumps([event()]), 400),
    ],
)
def test_e3_encoding_of_events(encoding: str, body: bytes, status: int) -> None:
    """Events may be compressed as a single gzip stream, and in no other way."""
    client = AsgiClient()
    headers = GZIP | {"Content-Encoding": encoding}
    response = client.call(
        "POST", "/import?strict=1", auth=(TOKEN, ""), content=body, headers=headers
    )
    expected = [] if status == 200 else [("E3", None)]
    assert (response.status_code, client.violations()) == (status, expected)


@pytest.mark.parametrize("path", ["/engage", "/groups/"])
def test_e4_encoding_of_updates(path: str) -> None:
    """Updates must not be compressed."""
    client = AsgiClient()
    body = gzip.compress(orjson.dumps([update(set={})]))
    response = client.call("POST", path, content=body, headers=GZIP)
    assert (response.status_code, client.violations()) == (400, [("E4", None)])


@pytest.mark.parametrize(("spaces", "status"), [(0, 200), (1, 413)])
def test_e5_body_size(spaces: int, status: int) -> None:
    """The limit applies to decoded bytes, exactly."""
    body = orjson.dumps([event()])
    client = AsgiClient(Project(max_body=len(body)))
    content = gzip.compress(body + b" " * spaces)
    response = client.call(
        "POST", "/import?strict=1", auth=(TOKEN, ""), content=content, headers=GZIP
    )
    assert (response.status_code, client.violations()) == (status, [])


def test_e5_answer() -> None:
    """The response names the limit, and the rest of the body is still read."""
    response = AsgiClient(Project(max_body=1000)).import_events(b" " * 500_000)
    assert response.json() == {
        "code": 413,
        "error": "request exceeds max limit of 1000 bytes",
        "status": "Request Entity Too Large",
    }


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json; charset=utf-8", orjson.dumps([event()])),
        ("application/x-ndjson", orjson.dumps(event()) + b"\n\n" + orjson.dumps(event()) + b"\n"),
        ("application/x-www-form-urlencoded", b"data=" + json.dumps([event()]).encode()),
        (
            "application/x-www-form-urlencoded",
            b"data=" + base64.b64encode(orjson.dumps(event())),
        ),
    ],
)
def test_e6_content_types_that_import_reads(content_type: str, body: bytes) -> None:
    """JSON, NDJSON and forms are accepted."""
    client = AsgiClient()
    headers = {"Content-Type": content_type}
    response = client.call(
        "POST", "/import?strict=1", auth=(TOKEN, ""), content=body, headers=headers
    )
    assert (response.status_code, client.violations()) == (200, [])


@pytest.mark.parametrize(
    ("path", "content_type", "expected"),
    [
        ("/import", "text/plain", 400),
        ("/track", "application/x-ndjson", {"error": "data, missing or empty", "status": 0}),
        ("/engage", "text/plain", {"error": "data, missing or empty", "status": 0}),
    ],
)
def test_e6_other_content_types(path: str, content_type: str, expected: object) -> None:
    """No other type is accepted, and NDJSON only on import."""
    client = AsgiClient()
    response = client.call(
        "POST",
        f"{path}?strict=1&verbose=1",
        auth=(TOKEN, "") if path == "/import" else None,
        content=b"{}",
        headers={"Content-Type": content_type},
    )
    result = response.status_code if isinstance(expected, int) else response.json()
    assert (result, client.violations()) == (expected, [("E6", None)])


@pytest.mark.parametrize(("query", "violations"), [("strict=1", []), ("", [("E15", None)])])
def test_e15_strict_is_required(query: str, violations: list[object]) -> None:
    """Without `strict` import is strict, with a violation."""
    client = AsgiClient()
    response = client.import_events([event()], query=query)
    expected = {"code": 200, "num_records_imported": 1, "status": "OK"}
    assert (response.json(), client.violations()) == (expected, violations)


def test_e15_form_of_older_clients() -> None:
    """A form without `strict` is not strict, and its options count as the query's."""
    client = AsgiClient()
    form = {"data": json.dumps(event()), "verbose": "1"}
    response = client.call("POST", "/import", auth=(TOKEN, ""), data=form)
    expected = {"code": 200, "error": None, "num_records_imported": 1, "status": 1}
    assert (response.json(), client.violations()) == (expected, [("E15", None)])


@pytest.mark.parametrize(("count", "status", "violations"), [(2000, 200, []), (2001, 400, ["E16"])])
def test_e16_count_on_import(count: int, status: int, violations: list[str]) -> None:
    """Import accepts at most 2000 events in a request."""
    client = AsgiClient()
    response = client.import_events([event()] * count)
    assert (response.status_code, [rule for rule, _ in client.violations()]) == (status, violations)


@pytest.mark.parametrize(("count", "status", "violations"), [(2000, 1, []), (2001, 0, ["E16"])])
def test_e16_count_on_engage(count: int, status: int, violations: list[str]) -> None:
    """Engage accepts at most 2000 updates in a request."""
    client = AsgiClient()
    response = client.engage(*[update(set={})] * count)
    assert (response.json()["status"], [rule for rule, _ in client.violations()]) == (
        status,
        violations,
    )


def test_e17_empty_array() -> None:
    """A request without records is rejected."""
    client = AsgiClient()
    responses = [client.import_events([]).status_code, client.engage().json()["error"]]
    assert (responses, client.violations()) == (
        [400, "data, missing or empty"],
        [("E17", None), ("E17", None)],
    )


def test_e17_one_object() -> None:
    """An object outside an array is accepted, on import with a violation."""
    client = AsgiClient()
    client.call("POST", "/engage?ip=0", **json_body(update(set={"plan": "free"})))
    client.import_events(event())
    assert (
        len(client.list_items("profiles")),
        len(client.list_items("events")),
        client.violations(),
    ) == (
        1,
        1,
        [("E17", None)],
    )


@pytest.mark.parametrize("body", [b"{", b"", b"7", b"[7]", b'[{"a":NaN}]', b"[" * 5000])
def test_e18_unreadable_body(body: bytes) -> None:
    """A body that is not an array of objects is rejected as a whole."""
    client = AsgiClient()
    responses = [client.import_events(body).json(), client.track(body).json()]
    assert (responses, client.violations()) == (
        [
            {"code": 400, "error": "request body is not readable", "status": "Bad Request"},
            {"error": "data, missing or empty", "status": 0},
        ],
        [("E18", None), ("E18", None)],
    )
