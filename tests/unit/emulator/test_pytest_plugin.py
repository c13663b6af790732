"""The pytest plugin, in a pytest of its own."""

import subprocess
import sys

import pytest

LOADED = "import sys, mixpanel_emulator.pytest_plugin; sys.exit('starlette' in sys.modules)"
EMPTY = """
import datetime
import httpx

def check(mixpanel):
    now = datetime.datetime.fromisoformat(
        httpx.get(mixpanel.url + "/_emulator/clock", trust_env=False).json()["now"]
    )
    late = abs(now - datetime.datetime.now(datetime.UTC))
    assert (mixpanel.requests(), mixpanel.faults()) == ([], [])
    assert late < datetime.timedelta(minutes=1)
    httpx.post(mixpanel.url + "/track", json=[{}], trust_env=False)
    mixpanel.fault("json_503")
    mixpanel.advance(3600)

def test_first(mixpanel):
    check(mixpanel)

def test_second(mixpanel):
    check(mixpanel)
"""
SERVERS = """
URLS = set()

def test_first(mixpanel):
    URLS.add(mixpanel.url)

def test_second(mixpanel):
    URLS.add(mixpanel.url)
    assert len(URLS) == 1
"""
CONFTEST = """
import pytest
from mixpanel_emulator import Project

@pytest.fixture(scope="session")
def mixpanel_project():
    return Project(token="beef")
"""
PROJECT = """
def test_project(mixpanel):
    assert mixpanel.project.token == "beef"
"""
OWN_FIXTURE = """
import pytest

@pytest.fixture
def mixpanel():
    return "mine"

def test_fixture(mixpanel):
    assert mixpanel == "mine"
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The report of a pytest with the installed plugins that runs all of these tests."""
    folder = tmp_path_factory.mktemp("plugin")
    tests = {"empty": EMPTY, "servers": SERVERS, "project": PROJECT, "fixture": OWN_FIXTURE}
    for name, code in tests.items():
        (folder / f"test_{name}.py").write_text(code)
    (folder / "conftest.py").write_text(CONFTEST)
    options = ["-v", "-p", "no:randomly", "-p", "no:cacheprovider"]
    completed = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "pytest", *options, folder],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return completed.stdout


def test_emulator_is_empty_for_each_test(report: str) -> None:
    """Data, faults and the clock of one test do not reach the next."""
    assert report.count("test_empty.py::test_first PASSED") == 1
    assert report.count("test_empty.py::test_second PASSED") == 1


def test_one_server_serves_the_session(report: str) -> None:
    """All tests of a session share one emulator."""
    assert report.count("test_servers.py::test_second PASSED") == 1


def test_project_can_be_overridden(report: str) -> None:
    """A fixture `mixpanel_project` in conftest.py decides the emulator's project."""
    assert report.count("test_project.py::test_project PASSED") == 1


def test_fixture_can_be_overridden(report: str) -> None:
    """A test suite's own fixture `mixpanel` overrides the plugin's."""
    assert report.count("test_fixture.py::test_fixture PASSED") == 1


def test_plugin_does_not_load_the_server() -> None:
    """A test run that does not use the fixture does not import Starlette."""
    completed = subprocess.run([sys.executable, "-c", LOADED], check=False)  # noqa: S603 - our own
    assert completed.returncode == 0
