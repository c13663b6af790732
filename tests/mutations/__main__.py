"""`make mutations`: apply each fault to a copy of the package, and say which test notices it."""

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from tests.mutations.fault import ANY, PROJECT, Fault, copy_package
from tests.mutations.faults import FAULTS

SIDE_BY_SIDE: Final = 2
# Seconds for the tests, and for the scenarios, of one fault. A fault can make them endless.
LONGEST: Final = 180
FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
# pytest's status when a test has failed: https://docs.pytest.org, "Exit codes"
TEST_FAILED: Final = 1


class Trial(NamedTuple):
    """What noticed a fault; empty for nothing, None where nothing was asked."""

    name: str
    test: str
    scenario: str | None

    @property
    def is_noticed(self) -> bool:
        """Whether everything noticed that must."""
        return bool(self.test) and self.scenario != ""


def main(only: str) -> int:
    """Try the faults whose name contains a text; return 1 if one of them is not noticed."""
    faults = [fault for fault in FAULTS if only in fault.name]
    tests = sorted({test for fault in faults for test in fault.tests})
    with_scenarios = any(fault.broken for fault in faults)
    if found := failures_without_fault(tests, scenarios=with_scenarios):
        sys.stdout.write(f"without any fault: {found}\n")
        return 1
    with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
        trials = list(threads.map(try_fault, faults))
    unnoticed = [trial.name for trial in trials if not trial.is_noticed]
    sys.stdout.write(f"{len(faults)} faults; not noticed: {len(unnoticed)} {unnoticed or ''}\n")
    return 1 if unnoticed or not faults else 0


def failures_without_fault(tests: Sequence[str], *, scenarios: bool) -> str:
    """What fails in the copy although nothing was changed; empty for nothing."""
    with TemporaryDirectory(prefix="no-fault-") as name:
        copy_package(Path(name), None)
        return run_tests(name, tests) or (run_scenarios(name, ANY) if scenarios else "")


def try_fault(fault: Fault) -> Trial:
    """Apply a fault to a copy of the package, and print what notices it."""
    with TemporaryDirectory(prefix="fault-") as name:
        copy_package(Path(name), fault)
        test = run_tests(name, fault.tests)
        scenario = run_scenarios(name, fault.broken) if fault.broken else None
    trial = Trial(fault.name, test, scenario)
    lines = [f"{'noticed' if trial.is_noticed else 'NOT NOTICED'}: {trial.name}"]
    lines += [f"  {what}" for what in (trial.test, trial.scenario) if what]
    sys.stdout.write("\n".join(lines) + "\n")
    sys.stdout.flush()
    return trial


def run_tests(folder: str, tests: Sequence[str]) -> str:
    """The first test that fails with the package of a folder; empty if none does.

    Raises RuntimeError when the tests could not run.
    """
    options = ("-x", "-q", "--tb=no", "-rfE", "-p", "no:randomly", "-p", "no:cacheprovider")
    plugin = ("-p", "tests.mutations.copied_package", "-o", f"pythonpath={folder}")
    status, output = run(folder, "pytest", *options, *plugin, *tests)
    if status is None:
        return f"a test that does not end within {LONGEST} s"
    if status > TEST_FAILED:
        raise RuntimeError(f"pytest ended with {status}:\n{output[-2000:]}")
    failed = FAILED.search(output)
    return failed[1] if failed and status else ""


def run_scenarios(folder: str, broken: str) -> str:
    """The first scenario in which this is broken with the package of a folder; empty for none."""
    status, output = run(folder, "tests.mutations.scenarios", broken)
    if status is None:
        return f"a scenario that does not end within {LONGEST} s"
    return (output.splitlines() or [f"status {status}"])[-1] if status else ""


def run(folder: str, module: str, *arguments: str) -> tuple[int | None, str]:
    """The status and the output of a Python module; no status if it has to be ended."""
    environment = {
        **os.environ,
        "PYTHONPATH": os.pathsep.join((folder, str(PROJECT))),
        "COPY_OF_PACKAGE": folder,
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    command = [sys.executable, "-m", module, *arguments]
    try:
        done = subprocess.run(  # noqa: S603 - the project's own modules
            command,
            cwd=PROJECT,
            env=environment,
            timeout=LONGEST,
            check=False,
            text=True,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else ""))
