"""The built function with the time of a test: the one place where it reads the clock is replaced.

What measures an invocation, its time left and its time limits, goes on by the clock of the machine.
"""

import shutil
from pathlib import Path
from typing import Final

from tests.fakes.clock import Clock

# Stands beside the handler's module, which reads the clock in `now`.
AROUND: Final = """
from datetime import datetime
from pathlib import Path

import app

assert app.now().tzinfo
app.now = lambda: datetime.fromisoformat(Path(__file__).with_name("now").read_text())
handler = app.handler
"""


# The function that deletes users rests between two requests, for which nobody has to wait.
RESTING: Final = """
import os
from datetime import timedelta
from rudder_mixpanel.deletion import bootstrap


def rest(seconds):
    clock = Path(__file__).with_name("now").resolve()
    new = clock.with_suffix(f".{os.getpid()}")
    new.write_text((app.now() + timedelta(seconds=seconds)).isoformat())
    new.replace(clock)


bootstrap.sleep = rest
"""


class Moved:
    """A copy of a function's folder, in which it is whatever time the clock says."""

    handler: Final = "moved.handler"

    def __init__(
        self, function: Path, folder: Path, clock: Clock, *, resting: bool = False
    ) -> None:
        self.folder = folder / "function"
        self.clock = clock
        shutil.copytree(function, self.folder)
        (self.folder / "moved.py").write_text(AROUND + (RESTING if resting else ""))

    def tell(self) -> None:
        """Let the function know the time it is now."""
        self.clock.show_in(self.folder / "now")
