"""What `sam build` makes, built once for all tests and all their processes."""

import fcntl
import os
import platform
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from cfnlint.decode.cfn_yaml import load  # type: ignore[import-untyped]  # brings no types

ROOT = Path(__file__).parents[2]
LAYER_SOURCE = ROOT / "layers" / "rudder_mixpanel"
HOST = {"aarch64": "arm64", "arm64": "arm64", "x86_64": "x86_64"}[platform.machine()]


@dataclass(frozen=True, slots=True)
class Built:
    """The folder that `sam build` wrote."""

    folder: Path

    @property
    def layer(self) -> Path:
        """The folder that Lambda unpacks into /opt."""
        return self.folder / "RudderMixpanelLayer"

    def functions(self) -> dict[str, tuple[Path, str]]:
        """The folder and the handler of every function in the built template."""
        resources: dict[str, Any] = load(str(self.folder / "template.yaml"))["Resources"]
        return {
            name: (
                (self.folder / resource["Properties"]["CodeUri"]).resolve(),
                resource["Properties"]["Handler"],
            )
            for name, resource in resources.items()
            if resource["Type"] == "AWS::Serverless::Function"
        }


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The project, built for this machine as by `make build`."""
    folder = build_once(tmp_path_factory, "built", sam_build)
    return Built(folder)


@pytest.fixture(scope="session")
def arm64_layer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The layer, built for the default architecture."""
    return build_once(tmp_path_factory, "arm64-layer", build_arm64_layer)


@pytest.fixture(scope="session")
def arm64_layer_again(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same layer, built again in another folder."""
    return build_once(tmp_path_factory, "arm64-layer-again", build_arm64_layer)


def sam_build(folder: Path) -> None:
    """Run `sam build` for the processor of this machine."""
    sam = ROOT / ".venv" / "bin" / "sam"
    command = [sam, "build", "--build-dir", folder, "--parameter-overrides", f"Architecture={HOST}"]
    run([str(word) for word in command], ROOT, SAM_CLI_TELEMETRY="0")


def build_arm64_layer(folder: Path) -> None:
    """Run the layer's Makefile as SAM runs it, for another processor."""
    make = shutil.which("make") or "make"
    target = ["--makefile", str(LAYER_SOURCE / "Makefile"), "build-RudderMixpanelLayer"]
    run([make, *target], LAYER_SOURCE / "platforms" / "arm64", ARTIFACTS_DIR=str(folder))


def run(command: list[str], cwd: Path, **variables: str) -> None:
    """Run a build; its output is shown if it fails."""
    process = subprocess.run(  # noqa: S603  the command is ours
        command,
        cwd=cwd,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert process.returncode == 0, process.stdout


def build_once(factory: pytest.TempPathFactory, name: str, build: Callable[[Path], None]) -> Path:
    """A folder that the first process builds while all others wait."""
    shared = factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        shared = shared.parent
    folder, done = shared / name, shared / f"{name}-done"
    with (shared / f"{name}-lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            build(folder)
            done.touch()
    return folder
