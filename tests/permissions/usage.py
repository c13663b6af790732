"""A plugin of pytest: after all tests of a folder, every permission must have been used.

With pytest-xdist, each worker reports what it used, and the controller judges.
"""

from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest

from tests.permissions.enforcement import ENFORCEMENT
from tests.permissions.operator import OPERATOR, declared
from tests.permissions.policy import Permission
from tests.permissions.roles import granted, needed_by_lambda

TESTS: Final = Path(__file__).parents[1]
type Fields = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Subject:
    """Permissions of somebody, and the tests that use them."""

    name: str
    folder: Path
    all: Callable[[], Iterable[Fields]]
    used: Callable[[], Iterable[Fields]]
    unused: Callable[[set[Fields]], list[Fields]]


class PermissionUsage:
    """What all tests of a subject together have used, and whether all of them ran."""

    def __init__(self, config: pytest.Config, subject: Subject) -> None:
        self.config = config
        self.subject = subject
        self.used: set[Fields] = set()
        self.files: set[str] = set()
        self.is_partial = any("::" in argument for argument in config.args)
        self.unused: list[Fields] | None = None

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """A run of some tests says nothing about the others."""
        self.is_partial = self.is_partial or bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which files were collected."""
        self.files |= {str(item.path) for item in session.items}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take a worker's report; a worker that died has none."""
        report = getattr(node, "workeroutput", {}).get(self.subject.name)
        if error or report is None:
            self.is_partial = True
        else:
            self.used |= {tuple(fields) for fields in report["used"]}
            self.files |= set(report["files"])
            self.is_partial = self.is_partial or report["is_partial"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge, or report to the process that does."""
        self.used |= {*self.subject.used()}
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[self.subject.name] = {
                "used": sorted(map(list, self.used)),
                "files": sorted(self.files),
                "is_partial": self.is_partial,
            }
        elif exitstatus == pytest.ExitCode.OK and self.is_complete():
            self.unused = self.subject.unused(self.used)
            if self.unused:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what no test has used, or say that there is nothing."""
        if self.unused:
            title = f"permissions of {self.subject.name} that no test has used"
            terminalreporter.section(title, red=True)
            for fields in self.unused:
                terminalreporter.line(", ".join(fields))
        elif self.unused is not None:
            number = len({*self.subject.all()})
            terminalreporter.line(f"all {number} permissions of {self.subject.name} are used")

    def is_complete(self) -> bool:
        """Whether every test of the folder ran."""
        files = {str(path) for path in self.subject.folder.rglob("test_*.py")}
        return not self.is_partial and files <= self.files


def unused(used: AbstractSet[Fields]) -> list[Fields]:
    """The permissions that neither a handler has used, nor Lambda itself needs."""
    reasons = needed_by_lambda()
    return sorted(
        permission
        for permission in granted() - {Permission(*fields) for fields in used}
        if (permission.role, permission.action, permission.resource) not in reasons
    )


def unused_by_commands(used: AbstractSet[Fields]) -> list[Fields]:
    """The declared permissions of commands that no command has used."""
    return sorted(declared() - used)


FUNCTIONS: Final = Subject(
    "functions", TESTS / "functions", granted, lambda: ENFORCEMENT.used, unused
)
COMMANDS: Final = Subject(
    "commands", TESTS / "unit" / "cli", declared, lambda: OPERATOR.used, unused_by_commands
)
