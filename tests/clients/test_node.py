"""Mixpanel's own client for Node."""

import json
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from mixpanel_emulator import Emulator

HERE = Path(__file__).parent

pytestmark = pytest.mark.skipif(
    shutil.which("node") is None or not (HERE / "node_modules").is_dir(),
    reason="MIXPANEL'S NODE CLIENT IS NOT CHECKED: install Node, run `npm ci` in tests/clients",
)


type Run = tuple[dict[str, str | None], Emulator]


@pytest.fixture(scope="module")
def run() -> Iterator[Run]:
    """The error of each call, and the emulator that was called."""
    with Emulator() as mixpanel:
        address = urlsplit(mixpanel.url)
        target = [str(address.hostname), str(address.port), mixpanel.project.token]
        completed = subprocess.run(  # noqa: S603 - a fixed program of this folder
            ["node", "scenario.mjs", *target],  # noqa: S607 - the one on the path
            cwd=HERE,
            check=True,
            timeout=120,
            capture_output=True,
        )
        yield dict(map(json.loads, completed.stdout.splitlines())), mixpanel


def test_calls_succeed(run: Run) -> None:
    """Every call succeeds, except import, which the client does not send without TLS."""
    failed = {name: error for name, error in run[0].items() if error}
    assert (len(run[0]), failed) == (
        15,
        {"import": "The /import endpoint requires authentication."},
    )


def test_events(run: Run) -> None:
    """Tracked events are stored, without insert ids."""
    events = run[1].events()
    insert_ids = [item["properties"].get("$insert_id") for item in events]
    assert ([item["event"] for item in events], insert_ids) == (
        ["Order Completed", "Signed Up", "Logged In", "$create_alias"],
        [None] * 4,
    )


def test_profile(run: Run) -> None:
    """Each operation has its effect."""
    [profile] = run[1].profiles()
    assert (profile["distinct_id"], profile["properties"]) == (
        "user-1",
        {"name": "Ada", "orders": 2, "seen": ["cart"], "$transactions": [{"$amount": 5}]},
    )


def test_group(run: Run) -> None:
    """Group operations have their effect."""
    [group] = run[1].groups()
    assert group["properties"] == {"seats": 12, "tags": ["vip"]}


def test_alias(run: Run) -> None:
    """The alias joins the same user."""
    assert [item["ids"] for item in run[1].identities()] == [["user-1", "ada"]]


def test_violations(run: Run) -> None:
    """The client sends data in the URL of a GET, except in batches."""
    violations = Counter((item["rule"], item["endpoint"]) for item in run[1].violations())
    assert violations == {("E2", "track"): 2, ("E2", "engage"): 9, ("E2", "groups"): 2}
