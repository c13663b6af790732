"""The response to each fault on a real socket, and what is stored."""

import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from mixpanel_emulator.faults.types import FAULT_TYPES
from tests.unit.emulator.asgi_client import TOKEN, failed, update
from tests.unit.emulator.faults.test_task_faults import ENDS
from tests.unit.emulator.socket_client import EVENTS, SocketClient

RATE_LIMITED = "Project exceeded rate limits. Please retry the request with exponential backoff."
REJECTED = "rejected by a planned fault"
ALL_IMPORTED = {"code": 200, "num_records_imported": 2, "status": "OK"}
SUCCESS = {"error": None, "status": 1}
STATUS_0 = {"error": REJECTED, "status": 0}


def code(status: int, error: str, word: str) -> dict[str, Any]:
    """Build a rejection in the shape of /import."""
    return {"code": status, "error": error, "status": word}


HTML, JSON = "text/html; charset=utf-8", "application/json"
LIMIT = "request exceeds max limit of 2097152 bytes"
RESPONSES = {
    "envoy_503": (503, "text/plain; charset=utf-8", "upstream connect error or disconnect/reset"),
    "redirect_302": (302, HTML, "<html><head><title>302 Found</title>"),
    "html_200": (200, HTML, "<html><head><title>200 OK</title>"),
    "html_404": (404, HTML, "<html><head><title>404 Not Found</title>"),
    "html_405": (405, HTML, "<html><head><title>405 Method Not Allowed</title>"),
    "html_410": (410, HTML, "<html><head><title>410 Gone</title>"),
    "html_403": (403, HTML, "<html><head><title>403 Forbidden</title>"),
    "html_413": (413, HTML, "<html><head><title>413 Request Entity Too Large</title>"),
    "html_414": (414, HTML, "<html><head><title>414 URI Too Long</title>"),
    "html_431": (431, HTML, "<html><head><title>431 Request Header Fields Too Large</title>"),
    "html_500": (500, HTML, "<html><head><title>500 Internal Server Error</title>"),
    "html_502": (502, HTML, "<html><head><title>502 Bad Gateway</title>"),
    "html_504": (504, HTML, "<html><head><title>504 Gateway Timeout</title>"),
    "json_400": (400, JSON, code(400, "Project is over its quota", "Bad Request")),
    "json_401": (401, JSON, code(401, "Invalid credentials", "Unauthorized")),
    "json_403": (403, JSON, {"error": REJECTED, "status": "error"}),
    "json_404": (404, JSON, {"error": REJECTED, "status": "error"}),
    "json_405": (405, JSON, {"error": REJECTED, "status": "error"}),
    "json_410": (410, JSON, {"error": REJECTED, "status": "error"}),
    "json_408": (408, JSON, code(408, REJECTED, "Request Timeout")),
    "json_413": (413, JSON, code(413, LIMIT, "Request Entity Too Large")),
    "json_429": (429, JSON, code(429, RATE_LIMITED, "Too Many Requests")),
    "json_429_of_old": (429, JSON, {"error": RATE_LIMITED, "status": 0}),
    "json_500": (500, JSON, code(500, REJECTED, "Internal Server Error")),
    "json_503": (503, JSON, code(503, REJECTED, "Service Unavailable")),
}


@pytest.mark.parametrize("name", RESPONSES)
def test_response_of_the_fault(name: str, client: SocketClient) -> None:
    """The client gets the fault's response, and nothing is stored."""
    client.emulator.fault(name, times=1)
    response = client.import_events()
    status, media_type, body = RESPONSES[name]
    matches = response.text.startswith(body) if isinstance(body, str) else response.json() == body
    head = (response.status_code, response.headers["content-type"], matches)
    assert (head, client.stored()) == ((status, media_type, True), [])


def test_lost_unread(client: SocketClient) -> None:
    """The connection is reset before the body is read, possibly while it is being sent."""
    client.emulator.fault("lost_unread")
    with pytest.raises(httpx.TransportError):
        client.import_events()
    [request] = client.emulator.requests()
    assert (client.stored(), request["status"], request["fault"]) == ([], None, "lost_unread")


def test_lost_unapplied(client: SocketClient) -> None:
    """The connection is reset after the body was read, and nothing is stored."""
    client.emulator.fault("lost_unapplied")
    with pytest.raises(httpx.ReadError):
        client.import_events()
    assert client.stored() == []


def test_applied_then_lost(client: SocketClient) -> None:
    """The connection is reset before the response begins: a repeated `$add` counts twice."""
    client.emulator.fault("applied_then_lost", times=1)
    with pytest.raises(httpx.ReadError):
        client.engage(update(add={"n": 1}))
    again = client.engage(update(add={"n": 1}))
    assert (again.json(), client.profiles()) == (SUCCESS, {"user-1": {"n": 2}})


