"""The commands that a deployment runs: sam, and the command that finds what earlier stacks left."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from tools.deployment.guard import Retained
from tools.deployment.plan import Refused

SAM: Final = Path(sys.executable).with_name("sam")
RUDDER_MIXPANEL: Final = Path(sys.executable).with_name("rudder-mixpanel")


def find_retained(
    stack: str, environ: Mapping[str, str], command: Path = RUDDER_MIXPANEL
) -> Retained:
    """Ask the command what earlier stacks of this name have left.

    Raises Refused when that cannot be found out.
    """
    done = run([command, "retained", "--stack", stack, "--json"], environ)
    if done.returncode:
        raise Refused(
            f"There is no stack {stack}, and it is unknown whether an earlier one has left "
            f"suppressions, which a new one would forget:\n  {done.stderr.strip()}\n\n"
            "Allow tag:GetResources, or add FRESH=yes if there is nothing to forget."
        )
    document = json.loads(done.stdout)
    return Retained(
        document["resources"], document["parameters"], document["notes"], document["taken"]
    )


def create_change_set(options: Sequence[str], environ: Mapping[str, str]) -> str | None:
    """Let sam upload what was built and create a change set; return its ARN, None if it is empty.

    Raises Refused when sam fails.
    """
    # What is shown, asked and carried out afterwards is this change set, so sam does not ask.
    own = ("--no-execute-changeset", "--no-confirm-changeset", "--output", "json")
    done = run([SAM, "deploy", *options, *own], environ)
    if done.returncode:
        raise Refused(f"sam deploy failed:\n{(done.stderr or done.stdout).strip()[-4000:]}")
    lines = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
    arns: list[str] = [line["changeset_id"] for line in lines if "changeset_id" in line]
    return arns[0] if arns else None


def run(
    command: Sequence[str | Path], environ: Mapping[str, str]
) -> "subprocess.CompletedProcess[str]":
    """Run a command that asks nothing, and return what it printed."""
    return subprocess.run(  # noqa: S603 - our own commands
        list(map(str, command)),
        env=dict(environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
