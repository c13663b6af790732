"""A plugin of pytest: after all tests of tests/functions, every permission must have been used.

With pytest-xdist, each worker reports what it used, and the controller judges.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pytest

from tests.permissions.enforcement import ENFORCEMENT
from tests.permissions.policy import Permission
from tests.permissions.roles import granted, needed_by_lambda

FUNCTIONS: Final = Path(__file__).parents[1] / "functions"
REPORT: Final = "permissions"


class PermissionUsage:
    """What all tests together have used, and whether all of them ran."""

    def __init__(self, config: pytest.Config) -> None:
        self.config = config
        # Each with a test that used it.
        self.used: dict[Permission, str] = {}
        self.files: set[str] = set()
        self.is_partial = any("::" in argument for argument in config.args)
        self.unused: list[Permission] | None = None

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """A run of some tests says nothing about the others."""
        self.is_partial = self.is_partial or bool(items)

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note which files were collected."""
        self.files |= {item.path.name for item in session.items if item.path.parent == FUNCTIONS}

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        """Take a worker's report; a worker that died has none."""
        report = getattr(node, "workeroutput", {}).get(REPORT)
        if error or report is None:
            self.is_partial = True
        else:
            self.used |= {Permission(*fields): test for *fields, test in report["used"]}
            self.files |= set(report["files"])
            self.is_partial = self.is_partial or report["is_partial"]

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        """Judge, or report to the process that does."""
        self.used |= ENFORCEMENT.used
        if hasattr(self.config, "workeroutput"):
            self.config.workeroutput[REPORT] = {
                "used": [[*permission, test] for permission, test in self.used.items()],
                "files": sorted(self.files),
                "is_partial": self.is_partial,
            }
        elif exitstatus == pytest.ExitCode.OK and self.is_complete():
            self.unused = unused(set(self.used))
            if self.unused:
                session.exitstatus = pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Name what no test has used, or say that there is nothing."""
        if self.unused == []:
            terminalreporter.line(f"all {len(granted())} permissions of the functions are used")
        if self.unused:
            terminalreporter.section("permissions that no test has used", red=True)
            for role, sid, action, resource in self.unused:
                terminalreporter.line(f"{role}, {sid}: {action} on {resource}")

    def is_complete(self) -> bool:
        """Whether every test of every function ran."""
        return (
            not self.is_partial
            and {path.name for path in FUNCTIONS.glob("test_*.py")} <= self.files
        )


def unused(used: set[Permission]) -> list[Permission]:
    """The permissions that neither a handler has used, nor Lambda itself needs."""
    reasons = needed_by_lambda()
    return sorted(
        permission
        for permission in granted() - used
        if (permission.role, permission.action, permission.resource) not in reasons
    )