def test_half_answer(client: SocketClient) -> None:
    """The body is shorter than the head says."""
    client.emulator.fault("half_answer")
    with pytest.raises(httpx.RemoteProtocolError, match="received 25 bytes, expected 51"):
        client.import_events()
    assert client.stored() == [1, 2]


def test_slow(client: SocketClient) -> None:
    """The request is applied although the client gives up."""
    client.emulator.fault("slow", delay=1)
    with pytest.raises(httpx.ReadTimeout):
        client.post("/import?strict=1", EVENTS, auth=(TOKEN, ""), timeout=0.2)
    assert client.stored() == [1, 2]


def test_truncated_json(client: SocketClient) -> None:
    """The response is complete for HTTP, but not for JSON."""
    client.emulator.fault("truncated_json")
    response = client.import_events()
    assert (response.text, client.stored()) == ('{"code":200,"num_records_', [1, 2])


def test_swallowed(client: SocketClient) -> None:
    """The response is success, and nothing is stored."""
    client.emulator.fault("swallowed")
    responses = [client.import_events().json(), client.engage(update(set={"n": 1})).json()]
    assert (responses, client.stored(), client.profiles()) == ([ALL_IMPORTED, SUCCESS], [], {})


def some_failed(*records: Any) -> dict[str, Any]:
    """Build the response to an import of two events with one rejected."""
    return {
        "code": 400,
        "error": "some data points in the request failed validation",
        "status": "Bad Request",
        "num_records_imported": 1,
        "failed_records": list(records),
    }


def test_failed_records(client: SocketClient) -> None:
    """The targeted event is rejected and listed; the other is stored."""
    client.emulator.fault("failed_records", contains='"n":2')
    response = client.import_events()
    expected = some_failed(failed(1, "properties", REJECTED, "i-2"))
    assert (response.status_code, response.json(), client.stored()) == (400, expected, [1])


def test_failed_records_with_dollar(client: SocketClient) -> None:
    """The insert id has its other name."""
    client.emulator.fault("failed_records_with_dollar")
    response = client.import_events()
    failed_record = {"index": 0, "$insert_id": "i-1", "field": "properties", "message": REJECTED}
    assert (response.status_code, response.json(), client.stored()) == (
        400,
        some_failed(failed_record),
        [2],
    )


def test_failed_records_as_text(client: SocketClient) -> None:
    """The whole batch is rejected, with a string where records are expected."""
    client.emulator.fault("failed_records_as_text")
    response = client.import_events()
    text = "identity events are not allowed when project is using simplified identity management"
    expected = some_failed(text) | {"num_records_imported": 0}
    assert (response.status_code, response.json(), client.stored()) == (400, expected, [])


def test_fewer_imported(client: SocketClient) -> None:
    """The response is success with fewer records than were sent."""
    client.emulator.fault("fewer_imported")
    response = client.import_events()
    expected = ALL_IMPORTED | {"num_records_imported": 1}
    assert (response.status_code, response.json(), client.stored()) == (200, expected, [2])


def test_error_although_stored(client: SocketClient) -> None:
    """The response is status 0 with an error, but the other update is applied."""
    client.emulator.fault("error_although_stored", contains="user-2")
    response = client.engage(update(set={"n": 1}), update(distinct_id="user-2", set={"n": 2}))
    assert (response.status_code, response.json(), client.profiles()) == (
        200,
        STATUS_0,
        {"user-1": {"n": 1}},
    )


def test_json_400_of_an_older_endpoint(client: SocketClient) -> None:
    """The response has the shape of its endpoint, and nothing is applied."""
    client.emulator.fault("json_400")
    response = client.engage(update(set={"n": 1}))
    body = {"error": "Project is over its quota", "status": 0}
    assert (response.status_code, response.json(), client.profiles()) == (400, body, {})


def test_status_0(client: SocketClient) -> None:
    """The response is status 0, and nothing is applied."""
    client.emulator.fault("status_0")
    response = client.engage(update(set={"n": 1}))
    assert (response.status_code, response.json(), client.profiles()) == (200, STATUS_0, {})


def test_body_0(client: SocketClient) -> None:
    """The response is text although JSON was requested."""
    client.emulator.fault("body_0")
    response = client.engage(update(set={"n": 1}))
    assert (response.status_code, response.text, client.profiles()) == (200, "0", {})


def test_every_fault_has_a_test() -> None:
    """Every fault of the table has a test that shows it."""
    tests = "".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    named = set(re.findall(r"def test_(\w+)\(", tests))
    assert FAULT_TYPES.keys() - named - RESPONSES.keys() - ENDS.keys() == set()
