"""tools/deployment/commands.py: what a deployment learns from the commands that it runs."""

import json
from pathlib import Path

import pytest

from tools.deployment.commands import find_retained
from tools.deployment.guard import Retained
from tools.deployment.plan import Refused


def command(folder: Path, script: str) -> Path:
    """A made-up `rudder-mixpanel`, a script of the shell."""
    path = folder / "rudder-mixpanel"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_what_is_left_is_read_from_the_command(tmp_path: Path) -> None:
    """Its resources and the parameters that adopt them."""
    parameters = {"AdoptLedger": "l"}
    document = {"resources": [], "parameters": parameters, "notes": ["note"], "taken": []}
    found = json.dumps(document)
    script = f"""test "$*" = "retained --stack mine --json" && echo '{found}'"""
    retained = find_retained("mine", {}, command(tmp_path, script))
    assert retained == Retained([], {"AdoptLedger": "l"}, ["note"], [])


def test_no_stack_is_created_when_nobody_knows_what_is_left(tmp_path: Path) -> None:
    """The message has the command's own, the permission that is needed, and the way around it."""
    script = "echo 'AWS does not allow tag:GetResources.' >&2; exit 1"
    with pytest.raises(Refused) as refused:
        find_retained("mine", {}, command(tmp_path, script))
    lines = str(refused.value).splitlines()
    assert (
        "it is unknown whether an earlier one has left suppressions" in lines[0],
        lines[1:],
    ) == (
        True,
        [
            "  AWS does not allow tag:GetResources.",
            "",
            "Allow tag:GetResources, or add FRESH=yes if there is nothing to forget.",
        ],
    )
