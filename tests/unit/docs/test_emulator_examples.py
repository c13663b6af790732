"""The Python examples in docs/emulator.md and emulator/README.md run as they are printed."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# What the examples call, and a reader has instead: programs that send events, or export them.
SENDERS = '''
import httpx


def post(url, path, *items):
    try:
        return httpx.post(url + path, json=list(items), trust_env=False).status_code
    except httpx.TransportError:
        return 0


def send_purchase(url, token):
    """Send one event, and once more when Mixpanel does not accept it."""
    properties = {"token": token, "distinct_id": "ada", "$insert_id": "purchase-1"}
    event = {"event": "Purchase", "properties": properties}
    if post(url, "/track", event) != 200:
        post(url, "/track", event)


def send_purchases(url):
    """Send a profile update, and then seventeen requests with events."""
    for path in ("/engage", *["/track"] * 17):
        post(url, path)


def count_exported(url):
    """Count the rows of the raw export of this year."""
    today = httpx.get(url + "/_emulator/clock", trust_env=False).json()["now"][:10]
    query = {"project_id": "1", "from_date": f"{today[:4]}-01-01", "to_date": today}
    account = ("sandbox.0123.mp-service-account", "s3cret")
    rows = httpx.get(url + "/api/2.0/export", params=query, auth=account, trust_env=False)
    return len(rows.raise_for_status().text.splitlines())
'''
PROJECT_TEST = """
def test_project(mixpanel):
    project = mixpanel.project
    assert (project.id_mode, project.region) == ("simplified", "eu")
"""


def examples(page: str) -> list[str]:
    """The Python blocks of a page."""
    return re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text(), re.MULTILINE | re.DOTALL)


def run_pytest(folder: Path, **files: str) -> str:
    """The last line of a pytest, with the installed plugins, that runs these files."""
    for name, code in files.items():
        (folder / f"{name}.py").write_text(code)
    options = ["-q", "-p", "no:randomly", "-p", "no:cacheprovider"]
    done = subprocess.run(  # noqa: S603 - our own
        [sys.executable, "-m", "pytest", *options, folder],
        cwd=folder,
        check=False,
        capture_output=True,
        text=True,
        timeout=120,
    )
    return done.stdout.splitlines()[-1]


def test_examples_of_the_fixture(tmp_path: Path) -> None:
    """Both tests pass, also the one with an outage."""
    tests, *_ = examples("docs/emulator.md")
    assert run_pytest(tmp_path, test_example=SENDERS + tests).startswith("2 passed")


def test_example_of_a_project(tmp_path: Path) -> None:
    """The conftest.py is complete, and its project is the emulator's."""
    _, conftest, *_ = examples("docs/emulator.md")
    assert run_pytest(tmp_path, conftest=conftest, test_it=PROJECT_TEST).startswith("1 passed")


@pytest.mark.parametrize("place", [2, 3, 4], ids=["a clock", "the export", "faults"])
def test_example_of_a_context_manager(place: int) -> None:
    """It runs without pytest, and its assertions hold."""
    example = examples("docs/emulator.md")[place]
    exec(SENDERS + example, {"__name__": "example"})  # noqa: S102 - our own


def test_example_of_the_distribution(tmp_path: Path) -> None:
    """The page of the distribution shows tests that pass with Mixpanel's client."""
    (tests,) = examples("emulator/README.md")
    assert run_pytest(tmp_path, test_example=tests).startswith("2 passed")
