"""What a client on a real socket sees of each fault, and what is stored."""

from typing import Any

import httpx
import pytest

from mixpanel_emulator.faults.types import FAULT_TYPES
from tests.unit.emulator.asgi_client import TOKEN, failed, update
from tests.unit.emulator.socket_client import TWO, SocketClient

RATE = "Project exceeded rate limits. Please retry the request with exponential backoff."
REJECTED = "rejected by a planned fault"
ALL_IN = {"code": 200, "num_records_imported": 2, "status": "OK"}
SUCCESS = {"error": None, "status": 1}
STATUS_0 = {"error": REJECTED, "status": 0}


def code(status: int, error: str, word: str) -> dict[str, Any]:
    """A refusal in the newer shape."""
    return {"code": status, "error": error, "status": word}


HTML, JSON = "text/html; charset=utf-8", "application/json"
LIMIT = "request exceeds max limit of 2097152 bytes"
INSTEAD = {
    "envoy_503": (503, "text/plain; charset=utf-8", "upstream connect error or disconnect/reset"),
    "html_403": (403, HTML, "<html><head><title>403 Forbidden</title>"),
    "html_413": (413, HTML, "<html><head><title>413 Request Entity Too Large</title>"),
    "html_414": (414, HTML, "<html><head><title>414 URI Too Long</title>"),
    "html_500": (500, HTML, "<html><head><title>500 Internal Server Error</title>"),
    "html_502": (502, HTML, "<html><head><title>502 Bad Gateway</title>"),
    "html_504": (504, HTML, "<html><head><title>504 Gateway Timeout</title>"),
    "json_401": (401, JSON, code(401, "Invalid credentials", "Unauthorized")),
    "json_403": (403, JSON, {"error": REJECTED, "status": "error"}),
    "json_408": (408, JSON, code(408, REJECTED, "Request Timeout")),
    "json_413": (413, JSON, code(413, LIMIT, "Request Entity Too Large")),
    "json_429": (429, JSON, code(429, RATE, "Too Many Requests")),
    "json_429_of_old": (429, JSON, {"error": RATE, "status": 0}),
    "json_500": (500, JSON, code(500, REJECTED, "Internal Server Error")),
    "json_503": (503, JSON, code(503, REJECTED, "Service Unavailable")),
}


@pytest.mark.parametrize("name", INSTEAD)
def test_answer_instead(name: str, client: SocketClient) -> None:
    """The client gets another response, and nothing is stored."""
    client.emulator.fault(name, times=1)
    response = client.import_events()
    status, media_type, body = INSTEAD[name]
    said = response.text.startswith(body) if isinstance(body, str) else response.json() == body
    seen = (response.status_code, response.headers["content-type"], said)
    assert (seen, client.stored()) == ((status, media_type, True), [])


def test_lost_unread(client: SocketClient) -> None:
    """The connection is reset before the body is read, perhaps while it is being written."""
    client.emulator.fault("lost_unread")
    with pytest.raises(httpx.TransportError):
        client.import_events()
    [request] = client.emulator.requests()
    assert (client.stored(), request["status"], request["fault"]) == ([], None, "lost_unread")


def test_lost_unapplied(client: SocketClient) -> None:
    """The connection is reset when the whole body has come; nothing is stored."""
    client.emulator.fault("lost_unapplied")
    with pytest.raises(httpx.ReadError):
        client.import_events()
    assert client.stored() == []


def test_applied_then_lost(client: SocketClient) -> None:
    """The connection is reset where the response would begin: sent again, `$add` counts twice."""
    client.emulator.fault("applied_then_lost", times=1)
    with pytest.raises(httpx.ReadError):
        client.engage(update(add={"n": 1}))
    again = client.engage(update(add={"n": 1}))
    assert (again.json(), client.profiles()) == (SUCCESS, {"user-1": {"n": 2}})


