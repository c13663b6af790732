"""tools/install.sh: which uv installs what, and how."""

from pathlib import Path

import pytest

from tests.unit.tools.machine import Machine


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine with the project's Python."""
    machine = Machine.create(tmp_path)
    machine.add_python("3.13")
    return machine


def install(machine: Machine, group: str) -> list[str]:
    """Install a group; return the calls of pip and `uv sync`."""
    status, _ = machine.run("install.sh", group)
    assert status == 0
    return machine.calls()


def test_uv_on_path_is_used(machine: Machine) -> None:
    """No second one is downloaded, and .venv/bin has a link to it."""
    machine.add_uv()
    (call,) = install(machine, "dev")
    assert call.startswith(f"{machine.path}/uv sync --frozen --only-group dev --no-install-package")
    assert (machine.folder / ".venv/bin/uv").resolve() == machine.path / "uv"


def test_missing_uv_is_installed_by_pip(machine: Machine) -> None:
    """It is the one that pyproject.toml pins."""
    pip, sync = install(machine, "dev")
    assert (pip.split()[-1], sync.split()[:2]) == ("uv==1.2.3", [".venv/bin/uv", "sync"])


def test_uv_that_cannot_read_the_lock_is_not_used(machine: Machine) -> None:
    """The pinned one is installed beside it."""
    machine.add_uv(reads_lock=False)
    _, sync = install(machine, "dev")
    assert sync.startswith(".venv/bin/uv sync")


def test_installed_python_is_used(machine: Machine) -> None:
    """Uv neither looks for one nor downloads one."""
    machine.add_uv()
    (call,) = install(machine, "demo")
    assert call.endswith(f"--python {machine.path}/python3")


def test_demo_removes_nothing(machine: Machine) -> None:
    """`make demo` after `make setup` leaves the development tools where they are."""
    machine.add_uv()
    (call,) = install(machine, "demo")
    assert "--only-group demo --inexact" in call


def test_step_is_one_line_without_a_terminal(machine: Machine) -> None:
    """A log shows what is being installed, and no progress bars."""
    machine.add_uv()
    _, lines = machine.run("install.sh", "ministack")
    assert lines == ["Installing ministack into .venv-ministack"]
    assert "--quiet" in machine.calls()[0]
