"""`make release`: complete, verifiable, deployable, and the same bytes each time."""

import hashlib
import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # brings no types

from rudder_mixpanel import __version__
from sandbox.aws import local_aws
from sandbox.stack import ARCHITECTURE, Stack
from tests.package.conftest import ROOT, build_once
from tools.release import ARCHITECTURES, ReleaseFailed, run
from tools.sbom import IncompleteSbom, keep_installed, tags_in_name

NAME = f"rudder-mixpanel-{__version__}"
each_architecture = pytest.mark.parametrize("architecture", ARCHITECTURES)


def build(folder: Path) -> None:
    """Build a release, as `make release` does."""
    command = [sys.executable, "-m", "tools.release", str(folder)]
    environment = os.environ | {"SOURCE_DATE_EPOCH": "1767225600"}
    subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True)  # noqa: S603 - our own


@pytest.fixture(scope="session")
def release(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a release."""
    return build_once(tmp_path_factory, "release", build)


@pytest.fixture(scope="session")
def sbom(release: Path) -> dict[str, Any]:
    """The SBOM of the release."""
    content: dict[str, Any] = json.loads((release / f"{NAME}.cdx.json").read_text())
    return content


def application(release: Path, architecture: str) -> zipfile.ZipFile:
    """Open the packaged application for an architecture."""
    return zipfile.ZipFile(release / f"{NAME}-sam-{architecture}.zip")


def libraries(release: Path, architecture: str) -> set[tuple[str, str]]:
    """Return the name and version of every dist-info folder in the layer."""
    with application(release, architecture) as archive:
        parts = {part for name in archive.namelist() for part in name.split("/")}
    folders = [part.removesuffix(".dist-info") for part in parts if part.endswith(".dist-info")]
    return {(name.replace("_", "-"), version) for name, version in (f.split("-") for f in folders)}


def test_release_has_every_file(release: Path) -> None:
    """Wheels, applications, SBOM and sums, and nothing else."""
    wheels = ("rudder_mixpanel", "rudder_mixpanel_cli", "mixpanel_emulator")
    assert {file.name for file in release.iterdir()} == {
        *(f"{name}-{__version__}-py3-none-any.whl" for name in wheels),
        *(f"{NAME}-sam-{architecture}.zip" for architecture in ARCHITECTURES),
        f"{NAME}.cdx.json",
        "SHA256SUMS",
    }


def test_two_releases_are_the_same_bytes(release: Path, tmp_path: Path) -> None:
    """A second build of the commit can be compared with it."""
    again = tmp_path / "again"
    build(again)
    first = {file.name: file.read_bytes() for file in release.iterdir()}
    assert first == {file.name: file.read_bytes() for file in again.iterdir()}


def test_sums_are_those_of_the_files(release: Path) -> None:
    """Each file but SHA256SUMS has a line, in the format of sha256sum."""
    lines = (release / "SHA256SUMS").read_text().splitlines()
    sums = {name: checksum for checksum, name in (line.split("  ") for line in lines)}
    files = [file for file in release.iterdir() if file.name != "SHA256SUMS"]
    assert sums == {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in files}


@each_architecture
def test_sbom_lists_every_library_of_the_layer(
    release: Path, sbom: dict[str, Any], architecture: str
) -> None:
    """No more and no fewer than there are dist-info folders."""
    listed = {(component["name"], component["version"]) for component in sbom["components"]}
    assert listed == libraries(release, architecture)


def test_sbom_has_a_purl_and_the_hashes_of_each_library(sbom: dict[str, Any]) -> None:
    """A hash of each wheel that is in a layer; uv.lock pins the same."""
    lock = (ROOT / "uv.lock").read_text()
    for component in sbom["components"]:
        assert component["purl"] == f"pkg:pypi/{component['name']}@{component['version']}"
        assert len(component["hashes"]) in {1, len(ARCHITECTURES)}
        assert all(f"sha256:{entry['content']}" in lock for entry in component["hashes"])


def test_sbom_needs_the_hash_of_each_library() -> None:
    """A library whose wheel is not in the lock file is an error."""
    files = [{"url": "https://files.example.com/isal-1-cp313-cp313-win32.whl", "hashes": []}]
    component = {"name": "isal", "externalReferences": files}
    with pytest.raises(IncompleteSbom, match="isal"):
        keep_installed(component, [tags_in_name("isal-1-cp313-cp313-manylinux2014_x86_64.whl")])


@each_architecture
def test_template_of_the_application_names_its_folders(
    release: Path, architecture: str, tmp_path: Path
) -> None:
    """Every CodeUri and ContentUri is in the zip, and the architecture is the layer's."""
    with application(release, architecture) as archive:
        archive.extractall(tmp_path)
    template = load(str(tmp_path / "template.yaml"))
    properties = [resource["Properties"] for resource in template["Resources"].values()]
    folders = {item.get("CodeUri") or item.get("ContentUri") for item in properties} - {None}
    assert all((tmp_path / folder).is_dir() for folder in folders)
    assert len(folders) == 1 + len(list((ROOT / "functions").iterdir()))
    assert template["Parameters"]["Architecture"]["AllowedValues"] == [architecture]


def test_application_can_be_deployed(release: Path, tmp_path: Path) -> None:
    """`sam deploy --template-file` takes it as it is; nothing is built."""
    with application(release, ARCHITECTURE) as archive:
        archive.extractall(tmp_path / "application")
    with local_aws(tmp_path) as url:
        stack = Stack(url, tmp_path)
        stack.deploy(tmp_path / "application" / "template.yaml", "http://127.0.0.1:1")
        assert stack.outputs["Version"] == __version__


def test_failed_command_is_an_error_with_its_output() -> None:
    """The release ends there."""
    with pytest.raises(ReleaseFailed, match="no such module"):
        run([sys.executable, "-c", "raise SystemExit('no such module')"])
