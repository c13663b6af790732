"""The emulator in Mixpanel's place."""

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from os import environ
from pathlib import Path
from typing import Any

import httpx

from sandbox.processes import Program

COMMAND = Path(sys.executable).with_name("mixpanel-emulator")


class Emulator:
    """A running emulator, asked over HTTP like the real one."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False)

    def holds(self, what: str, **query: str) -> list[dict[str, Any]]:
        """What it holds: events, profiles, groups or violations."""
        found: list[dict[str, Any]] = self.http.get(f"/_emulator/{what}", params=query).json()
        return found


@contextmanager
def mixpanel_emulator(folder: Path) -> Iterator[Emulator]:
    """An emulator on a free port, for as long as the block lasts."""
    # The samples were recorded once, and age: a project that forgets would refuse them some day.
    command = [str(COMMAND), "--port", "0", "--retention-days", "0"]
    with Program(command, environ=environ, folder=folder, name="mixpanel") as program:
        program.wait_until(lambda: "http://" in program.last_words())
        found = re.search(r"http://\S+", program.last_words())
        yield Emulator(found[0] if found else "")
