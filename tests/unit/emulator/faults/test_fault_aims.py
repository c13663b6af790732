"""The targets of faults, and how they are planned."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from mixpanel_emulator import Emulator
from mixpanel_emulator.command import main
from tests.unit.emulator.asgi_client import DELETIONS, NOW, TOKEN, tracked, update
from tests.unit.emulator.socket_client import EVENTS, SocketClient


@pytest.mark.parametrize("retry_after", [2, "Wed, 21 Oct 2026 07:28:00 GMT"])
def test_retry_after(retry_after: Any, client: SocketClient) -> None:
    """Any fault may set `Retry-After`; none does by default."""
    client.emulator.fault("json_429", times=1, retry_after=retry_after)
    client.emulator.fault("json_429")
    headers = [client.import_events().headers.get("retry-after") for _ in range(2)]
    assert headers == [str(retry_after), None]


def test_times_and_after_limit_a_fault(client: SocketClient) -> None:
    """`times` limits how often a fault strikes, `after` lets requests pass first."""
    client.emulator.fault("json_503", after=1, times=2)
    statuses = client.statuses(5)
    [planned] = client.emulator.faults()
    counts = planned["met"], planned["struck"], planned["over"]
    assert (statuses, counts) == ([200, 503, 503, 200, 200], (3, 2, True))


def test_fault_is_over_when_it_has_struck_as_often_as_planned(client: SocketClient) -> None:
    """Not before; a fault without an end is never over."""
    client.emulator.fault("json_503", times=2)
    client.emulator.fault("json_500", endpoint="engage")
    over = []
    for _ in range(3):
        over.append([planned["over"] for planned in client.emulator.faults()])
        client.import_events()
    assert over == [[False, False], [False, False], [True, False]]


def test_fault_is_over_when_its_time_has_passed(client: SocketClient) -> None:
    """By the emulator's clock, also without a request."""
    client.emulator.fault("lost_unread", seconds=60)
    over = []
    for seconds in (0, 59, 1):
        client.emulator.advance(seconds)
        over += [planned["over"] for planned in client.emulator.faults()]
    assert over == [False, False, True]


def test_chance_is_reproducible(client: SocketClient) -> None:
    """The same seed strikes the same requests."""
    client.emulator.fault("json_503", probability=0.5, seed=7)
    first = client.statuses(12)
    client.emulator.clear_faults()
    client.emulator.fault("json_503", probability=0.5, seed=7)
    assert (client.statuses(12), set(first)) == (first, {200, 503})


def test_outage_for_a_period(client: SocketClient) -> None:
    """A fault ends `seconds` after it was planned, by the emulator's clock."""
    client.emulator.fault("lost_unread", seconds=60)
    client.emulator.advance(59)
    with pytest.raises(httpx.TransportError):
        client.import_events()
    client.emulator.advance(1)
    assert (client.import_events().status_code, client.stored()) == (200, [1, 2])


def test_aim_at_an_endpoint(client: SocketClient) -> None:
    """A fault with an endpoint leaves the other endpoints alone."""
    client.emulator.fault("json_503", endpoint="engage")
    assert [client.statuses(1), client.engage(update(set={})).status_code] == [[200], 503]


def test_aim_at_deletions(client: SocketClient) -> None:
    """All requests about deletions are one endpoint, in any region."""
    client.emulator.fault("json_503", endpoint="deletions")
    paths = (DELETIONS, f"/eu{DELETIONS}no-such-task", "/eu/import?strict=1")
    statuses = [client.post(path, EVENTS, auth=(TOKEN, "")).status_code for path in paths]
    assert statuses == [503, 503, 401]


def test_aim_at_an_event(client: SocketClient) -> None:
    """A batch with such an event is struck, whatever its encoding."""
    client.emulator.fault("json_503", event="Order Completed", contains="ü")
    form = {"data": json.dumps(tracked({"who": "Jürgen"}))}
    with httpx.Client(base_url=client.emulator.url, trust_env=False) as http:
        statuses = [http.post("/track", data=form).status_code, client.import_events().status_code]
    assert statuses == [503, 200]


def test_aim_at_size(client: SocketClient) -> None:
    """Only bodies larger than the limit are struck."""
    client.emulator.fault("json_413", larger_than=200)
    assert [
        client.import_events(records).status_code for records in (EVENTS, EVENTS[:1], EVENTS[1:])
    ] == [
        413,
        200,
        200,
    ]


def test_first_planned_strikes_first(client: SocketClient) -> None:
    """Of several faults with the same target, the one planned first strikes."""
    first = client.emulator.fault("json_503")
    client.emulator.fault("json_500")
    statuses = client.statuses(1)
    client.emulator.clear_faults(first)
    assert statuses + client.statuses(1) == [503, 500]


def test_reset_restarts_the_script() -> None:
    """A reset restarts the faults of the script, and removes the others."""
    script = [{"fault": "json_503", "times": 1}]
    with Emulator(now=lambda: NOW, script=script) as mixpanel:
        client = SocketClient(mixpanel)
        mixpanel.fault("json_500", after=1)
        before = client.statuses(3)
        mixpanel.reset()
        assert (before, client.statuses(3)) == ([503, 200, 500], [503, 200, 200])


@pytest.mark.parametrize(
    ("fault", "aim", "error"),
    [
        ("typo", {}, "fault must be one of: lost_unread, "),
        ("slow", {"dealy": 1}, "dealy is not one of: fault, endpoint, "),
        ("slow", {"delay": "1"}, "delay has the wrong type"),
        ("slow", {"times": True}, "times has the wrong type"),
        ("slow", {"delay": -1}, "delay must not be negative"),
        ("slow", {}, "slow needs a delay"),
        ("status_0", {"endpoint": "import"}, "status_0 applies only to: track, engage, groups"),
        ("slow_rows", {}, "slow_rows needs a delay"),
        ("missing_rows", {"endpoint": "import"}, "missing_rows applies only to: export"),
        ("missing_rows", {"larger_than": 1}, "a request for an export has no body"),
        ("terminated_early", {"event": "Order"}, "terminated_early is about all rows"),
        ("lost_unread", {"event": "Order"}, "strikes before the body is read"),
    ],
)
def test_wrong_fault(fault: str, aim: dict[str, Any], error: str, client: SocketClient) -> None:
    """A fault that could never strike is rejected, with the reason."""
    with pytest.raises(ValueError, match=error):
        client.emulator.fault(fault, **aim)
    assert client.emulator.faults() == []


def test_command_with_a_script(tmp_path: Path) -> None:
    """The command starts with the faults of a file."""
    script = tmp_path / "faults.json"
    script.write_text('{"fault": "json_503"}')
    command = [
        sys.executable,
        "-m",
        "mixpanel_emulator.command",
        "--port",
        "0",
        "--faults",
        str(script),
    ]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        response = httpx.post(f"{url}/import", json=EVENTS, trust_env=False)
        process.terminate()
    assert response.status_code == 503


def test_command_with_a_wrong_script(tmp_path: Path) -> None:
    """The command exits with the file's name and the error."""
    script = tmp_path / "faults.json"
    script.write_text('{"fault": "slow"}')
    with pytest.raises(SystemExit, match=r"faults\.json: slow needs a delay"):
        main(["--faults", str(script)])
