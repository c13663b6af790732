"""Runs the rehearsal: each fault, what the commands say of it, and how its event ends."""

import json
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from rich.console import Console

from sandbox.deletion import wait_until
from sandbox.operator_command import run_command
from sandbox.progress import step
from sandbox.rehearsal.faults import VISIBILITY, visibility
from sandbox.rehearsal.scenarios import SCENARIOS, Scenario
from sandbox.running import Sandbox, sandbox
from sandbox.stack import Stack

# Seconds until a sentence must be right; an event waits longer from attempt to attempt.
TIMEOUT: Final = 300
INTRODUCTION: Final = """\
This deploys rudder-mixpanel on this machine, breaks it in known ways, and checks what
`rudder-mixpanel where` and `rudder-mixpanel doctor` say about it.
"""


@dataclass(slots=True)
class Rehearsal:
    """A running sandbox, and what was not said as it should be."""

    running: Sandbox
    console: Console
    complaints: list[str] = field(default_factory=list)
    # What `doctor` says already, by the name of its line.
    findings: dict[str, str] = field(default_factory=dict)

    def run(self, scenarios: Iterable[Scenario]) -> None:
        """Run all scenarios, and then see what became of their events."""
        for scenario in scenarios:
            with step(self.console, scenario.name):
                self.run_one(scenario)
        for scenario in scenarios:
            with step(self.console, f"afterwards: {scenario.name}"):
                self.expect_where(scenario, scenario.afterwards)

    def run_one(self, scenario: Scenario) -> None:
        """Break, send, ask, and repair."""
        with scenario.fault(self.running):
            self.running.stack.send(json.dumps(scenario.message))
            self.expect_where(scenario, scenario.where)
            self.expect_doctor(scenario)

    def expect_where(self, scenario: Scenario, expected: str) -> None:
        """Ask `where` until it says what is expected, and complain if it never does."""
        said: list[str] = []

        def is_said() -> bool:
            answer = run_command(self.running.stack, "where", scenario.message_id)
            said[:] = [answer.stdout or answer.stderr]
            return expected in said[0]

        if not wait_until(is_said, TIMEOUT):
            self.complaints.append(f"{scenario.name}: where says {said[0]!r}, not {expected!r}")
        self.console.print(f"  where   {said[0].strip()}", markup=False, highlight=False)

    def expect_doctor(self, scenario: Scenario) -> None:
        """Ask `doctor`, and complain unless just the lines of this fault are not fine."""
        findings = wrong_findings(self.running.stack)
        changed = dict(findings.items() - self.findings.items())
        if "kept events" not in scenario.doctor:
            # What an earlier scenario kept is in the log for a while.
            changed.pop("kept events", None)
        for name, text in changed.items():
            self.console.print(f"  doctor  {name}: {text}", markup=False, highlight=False)
        if changed.keys() != scenario.doctor.keys() or not all(
            words in changed[name] for name, words in scenario.doctor.items()
        ):
            self.complaints.append(f"{scenario.name}: doctor says {changed}")
        if scenario.lasts:
            self.findings = findings


def wrong_findings(stack: Stack) -> dict[str, str]:
    """What `doctor` says about each thing that is not fine, by its name."""
    findings = json.loads(run_command(stack, "doctor", "--json").stdout)
    return {
        finding["name"]: f"{finding['text']} {finding['advice']}"
        for finding in findings
        if finding["level"] in {"warning", "failure"}
    }


def rehearse(console: Console) -> int:
    """Run every scenario; return 0 if all sentences were right, else 1."""
    start = time.monotonic()
    console.print(INTRODUCTION, highlight=False)
    with sandbox(console) as running:
        rehearsal = Rehearsal(running, console, findings=wrong_findings(running.stack))
        # A restart of the function may kill it, too.
        with visibility(running.stack, VISIBILITY):
            rehearsal.run(SCENARIOS)
    for complaint in rehearsal.complaints:
        console.print(f"✗ {complaint}", style="red", markup=False, highlight=False)
    mark = "✗" if rehearsal.complaints else "✓"
    seconds = time.monotonic() - start
    console.print(f"{mark} {len(SCENARIOS)} scenarios, {seconds:.0f} s", highlight=False)
    return 1 if rehearsal.complaints else 0
