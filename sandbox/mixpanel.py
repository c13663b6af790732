"""The emulator as Mixpanel."""

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
    """A client of a running emulator."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.http = httpx.Client(base_url=url, trust_env=False)

    def items(self, collection: str, **query: str) -> list[dict[str, Any]]:
        """Return what it stores: events, profiles, groups or violations."""
        response = self.http.get(f"/_emulator/{collection}", params=query)
        items: list[dict[str, Any]] = response.json()
        return items


@contextmanager
def mixpanel_emulator(folder: Path) -> Iterator[Emulator]:
    """Run an emulator on a free port for the length of the block."""
    # The recorded samples get older: an emulator with a retention would reject them some day.
    command = [str(COMMAND), "--port", "0", "--retention-days", "0"]
    with Program(command, environ=environ, folder=folder, name="mixpanel") as program:
        program.wait_until(lambda: "http://" in program.last_output())
        url = re.search(r"http://\S+", program.last_output())
        emulator = Emulator(url[0] if url else "")
        with emulator.http:
            yield emulator
