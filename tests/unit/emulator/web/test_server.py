"""The emulator on a real socket."""

import signal
import socket
import subprocess
import sys
import threading
from importlib.metadata import version

import httpx
import pytest

from mixpanel_emulator import Emulator, Project
from mixpanel_emulator.command import main
from tests.unit.emulator.asgi_client import NOW, TOKEN, event, group_update, update


def test_emulator_runs_inside_a_with_block() -> None:
    """It accepts data, lists it, removes it on demand, and stops at the end."""
    before = set(threading.enumerate())
    with Emulator(now=lambda: NOW) as mixpanel:
        http = httpx.Client(base_url=mixpanel.url, trust_env=False)
        http.post(
            "/import", params={"strict": 1}, json=[event()], auth=(TOKEN, "")
        ).raise_for_status()
        http.post("/engage", params={"ip": 0}, json=[update(set={})]).raise_for_status()
        http.post("/groups", params={"ip": 0}, json=[group_update(set={})]).raise_for_status()
        items = (mixpanel.events(), mixpanel.profiles(), mixpanel.groups(), mixpanel.requests())
        violations = mixpanel.violations()
        mixpanel.reset()
        after_reset = mixpanel.requests()
        http.close()
    threads = {thread.name for thread in set(threading.enumerate()) - before}
    assert [len(each) for each in items] == [1, 1, 1, 3]
    assert (violations, after_reset, "mixpanel-emulator" in threads) == ([], [], False)


def test_emulator_with_a_given_project() -> None:
    """The project and the clock are the caller's, and the query view is available."""
    with Emulator(project=Project(id_mode="simplified"), now=lambda: NOW) as mixpanel:
        body = [event({"distinct_id": None, "$device_id": "d"})] * 2
        response = httpx.post(
            f"{mixpanel.url}/import?strict=1", json=body, auth=(TOKEN, ""), trust_env=False
        )
        counts = [len(mixpanel.events()), len(mixpanel.events(view="query"))]
    assert (response.status_code, counts) == (200, [2, 1])


def test_client_that_dies_within_a_request_stores_nothing(
    capfd: pytest.CaptureFixture[str],
) -> None:
    """What arrives of a request is not a request, and the server logs no error."""
    with Emulator(now=lambda: NOW) as mixpanel:
        host, port = mixpanel.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(b"POST /import HTTP/1.1\r\nHost: m\r\nContent-Length: 9\r\n\r\n[{}")
        stored = (mixpanel.requests(), mixpanel.violations())
    assert (stored, capfd.readouterr().err) == (([], []), "")


def test_address_in_use() -> None:
    """The command exits with one line when the address is in use."""
    with Emulator() as mixpanel, pytest.raises(SystemExit, match="cannot listen on"):
        main(["--port", mixpanel.url.rpartition(":")[2]])


@pytest.mark.parametrize(("days", "status"), [([], 400), (["--retention-days", "0"], 200)])
def test_retention_of_the_command(days: list[str], status: int) -> None:
    """The command's project has the default retention, or the given one."""
    command = [sys.executable, "-m", "mixpanel_emulator.command", "--port", "0", *days]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        old = [event({"time": 1_000_000_000})]
        response = httpx.post(f"{url}/import?strict=1", json=old, auth=(TOKEN, ""), trust_env=False)
        process.terminate()
    assert response.status_code == status


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGINT])
def test_command(stop: signal.Signals) -> None:
    """The command prints its URL when ready, and exits with 0 on a signal."""
    command = [sys.executable, "-m", "mixpanel_emulator.command", "--port", "0", "--token", "beef"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        response = httpx.post(f"{url}/import?strict=1", json=[], auth=("beef", ""), trust_env=False)
        process.send_signal(stop)
        _, errors = process.communicate(timeout=30)
    assert (response.status_code, process.returncode, errors) == (400, 0, b"")


@pytest.mark.parametrize(
    ("options", "statuses"),
    [([], [403, 403]), (["--allowed-host", "mixpanel", "--allowed-host", "mp.test"], [200, 200])],
)
def test_hosts_of_the_command(options: list[str], statuses: list[int]) -> None:
    """Under other names than localhost, the admin API is only for those that are allowed."""
    command = [sys.executable, "-m", "mixpanel_emulator.command", "--port", "0", *options]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:  # noqa: S603 - our own
        assert process.stdout
        url = process.stdout.readline().decode().split()[-1]
        responses = [
            httpx.get(f"{url}/_emulator/events", headers={"Host": host}, trust_env=False)
            for host in ("mixpanel:8123", "mp.test")
        ]
        process.terminate()
    assert [response.status_code for response in responses] == statuses


def test_version_of_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    """The command prints the version of its distribution."""
    with pytest.raises(SystemExit, match="0"):
        main(["--version"])
    assert capsys.readouterr().out == f"mixpanel-emulator {version('mixpanel-emulator')}\n"
