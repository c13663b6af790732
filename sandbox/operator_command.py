"""The command for operators, run against a sandbox as its user would."""

import subprocess
import sys
from pathlib import Path
from typing import Final

from sandbox.aws import ROOT, tool_environment
from sandbox.stack import NAME, Stack

COMMAND: Final = Path(sys.executable).with_name("rudder-mixpanel")
# Characters a line: sentences are not broken.
WIDTH: Final = "200"


def run_command(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run `rudder-mixpanel` with these arguments, about this stack."""
    environ = tool_environment(stack.aws_url, stack.folder)
    return subprocess.run(  # noqa: S603 - our own command
        [str(COMMAND), *arguments],
        env=environ | {"RUDDER_MIXPANEL_STACK": NAME, "COLUMNS": WIDTH},
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
