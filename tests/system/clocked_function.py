"""A built function whose clock is that of a test.

Only the one place where the function reads the time of day is replaced. What measures an
invocation, its remaining time and its time limits, still uses the clock of the machine.
"""

import shutil
from pathlib import Path
from typing import Final

from tests.fakes.clock import Clock

# The module beside the handler's, which reads the clock in `now`.
WRAPPER: Final = """
from datetime import datetime
from pathlib import Path

import app

assert app.now().tzinfo
app.now = lambda: datetime.fromisoformat(Path(__file__).with_name("now").read_text())
handler = app.handler
"""


# The function that deletes users pauses between two requests: that advances the clock instead.
SLEEP_WRAPPER: Final = """
import os
from datetime import timedelta
from rudder_mixpanel.deletion import bootstrap


def advance(seconds):
    clock = Path(__file__).with_name("now").resolve()
    new = clock.with_suffix(f".{os.getpid()}")
    new.write_text((app.now() + timedelta(seconds=seconds)).isoformat())
    new.replace(clock)


bootstrap.sleep = advance
"""


class ClockedFunction:
    """A copy of a function's folder in which the time is what the clock says."""

    handler: Final = "clocked.handler"

    def __init__(
        self,
        function: Path,
        folder: Path,
        clock: Clock,
        *,
        advances_clock: bool = False,
        addition: str = "",
    ) -> None:
        self.folder = folder / "function"
        self.clock = clock
        shutil.copytree(function, self.folder)
        wrapper = WRAPPER + (SLEEP_WRAPPER if advances_clock else "") + addition
        (self.folder / "clocked.py").write_text(wrapper)

    def show_time(self) -> None:
        """Write the time for the function to read."""
        self.clock.show_in(self.folder / "now")
