"""The wheels of the three distributions: what is in them, and that they work alone."""

import ast
import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from rudder_mixpanel import __version__
from tests.package.conftest import ROOT, build_once
from tests.package.wheels import (
    DISTRIBUTIONS,
    Distribution,
    Wheel,
    build_wheels,
    install,
    output_of,
    wheel_of,
)

PACKAGE, COMMAND, EMULATOR = DISTRIBUTIONS
PREVIEW = ROOT / "events" / "preview"
TRANSFORM = """
from datetime import UTC, datetime
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.mapping import transform
event = {"type": "track", "event": "Try", "userId": "u", "timestamp": "2026-01-01T00:00:00Z"}
now = datetime(2026, 1, 2, tzinfo=UTC)
for operation in transform(event, Destination.from_config({"token": "t"}), now=now):
    print(operation.endpoint, operation.payload["event"])
"""
each_distribution = pytest.mark.parametrize(
    "distribution", DISTRIBUTIONS, ids=[distribution.name for distribution in DISTRIBUTIONS]
)
LICENSE = (ROOT / "LICENSE").read_text()

each_command = pytest.mark.parametrize(
    ("distribution", "command"),
    [(COMMAND, "rudder-mixpanel"), (EMULATOR, "mixpanel-emulator")],
    ids=["rudder-mixpanel", "mixpanel-emulator"],
)


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the three wheels."""
    return build_once(tmp_path_factory, "wheels", build_wheels)


@pytest.fixture(scope="session")
def environment(
    tmp_path_factory: pytest.TempPathFactory, wheels: Path
) -> Callable[[Distribution], Path]:
    """Return a fresh environment with a distribution, the same one each time."""

    def create(distribution: Distribution) -> Path:
        return build_once(
            tmp_path_factory,
            f"environment-{distribution.name}",
            lambda folder: install(distribution, wheels, folder),
        )

    return create


@each_distribution
def test_wheel_adds_only_names_of_its_own(distribution: Distribution, wheels: Path) -> None:
    """No `tests`, `tools` or `docs` lands in site-packages."""
    information = f"{distribution.package}-{__version__}.dist-info"
    names = wheel_of(distribution.name, wheels).top_level_names()
    assert names == {distribution.package, information}


@each_distribution
def test_wheel_requires_what_it_imports(distribution: Distribution, wheels: Path) -> None:
    """Neither less, which would crash, nor more."""
    wheel = wheel_of(distribution.name, wheels)
    imported = wheel.imports() - {distribution.name}
    assert wheel.requirements() <= imported
    assert imported - wheel.requirements() <= distribution.undeclared


@each_distribution
def test_wheel_has_the_version_of_the_package(distribution: Distribution, wheels: Path) -> None:
    """All three have one version, from one source."""
    assert wheel_of(distribution.name, wheels).metadata()["Version"] == __version__


@each_distribution
def test_wheel_carries_the_license(distribution: Distribution, wheels: Path) -> None:
    """And describes itself by its README, of which the license is no part."""
    wheel = wheel_of(distribution.name, wheels)
    described = wheel.metadata().get_payload() != ""
    assert (wheel.information("licenses/LICENSE"), described) == (LICENSE, True)


def test_command_needs_the_package_of_its_version(wheels: Path) -> None:
    """No other combination is tested."""
    requirements = wheel_of(COMMAND.name, wheels).metadata().get_all("Requires-Dist") or []
    assert f"rudder-mixpanel=={__version__}" in requirements


def test_emulator_needs_python_3_11(wheels: Path) -> None:
    """It says so, and no module has newer syntax."""
    wheel: Wheel = wheel_of(EMULATOR.name, wheels)
    for source in wheel.modules():
        ast.parse(source, feature_version=(3, 11))
    assert wheel.metadata()["Requires-Python"] == ">=3.11"


@each_command
def test_command_prints_its_version(
    distribution: Distribution, command: str, environment: Callable[[Distribution], Path]
) -> None:
    """The one of the wheel."""
    assert __version__ in output_of(environment(distribution), command, "--version")


@each_command
def test_command_prints_its_usage(
    distribution: Distribution, command: str, environment: Callable[[Distribution], Path]
) -> None:
    """Everything that it imports is there."""
    assert command in output_of(environment(distribution), command, "--help")


def test_package_maps_an_event(environment: Callable[[Distribution], Path]) -> None:
    """With no more than what its wheel requires."""
    assert output_of(environment(PACKAGE), "python", "-c", TRANSFORM) == "import Try\n"


def test_command_previews_events(environment: Callable[[Distribution], Path]) -> None:
    """The sample events become requests to Mixpanel."""
    destination = str(PREVIEW / "destination.json")
    events = (PREVIEW / "events.jsonl").read_text()
    options = ["--destination", destination, "--now", "2027-01-01T00:00:00Z"]
    output = output_of(environment(COMMAND), "rudder-mixpanel", "preview", *options, stdin=events)
    lines = [json.loads(line) for line in output.splitlines()]
    assert lines[0]["requests"][0]["url"].startswith("https://api-eu.mixpanel.com/")


def test_emulator_stores_an_event(environment: Callable[[Distribution], Path]) -> None:
    """What is posted can be read back."""
    command = environment(EMULATOR) / "bin" / "mixpanel-emulator"
    with subprocess.Popen(  # noqa: S603 - our own
        [str(command), "--port", "0", "--token", "t", "--clock", "2026-01-01T00:00:00Z"],
        env={"PATH": os.defpath, "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            url = listening_url(process)
            properties = {"token": "t", "distinct_id": "u", "$insert_id": "i", "time": 1767225600}
            call(f"{url}/track", [{"event": "Try", "properties": properties}])
            (event,) = call(f"{url}/_emulator/events")
        finally:
            process.terminate()
    assert event["event"] == "Try"


def listening_url(process: "subprocess.Popen[str]") -> str:
    """Return the URL that the emulator prints when it listens."""
    assert process.stdout
    url = re.search(r"http://\S+", process.stdout.readline())
    assert url
    return url[0]


def call(url: str, body: object = None) -> list[dict[str, str]]:
    """Send JSON to a URL, or read it from there."""
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})  # noqa: S310 - http
    with urllib.request.urlopen(request) as response:  # noqa: S310 - http
        content = json.load(response)
    return content if isinstance(content, list) else [content]
