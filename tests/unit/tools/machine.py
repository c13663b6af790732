"""A made-up machine: a folder of the project, and a PATH with made-up programs."""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
# What the scripts call besides Python and uv.
SYSTEM = ("sh", "cat", "sed", "awk", "du", "df", "ln", "mkdir")
PYTHON = """#!/bin/sh
case "$*" in
*version_info*) echo {version} ;;
*executable*) echo "$0" ;;
*ensurepip*) exit {venv} ;;
"-m venv"*) mkdir -p .venv/bin && ln -s "$0" .venv/bin/python ;;
"-m pip"*) echo "pip $*" >>calls && ln -s {uv} .venv/bin/uv ;;
esac
"""
UV = """#!/bin/sh
case $1 in
export) exit {export} ;;
sync) echo "$0 $*" >>calls && mkdir -p .venv/bin ;;
esac
"""


@dataclass(frozen=True, slots=True)
class Machine:
    """A folder with the project's scripts, and the programs that they find."""

    folder: Path

    @classmethod
    def create(cls, folder: Path) -> "Machine":
        """Create a machine that has neither Python nor uv."""
        machine = cls(folder)
        shutil.copytree(ROOT / "tools", folder / "tools")
        (folder / ".python-version").write_text("3.13\n")
        (folder / "pyproject.toml").write_text('  "uv==1.2.3",\n')
        machine.path.mkdir()
        for name in SYSTEM:
            (machine.path / name).symlink_to(shutil.which(name) or name)
        return machine

    @property
    def path(self) -> Path:
        """The only folder of PATH."""
        return self.folder / "bin"

    def add_python(self, version: str, *, venv: bool = True) -> None:
        """Add a `python3` of a version, with or without the venv module."""
        downloaded = self.add("downloaded-uv", UV.format(export=0))
        self.add("python3", PYTHON.format(version=version, venv=int(not venv), uv=downloaded))

    def add_uv(self, *, reads_lock: bool = True) -> None:
        """Add a uv that can or cannot read uv.lock."""
        self.add("uv", UV.format(export=int(not reads_lock)))

    def add(self, name: str, script: str) -> Path:
        """Add a program to PATH."""
        program = self.path / name
        program.write_text(script)
        program.chmod(0o755)
        return program

    def run(self, script: str, *arguments: str, **variables: str) -> tuple[int, list[str]]:
        """Run one of the project's scripts; return its exit status and the lines of its errors."""
        done = subprocess.run(  # noqa: S603 - our own
            [shutil.which("sh") or "sh", f"tools/{script}", *arguments],
            cwd=self.folder,
            env={"PATH": str(self.path), "HOME": os.devnull, **variables},
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
        return done.returncode, done.stderr.splitlines()

    def calls(self) -> list[str]:
        """Return the calls of pip and `uv sync`, in order."""
        log = self.folder / "calls"
        return log.read_text().splitlines() if log.exists() else []
