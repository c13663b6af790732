"""The layer that `sam build` made."""

import hashlib
import os
import shutil
import struct
import subprocess
import sys
from collections.abc import Callable
from importlib.util import MAGIC_NUMBER
from pathlib import Path

import pytest

from tests.package.conftest import LAYER_SOURCE, ROOT, Built

UNCHECKED_HASH = 0b01  # PEP 552: by hash, and never compared with the source
AARCH64 = 183  # e_machine in an ELF header


def requirements(text: str) -> list[str]:
    """The lines of a requirements file, without comments."""
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_requirements_are_those_of_the_lock_file() -> None:
    """The layer has the versions in uv.lock; requirements.txt says how to update it."""
    uv = ROOT / ".venv" / "bin" / "uv"
    options = [
        *("--offline", "--frozen", "--no-dev", "--no-annotate"),
        *("--package", "rudder-mixpanel", "--no-emit-workspace"),
    ]
    exported = subprocess.run(  # noqa: S603  the command is ours
        [str(uv), "export", "--quiet", *options],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    pinned = (LAYER_SOURCE / "requirements.txt").read_text()
    assert requirements(pinned) == requirements(exported.stdout)


def test_every_file_is_that_of_its_wheel(built: Built) -> None:
    """No file was changed, lost or added between the wheels and the layer."""
    checked = check_record(built.layer / "python")
    assert (checked.returncode, checked.stderr) == (0, "")


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (lambda modules: (modules / "certifi" / "cacert.pem").write_text("mine"), "changed"),
        (lambda modules: (modules / "certifi" / "core.py").unlink(), "missing"),
        (lambda modules: (modules / "certifi" / "more.py").touch(), "unrecorded"),
    ],
    ids=["changed", "missing", "unrecorded"],
)
def test_changed_file_fails_the_build(
    built: Built, tmp_path: Path, change: Callable[[Path], object], problem: str
) -> None:
    """The build names a file that is not as in its wheel."""
    modules = tmp_path / "python"
    shutil.copytree(built.layer / "python", modules)
    change(modules)
    checked = check_record(modules)
    assert (checked.returncode, f"{problem}: certifi/" in checked.stderr) == (1, True)


def check_record(modules: Path) -> subprocess.CompletedProcess[str]:
    """Run the check of the layer's Makefile."""
    return subprocess.run(  # noqa: S603  the command is ours
        [sys.executable, "-I", "-S", str(LAYER_SOURCE / "check_record.py"), str(modules)],
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def test_every_module_is_compiled(built: Built) -> None:
    """Lambda would compile any other module at each cold start."""
    modules = list((built.layer / "python").rglob("*.py"))
    uncompiled = [module for module in modules if not is_compiled(module)]
    assert (uncompiled, len(modules) > 100) == ([], True)


def is_compiled(module: Path) -> bool:
    """Whether Python 3.13 finds bytecode of a module that it never compares with the source."""
    compiled = module.parent / "__pycache__" / f"{module.stem}.cpython-313.pyc"
    if not compiled.exists():
        return False
    magic, flags = struct.unpack("<4sI", compiled.read_bytes()[:8])
    return bool(magic == MAGIC_NUMBER and flags == UNCHECKED_HASH)


def test_bytecode_has_paths_in_lambda(built: Built) -> None:
    """It names /opt/python, and no path of the machine that built it."""
    compiled = (built.layer / "python").rglob("*.pyc")
    with_local_paths = [file for file in compiled if os.fsencode(built.folder) in file.read_bytes()]
    module = built.layer / "python" / "rudder_mixpanel" / "__pycache__" / "__init__.cpython-313.pyc"
    expected = b"/opt/python/rudder_mixpanel/__init__.py"
    assert (with_local_paths, expected in module.read_bytes()) == ([], True)


def test_layer_does_not_contain_boto3(built: Built) -> None:
    """Lambda's runtime has it; a second one would cost size and cold start."""
    names = {entry.name for entry in (built.layer / "python").iterdir()}
    assert names & {"boto3", "botocore", "s3transfer", "urllib3", "bin", ".lock"} == set()


def test_layer_contains_the_whole_package(built: Built) -> None:
    """Every module of the package, and nothing else from its folder."""
    source = LAYER_SOURCE / "rudder_mixpanel"
    layer = built.layer / "python" / "rudder_mixpanel"
    assert modules_in(layer) == modules_in(source)


def modules_in(package: Path) -> dict[str, bytes]:
    """The modules of a package, with their content."""
    return {str(file.relative_to(package)): file.read_bytes() for file in package.rglob("*.py")}


def test_two_builds_are_equal(arm64_layer: Path, arm64_layer_again: Path) -> None:
    """The same sources make the same layer, byte for byte."""
    assert digests(arm64_layer) == digests(arm64_layer_again)


def digests(folder: Path) -> dict[str, str]:
    """Every file in a folder, and a hash of it."""
    return {
        str(file.relative_to(folder)): hashlib.sha256(file.read_bytes()).hexdigest()
        for file in folder.rglob("*")
        if file.is_file()
    }


def test_arm64_layer_holds_libraries_for_arm64(arm64_layer: Path) -> None:
    """Every compiled library is for the processor that the functions run on."""
    machines = {
        library.name: int.from_bytes(library.read_bytes()[18:20], "little")
        for library in arm64_layer.rglob("*.so")
    }
    assert (set(machines.values()), len(machines) >= 2) == ({AARCH64}, True)
