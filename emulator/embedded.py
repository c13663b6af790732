"""The emulator inside another program, for the length of a `with`."""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any, Self

import httpx

from emulator.app import create_app
from emulator.clock import wall_clock
from emulator.faults import parse_script
from emulator.project import Project
from emulator.server import Server, address, listener
from emulator.store import LIMIT


class Emulator:
    """A Mixpanel of your own, at `url` as long as the `with` lasts."""

    def __init__(
        self,
        *others: Project,
        project: Project | None = None,
        now: Callable[[], datetime] = wall_clock,
        limit: int = LIMIT,
        script: Iterable[Mapping[str, Any]] = (),
    ) -> None:
        self.projects = (project or Project(), *others)
        self.project = self.projects[0]
        self.now = now
        self.limit = limit
        self.script = parse_script([dict(fault) for fault in script])

    def __enter__(self) -> Self:
        """Listen on a free port, and return when requests are taken."""
        ready = threading.Event()
        self._listening: socket.socket = listener("127.0.0.1", 0)
        self.url = address(self._listening)
        # Whatever proxy is set is not for this machine.
        self._http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        app = create_app(self.projects, now=self.now, limit=self.limit, script=self.script)
        self._server = Server(app, ready.set)
        self._thread = threading.Thread(
            target=self._server.run,
            args=([self._listening],),
            name="mixpanel-emulator",
            daemon=True,
        )
        self._thread.start()
        if not ready.wait(timeout=30):
            raise TimeoutError("the emulator did not start")
        return self

    def __exit__(self, *_exception: object) -> None:
        """Stop listening, and return when the last answer is out."""
        self._http.close()
        self._server.should_exit = True
        self._thread.join()
        self._listening.close()

    def events(self, *, view: str = "raw") -> list[dict[str, Any]]:
        """The events as stored, or with `view="query"` as a query sees them."""
        return self._held("events", view)

    def profiles(self) -> list[dict[str, Any]]:
        """The users' profiles."""
        return self._held("profiles")

    def groups(self) -> list[dict[str, Any]]:
        """The groups' profiles."""
        return self._held("groups")

    def violations(self) -> list[dict[str, Any]]:
        """What was lost or is not known to work."""
        return self._held("violations")

    def requests(self) -> list[dict[str, Any]]:
        """What arrived and how it was answered."""
        return self._held("requests")

    def fault(self, fault: str, **aim: Any) -> int:
        """Plan a fault, and return its id; docs/emulator.md has their names and aims."""
        answer = self._http.post("/_emulator/faults", json={"fault": fault, **aim})
        if answer.is_client_error:
            raise ValueError(answer.json()["error"])
        [planned] = answer.raise_for_status().json()
        identifier: int = planned["id"]
        return identifier

    def faults(self) -> list[dict[str, Any]]:
        """The faults planned, and how often each was met and struck."""
        return self._held("faults")

    def clear_faults(self, identifier: int | None = None) -> None:
        """Let this fault strike no more, or none of them."""
        path = "/_emulator/faults" + ("" if identifier is None else f"/{identifier}")
        self._http.delete(path).raise_for_status()

    def reset(self) -> None:
        """Forget everything, and begin the script of faults anew."""
        self._http.delete("/_emulator").raise_for_status()

    def _held(self, name: str, view: str = "raw") -> list[dict[str, Any]]:
        answer = self._http.get(f"/_emulator/{name}", params={"view": view}).raise_for_status()
        held: list[dict[str, Any]] = answer.json()
        return held