def test_half_answer(client: SocketClient) -> None:
    """The head promises more than comes."""
    client.emulator.fault("half_answer")
    with pytest.raises(httpx.RemoteProtocolError, match="received 25 bytes, expected 51"):
        client.import_events()
    assert client.stored() == [1, 2]


def test_slow(client: SocketClient) -> None:
    """What is stored when the client gives up stays stored."""
    client.emulator.fault("slow", delay=1)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/import?strict=1", TWO, auth=(TOKEN, ""), timeout=0.2)
    assert client.stored() == [1, 2]


def test_truncated_json(client: SocketClient) -> None:
    """HTTP finds the response complete, JSON does not."""
    client.emulator.fault("truncated_json")
    response = client.import_events()
    assert (response.text, client.stored()) == ('{"code":200,"num_records_', [1, 2])


def test_swallowed(client: SocketClient) -> None:
    """Success, and nothing is stored."""
    client.emulator.fault("swallowed")
    responses = [client.import_events().json(), client.engage(update(set={"n": 1})).json()]
    assert (responses, client.stored(), client.profiles()) == ([ALL_IN, SUCCESS], [], {})


def some_failed(*records: Any) -> dict[str, Any]:
    """The report of an import of two that refused one."""
    return {
        "code": 400,
        "error": "some data points in the request failed validation",
        "status": "Bad Request",
        "num_records_imported": 1,
        "failed_records": list(records),
    }


def test_failed_records(client: SocketClient) -> None:
    """The event aimed at is refused and named; the other is stored."""
    client.emulator.fault("failed_records", contains='"n":2')
    response = client.import_events()
    expected = some_failed(failed(1, "properties", REJECTED, "i-2"))
    assert (response.status_code, response.json(), client.stored()) == (400, expected, [1])


def test_failed_records_with_dollar(client: SocketClient) -> None:
    """The same, with the other spelling of the insert id."""
    client.emulator.fault("failed_records_with_dollar")
    response = client.import_events()
    one = {"index": 0, "$insert_id": "i-1", "field": "properties", "message": REJECTED}
    assert (response.status_code, response.json(), client.stored()) == (400, some_failed(one), [2])


def test_failed_records_as_text(client: SocketClient) -> None:
    """The whole batch is refused with a text where records are expected."""
    client.emulator.fault("failed_records_as_text")
    response = client.import_events()
    text = "identity events are not allowed when project is using simplified identity management"
    expected = some_failed(text) | {"num_records_imported": 0}
    assert (response.status_code, response.json(), client.stored()) == (400, expected, [])


def test_fewer_imported(client: SocketClient) -> None:
    """Success, but not of all that was sent."""
    client.emulator.fault("fewer_imported")
    response = client.import_events()
    expected = ALL_IN | {"num_records_imported": 1}
    assert (response.status_code, response.json(), client.stored()) == (200, expected, [2])


def test_error_although_stored(client: SocketClient) -> None:
    """Status 0 and an error, but the other update was applied."""
    client.emulator.fault("error_although_stored", contains="user-2")
    response = client.engage(update(set={"n": 1}), update(distinct_id="user-2", set={"n": 2}))
    assert (response.status_code, response.json(), client.profiles()) == (
        200,
        STATUS_0,
        {"user-1": {"n": 1}},
    )


def test_status_0(client: SocketClient) -> None:
    """Status 0, and nothing is applied."""
    client.emulator.fault("status_0")
    response = client.engage(update(set={"n": 1}))
    assert (response.status_code, response.json(), client.profiles()) == (200, STATUS_0, {})


def test_body_0(client: SocketClient) -> None:
    """Text, although JSON was asked for."""
    client.emulator.fault("body_0")
    response = client.engage(update(set={"n": 1}))
    assert (response.status_code, response.text, client.profiles()) == (200, "0", {})


def test_every_fault_has_a_test() -> None:
    """No fault is listed that is not shown."""
    named = {name.removeprefix("test_") for name in globals()} | INSTEAD.keys()
    assert FAULT_TYPES.keys() - named == set()
