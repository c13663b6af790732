"""What a client on a real socket sees of each fault, and what is stored."""

from typing import Any

import httpx
import pytest

from mixpanel_emulator.faults.types import KINDS
from tests.unit.emulator.api import TOKEN, failed, update
from tests.unit.emulator.world import TWO, World

RATE = "Project exceeded rate limits. Please retry the request with exponential backoff."
REFUSED = "refused by a planned fault"
ALL_IN = {"code": 200, "num_records_imported": 2, "status": "OK"}
SUCCESS = {"error": None, "status": 1}
STATUS_0 = {"error": REFUSED, "status": 0}


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
    "json_403": (403, JSON, {"error": REFUSED, "status": "error"}),
    "json_408": (408, JSON, code(408, REFUSED, "Request Timeout")),
    "json_413": (413, JSON, code(413, LIMIT, "Request Entity Too Large")),
    "json_429": (429, JSON, code(429, RATE, "Too Many Requests")),
    "json_429_of_old": (429, JSON, {"error": RATE, "status": 0}),
    "json_500": (500, JSON, code(500, REFUSED, "Internal Server Error")),
    "json_503": (503, JSON, code(503, REFUSED, "Service Unavailable")),
}


@pytest.mark.parametrize("name", INSTEAD)
def test_answer_instead(name: str, world: World) -> None:
    """The client gets another answer, and nothing is stored."""
    world.mixpanel.fault(name, times=1)
    answer = world.imports()
    status, media_type, body = INSTEAD[name]
    said = answer.text.startswith(body) if isinstance(body, str) else answer.json() == body
    seen = (answer.status_code, answer.headers["content-type"], said)
    assert (seen, world.stored()) == ((status, media_type, True), [])


def test_lost_unread(world: World) -> None:
    """The connection is reset before the body is read, perhaps while it is being written."""
    world.mixpanel.fault("lost_unread")
    with pytest.raises(httpx.TransportError):
        world.imports()
    [request] = world.mixpanel.requests()
    assert (world.stored(), request["status"], request["fault"]) == ([], None, "lost_unread")


def test_lost_unapplied(world: World) -> None:
    """The connection is reset when the whole body has come; nothing is stored."""
    world.mixpanel.fault("lost_unapplied")
    with pytest.raises(httpx.ReadError):
        world.imports()
    assert world.stored() == []


def test_applied_then_lost(world: World) -> None:
    """The connection is reset where the answer would begin: sent again, `$add` counts twice."""
    world.mixpanel.fault("applied_then_lost", times=1)
    with pytest.raises(httpx.ReadError):
        world.engages(update(add={"n": 1}))
    again = world.engages(update(add={"n": 1}))
    assert (again.json(), world.profiles()) == (SUCCESS, {"user-1": {"n": 2}})


def test_half_answer(world: World) -> None:
    """The head promises more than comes."""
    world.mixpanel.fault("half_answer")
    with pytest.raises(httpx.RemoteProtocolError, match="received 25 bytes, expected 51"):
        world.imports()
    assert world.stored() == [1, 2]


def test_slow(world: World) -> None:
    """What is stored when the client gives up stays stored."""
    world.mixpanel.fault("slow", delay=1)
    with pytest.raises(httpx.ReadTimeout):
        world.post("/import?strict=1", TWO, auth=(TOKEN, ""), timeout=0.2)
    assert world.stored() == [1, 2]


def test_truncated_json(world: World) -> None:
    """HTTP finds the answer complete, JSON does not."""
    world.mixpanel.fault("truncated_json")
    answer = world.imports()
    assert (answer.text, world.stored()) == ('{"code":200,"num_records_', [1, 2])


def test_swallowed(world: World) -> None:
    """Success, and nothing is stored."""
    world.mixpanel.fault("swallowed")
    answers = [world.imports().json(), world.engages(update(set={"n": 1})).json()]
    assert (answers, world.stored(), world.profiles()) == ([ALL_IN, SUCCESS], [], {})


def some_failed(*records: Any) -> dict[str, Any]:
    """The report of an import of two that refused one."""
    return {
        "code": 400,
        "error": "some data points in the request failed validation",
        "status": "Bad Request",
        "num_records_imported": 1,
        "failed_records": list(records),
    }


def test_failed_records(world: World) -> None:
    """The event aimed at is refused and named; the other is stored."""
    world.mixpanel.fault("failed_records", contains='"n":2')
    answer = world.imports()
    expected = some_failed(failed(1, "properties", REFUSED, "i-2"))
    assert (answer.status_code, answer.json(), world.stored()) == (400, expected, [1])


def test_failed_records_with_dollar(world: World) -> None:
    """The same, with the other spelling of the insert id."""
    world.mixpanel.fault("failed_records_with_dollar")
    answer = world.imports()
    one = {"index": 0, "$insert_id": "i-1", "field": "properties", "message": REFUSED}
    assert (answer.status_code, answer.json(), world.stored()) == (400, some_failed(one), [2])


def test_failed_records_as_text(world: World) -> None:
    """The whole batch is refused with a text where records are expected."""
    world.mixpanel.fault("failed_records_as_text")
    answer = world.imports()
    text = "identity events are not allowed when project is using simplified identity management"
    expected = some_failed(text) | {"num_records_imported": 0}
    assert (answer.status_code, answer.json(), world.stored()) == (400, expected, [])


def test_fewer_imported(world: World) -> None:
    """Success, but not of all that was sent."""
    world.mixpanel.fault("fewer_imported")
    answer = world.imports()
    expected = ALL_IN | {"num_records_imported": 1}
    assert (answer.status_code, answer.json(), world.stored()) == (200, expected, [2])


def test_error_although_stored(world: World) -> None:
    """Status 0 and an error, but the other update was applied."""
    world.mixpanel.fault("error_although_stored", contains="user-2")
    answer = world.engages(update(set={"n": 1}), update(distinct_id="user-2", set={"n": 2}))
    assert (answer.status_code, answer.json(), world.profiles()) == (
        200,
        STATUS_0,
        {"user-1": {"n": 1}},
    )


def test_status_0(world: World) -> None:
    """Status 0, and nothing is applied."""
    world.mixpanel.fault("status_0")
    answer = world.engages(update(set={"n": 1}))
    assert (answer.status_code, answer.json(), world.profiles()) == (200, STATUS_0, {})


def test_body_0(world: World) -> None:
    """Text, although JSON was asked for."""
    world.mixpanel.fault("body_0")
    answer = world.engages(update(set={"n": 1}))
    assert (answer.status_code, answer.text, world.profiles()) == (200, "0", {})


def test_every_fault_has_a_test() -> None:
    """No fault is listed that is not shown."""
    named = {name.removeprefix("test_") for name in globals()} | INSTEAD.keys()
    assert KINDS.keys() - named == set()
