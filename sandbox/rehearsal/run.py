"""Runs the rehearsal: each fault, what the commands say of it, and how its event ends."""

import json
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from rich.console import Console

from sandbox.aws import ROOT, tool_environment
from sandbox.deletion import wait_until
from sandbox.progress import step
from sandbox.rehearsal.scenarios import SCENARIOS, Scenario
from sandbox.running import Sandbox, sandbox
from sandbox.stack import NAME

COMMAND: Final = Path(sys.executable).with_name("rudder-mixpanel")
# Seconds: a record that a killed process had taken returns to the queue.
VISIBILITY_TIMEOUT: Final = 20
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
            answer = self.ask("where", scenario.message_id)
            said[:] = [answer.stdout or answer.stderr]
            return expected in said[0]

        if not wait_until(is_said):
            self.complaints.append(f"{scenario.name}: where says {said[0]!r}, not {expected!r}")
        self.console.print(f"  where   {said[0].strip()}", markup=False, highlight=False)

    def expect_doctor(self, scenario: Scenario) -> None:
        """Ask `doctor` once, and complain unless just the line of this fault is not fine."""
        findings = json.loads(self.ask("doctor", "--json").stdout)
        wrong = [finding for finding in findings if finding["level"] in {"warning", "failure"}]
        for finding in wrong:
            text = f"  doctor  {finding['name']}: {finding['text']} {finding['advice']}"
            self.console.print(text, markup=False, highlight=False)
        if scenario.doctor not in {*(finding["name"] for finding in wrong), ""}:
            self.complaints.append(f"{scenario.name}: doctor does not see it")

    def ask(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """Run the command against the sandbox."""
        environ = tool_environment(self.running.stack.aws_url, self.running.stack.folder)
        return subprocess.run(  # noqa: S603 - our own command
            [str(COMMAND), *arguments],
            env=environ | {"RUDDER_MIXPANEL_STACK": NAME, "COLUMNS": "200"},
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )


def rehearse(console: Console) -> int:
    """Run every scenario; return 0 if all sentences were right, else 1."""
    start = time.monotonic()
    console.print(INTRODUCTION, highlight=False)
    with sandbox(console) as running:
        shorten_visibility(running)
        rehearsal = Rehearsal(running, console)
        rehearsal.run(SCENARIOS)
    for complaint in rehearsal.complaints:
        console.print(f"✗ {complaint}", style="red", markup=False, highlight=False)
    mark = "✗" if rehearsal.complaints else "✓"
    seconds = time.monotonic() - start
    console.print(f"{mark} {len(SCENARIOS)} scenarios, {seconds:.0f} s", highlight=False)
    return 1 if rehearsal.complaints else 0


def shorten_visibility(running: Sandbox) -> None:
    """Let records of a killed function return to the queue in seconds instead of minutes."""
    running.stack.sqs.set_queue_attributes(
        QueueUrl=running.stack.outputs["EventsQueueUrl"],
        Attributes={"VisibilityTimeout": str(VISIBILITY_TIMEOUT)},
    )
