"""What a client on a real socket sees of each fault, and what is stored."""

import json
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from emulator import Emulator
from emulator.command import main
from emulator.fault_kinds import KINDS
from tests.unit.emulator.api import NOW, TOKEN, event, failed, tracked, update

RATE = "Project exceeded rate limits. Please retry the request with exponential backoff."
REFUSED = "refused by a planned fault"
TWO = [event({"n": 1}), event({"n": 2, "$insert_id": "i-2"})]
ALL_IN = {"code": 200, "num_records_imported": 2, "status": "OK"}
SUCCESS = {"error": None, "status": 1}
STATUS_0 = {"error": REFUSED, "status": 0}


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        """The time it was moved to."""
        return self.at


class World:
    """An emulator on a real socket, and a client for each request."""

    def __init__(self, mixpanel: Emulator, clock: Clock) -> None:
        self.mixpanel = mixpanel
        self.clock = clock

    def post(self, path: str, records: Any, **request: Any) -> httpx.Response:
        """Send records as JSON, over a connection of its own."""
        with httpx.Client(base_url=self.mixpanel.url, trust_env=False) as http:
            return http.post(path, json=records, **request)

    def imports(self, records: Any = TWO) -> httpx.Response:
        """Import two events, or others."""
        return self.post("/import?strict=1", records, auth=(TOKEN, ""))

    def engages(self, *updates: Any) -> httpx.Response:
        """Update users' profiles."""
        return self.post("/engage?verbose=1&ip=0", list(updates))

    def stored(self) -> list[int]:
        """Which of the events are stored."""
        assert self.mixpanel.violations() == []
        return [one["properties"]["n"] for one in self.mixpanel.events()]

    def profiles(self) -> dict[str, Any]:
        """The properties of each profile."""
        assert self.mixpanel.violations() == []
        return {one["distinct_id"]: one["properties"] for one in self.mixpanel.profiles()}


@pytest.fixture(scope="module")
def running() -> Iterator[World]:
    """One emulator for all."""
    clock = Clock()
    with Emulator(now=clock) as mixpanel:
        yield World(mixpanel, clock)


@pytest.fixture
def world(running: World) -> World:
    """The emulator, empty, and its clock where it began."""
    running.clock.at = NOW
    running.mixpanel.reset()
    return running


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


@pytest.mark.parametrize("retry_after", [2, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after(retry_after: Any, world: World) -> None:
    """Any answer may say when to come again; none does by itself."""
    world.mixpanel.fault("json_429", times=1, retry_after=retry_after)
    world.mixpanel.fault("json_429")
    said = [world.imports().headers.get("retry-after") for _ in range(2)]
    assert said == [str(retry_after), None]


def statuses(world: World, count: int) -> list[int]:
    """How so many imports, one after the other, are answered."""
    return [world.imports().status_code for _ in range(count)]


def test_first_so_many(world: World) -> None:
    """`times` bounds how often a fault strikes, `after` lets requests pass first."""
    world.mixpanel.fault("json_503", after=1, times=2)
    seen = statuses(world, 5)
    [planned] = world.mixpanel.faults()
    assert (seen, planned["met"], planned["struck"]) == ([200, 503, 503, 200, 200], 3, 2)


def test_chance_repeats_itself(world: World) -> None:
    """The same seed strikes the same requests."""
    world.mixpanel.fault("json_503", probability=0.5, seed=7)
    first = statuses(world, 12)
    world.mixpanel.clear_faults()
    world.mixpanel.fault("json_503", probability=0.5, seed=7)
    assert (statuses(world, 12), set(first)) == (first, {200, 503})


def test_outage_for_a_period(world: World) -> None:
    """`seconds` after it was planned, a fault is over, by the emulator's clock."""
    world.mixpanel.fault("lost_unread", seconds=60)
    world.clock.at = NOW + timedelta(seconds=59)
    with pytest.raises(httpx.TransportError):
        world.imports()
    world.clock.at = NOW + timedelta(seconds=60)
    assert (world.imports().status_code, world.stored()) == (200, [1, 2])


def test_aim_at_an_endpoint(world: World) -> None:
    """The others go on as usual."""
    world.mixpanel.fault("json_503", endpoint="engage")
    assert [statuses(world, 1), world.engages(update(set={})).status_code] == [[200], 503]


def test_aim_at_an_event(world: World) -> None:
    """A batch that holds such an event is struck, however it is spelled on the wire."""
    world.mixpanel.fault("json_503", event="Order Completed", contains="ü")
    form = {"data": json.dumps(tracked({"who": "Jürgen"}))}
    with httpx.Client(base_url=world.mixpanel.url, trust_env=False) as http:
        seen = [http.post("/track", data=form).status_code, world.imports().status_code]
    assert seen == [503, 200]


def test_aim_at_size(world: World) -> None:
    """A smaller limit than Mixpanel's: halves get through."""
    world.mixpanel.fault("json_413", larger_than=200)
    assert [world.imports(some).status_code for some in (TWO, TWO[:1], TWO[1:])] == [413, 200, 200]


def test_first_planned_strikes_first(world: World) -> None:
    """Of several faults aimed at a request, the one planned first strikes."""
    first = world.mixpanel.fault("json_503")
    world.mixpanel.fault("json_500")
    seen = statuses(world, 1)
    world.mixpanel.clear_faults(first)
    assert seen + statuses(world, 1) == [503, 500]


def test_reset_begins_the_script_anew() -> None:
    """A script's faults come again after a reset; what was added since is gone."""
    script = [{"fault": "json_503", "times": 1}]
    with Emulator(now=lambda: NOW, script=script) as mixpanel:
        world = World(mixpanel, Clock())
        mixpanel.fault("json_500", after=1)
        before = statuses(world, 3)
        mixpanel.reset()
        assert (before, statuses(world, 3)) == ([503, 200, 500], [503, 200, 200])


@pytest.mark.parametrize(
    ("fault", "aim", "error"),
    [
        ("typo", {}, "fault must be one of: lost_unread, "),
        ("slow", {"dealy": 1}, "dealy is not one of: fault, endpoint, "),
        ("slow", {"delay": "1"}, "delay has the wrong type"),
        ("slow", {"times": True}, "times has the wrong type"),
        ("slow", {"delay": -1}, "delay must not be negative"),
        ("slow", {}, "slow needs a delay"),
        ("status_0", {"endpoint": "import"}, "status_0 strikes only: track, engage, groups"),
        ("lost_unread", {"event": "Order"}, "strikes before the body is read"),
    ],
)
def test_wrong_fault(fault: str, aim: dict[str, Any], error: str, world: World) -> None:
    """A fault that could never strike is refused, with the reason."""
    with pytest.raises(ValueError, match=error):
        world.mixpanel.fault(fault, **aim)
    assert world.mixpanel.faults() == []


def test_command_with_a_script(tmp_path: Path) -> None:
    """The command begins with the faults of a file."""
    script = tmp_path / "faults.json"
    script.write_text('{"fault": "json_503"}')
    command = [sys.executable, "-m", "emulator.command", "--port", "0", "--faults", str(script)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        answer = httpx.post(f"{url}/import", json=TWO, trust_env=False)
        process.terminate()
    assert answer.status_code == 503


def test_command_with_a_wrong_script(tmp_path: Path) -> None:
    """It says which file is wrong, and why, and ends."""
    script = tmp_path / "faults.json"
    script.write_text('{"fault": "slow"}')
    with pytest.raises(SystemExit, match=r"faults\.json: slow needs a delay"):
        main(["--faults", str(script)])
