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


type Told = tuple[dict[str, str | None], Emulator]


@pytest.fixture(scope="module")
def told() -> Iterator[Told]:
    """What the client was told about each call, and the emulator that it called."""
    with Emulator() as mixpanel:
        address = urlsplit(mixpanel.url)
        target = [str(address.hostname), str(address.port), mixpanel.project.token]
        done = subprocess.run(  # noqa: S603 - a fixed program of this folder
            ["node", "story.mjs", *target],  # noqa: S607 - the one on the path
            cwd=HERE,
            check=True,
            timeout=120,
            capture_output=True,
        )
        yield dict(map(json.loads, done.stdout.splitlines())), mixpanel


def test_calls_succeed(told: Told) -> None:
    """Every call is answered as the client expects; import it refuses to make without TLS."""
    refused = {name: error for name, error in told[0].items() if error}
    assert (len(told[0]), refused) == (
        15,
        {"import": "The /import endpoint requires authentication."},
    )


def test_events(told: Told) -> None:
    """What was tracked is stored, but nothing would tell a copy from it."""
    events = told[1].events()
    insert_ids = [one["properties"].get("$insert_id") for one in events]
    assert ([one["event"] for one in events], insert_ids) == (
        ["Order Completed", "Signed Up", "Logged In", "$create_alias"],
        [None] * 4,
    )


def test_profile(told: Told) -> None:
    """Each operation does what it says."""
    [profile] = told[1].profiles()
    assert (profile["distinct_id"], profile["properties"]) == (
        "user-1",
        {"name": "Ada", "orders": 2, "seen": ["cart"], "$transactions": [{"$amount": 5}]},
    )


def test_group(told: Told) -> None:
    """A group's profile, too."""
    [group] = told[1].groups()
    assert group["properties"] == {"seats": 12, "tags": ["vip"]}


def test_alias(told: Told) -> None:
    """The alias is another name of the same person."""
    assert [one["ids"] for one in told[1].identities()] == [["user-1", "ada"]]


def test_violations(told: Told) -> None:
    """It puts data into the address of a GET, everywhere but in batches."""
    broken = Counter((one["rule"], one["endpoint"]) for one in told[1].violations())
    assert broken == {("E2", "track"): 2, ("E2", "engage"): 9, ("E2", "groups"): 2}
