"""tools/prerequisites.sh: what is missing is named before anything is downloaded."""

from pathlib import Path

import pytest

from tests.unit.tools.machine import Machine

NO_DOWNLOADS = {"UV_OFFLINE": "1", "PIP_NO_INDEX": "1"}
TOO_LARGE = str(10**9)


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    """A machine without Python and uv."""
    return Machine.create(tmp_path)


def missing(machine: Machine, size: str = "1", **variables: str) -> list[str]:
    """Return the lines that name what is missing; the exit status says the same."""
    status, lines = machine.run("prerequisites.sh", size, **variables)
    assert status == (1 if lines else 0)
    assert machine.calls() == []
    return lines


def test_python_of_the_project_is_enough(machine: Machine) -> None:
    """Pip downloads uv."""
    machine.add_python("3.13")
    assert missing(machine) == []


def test_older_python_is_enough_with_a_network(machine: Machine) -> None:
    """Pip downloads uv, and uv downloads the project's Python."""
    machine.add_python("3.11")
    assert missing(machine) == []


def test_uv_alone_is_enough_with_a_network(machine: Machine) -> None:
    """It downloads the project's Python."""
    machine.add_uv()
    assert missing(machine) == []


def test_python_and_uv_need_no_network(machine: Machine) -> None:
    """Whether uv's cache holds the libraries is for uv to find out."""
    machine.add_python("3.13", venv=False)
    machine.add_uv()
    assert missing(machine, **NO_DOWNLOADS) == []


def test_older_python_without_a_network_is_one_line(machine: Machine) -> None:
    """It names the version to install."""
    machine.add_python("3.11")
    (line,) = missing(machine, **NO_DOWNLOADS)
    assert line.startswith("Python 3.13 is missing and cannot be downloaded")


def test_nothing_at_all_is_one_line(machine: Machine) -> None:
    """Either Python or uv is enough to install."""
    (line,) = missing(machine)
    assert line.startswith("Python 3.13 is missing: install it")


def test_missing_venv_module_is_one_line(machine: Machine) -> None:
    """Debian and Ubuntu have it in a package of its own."""
    machine.add_python("3.13", venv=False)
    (line,) = missing(machine)
    assert "apt-get install python3.13-venv" in line


def test_missing_uv_without_an_index_is_one_line(machine: Machine) -> None:
    """Pip cannot download it."""
    machine.add_python("3.13")
    (line,) = missing(machine, PIP_NO_INDEX="1")
    assert line.startswith("uv is missing and cannot be downloaded")


def test_uv_that_cannot_read_the_lock_is_no_uv(machine: Machine) -> None:
    """An old uv on PATH is passed over."""
    machine.add_python("3.13")
    machine.add_uv(reads_lock=False)
    (line,) = missing(machine, PIP_NO_INDEX="1")
    assert line.startswith("uv is missing")


def test_missing_disk_space_is_one_line(machine: Machine) -> None:
    """It names what is needed and what is free."""
    machine.add_python("3.13")
    (line,) = missing(machine, TOO_LARGE)
    assert line.startswith("Disk space is missing: 1000000000 MB are needed")


def test_each_missing_thing_has_a_line(machine: Machine) -> None:
    """One run names everything."""
    assert len(missing(machine, TOO_LARGE)) == 2
