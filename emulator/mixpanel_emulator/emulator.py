"""The emulator inside another program, for the length of a `with`."""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from mixpanel_emulator.faults.plan import parse_script
from mixpanel_emulator.state.clock import wall_clock
from mixpanel_emulator.state.journal import Journal
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import LIMIT
from mixpanel_emulator.web.app import create_app
from mixpanel_emulator.web.server import Server, address, listener


class Emulator:
    """A Mixpanel of your own, at `url` as long as the `with` lasts."""

    def __init__(
        self,
        *others: Project,
        project: Project | None = None,
        now: Callable[[], datetime] = wall_clock,
        limit: int = LIMIT,
        script: Iterable[Mapping[str, Any]] = (),
        journal: Path | None = None,
    ) -> None:
        self.projects = (project or Project(), *others)
        self.project = self.projects[0]
        self.now = now
        self.limit = limit
        self.journal = journal
        self.script = parse_script([dict(fault) for fault in script])

    def __enter__(self) -> Self:
        """Listen on a free port, and return when requests are taken."""
        ready = threading.Event()
        self._listening: socket.socket = listener("127.0.0.1", 0)
        self.url = address(self._listening)
        # Whatever proxy is set is not for this machine.
        self._http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._journals = [Journal(self.journal)] if self.journal else []
        app = create_app(
            self.projects,
            now=self.now,
            limit=self.limit,
            script=self.script,
            listeners=self._journals,
        )
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
        for journal in self._journals:
            journal.close()
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

    def updates(self) -> list[dict[str, Any]]:
        """The updates of profiles, each with its operation and when it came."""
        return self._held("updates")

    def profile(self, distinct_id: str) -> dict[str, Any]:
        """A user's profile and the updates that made it; KeyError when there never was one."""
        answer = self._http.get(f"/_emulator/profiles/{quote(distinct_id, safe='')}")
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise KeyError(distinct_id)
        shown: dict[str, Any] = answer.raise_for_status().json()
        return shown

    def identities(self) -> list[dict[str, Any]]:
        """The people who are known by several identifiers."""
        return self._held("identities")

    def deletions(self) -> list[dict[str, Any]]:
        """The deletion tasks, and what they have been through."""
        return self._held("deletions")

    def counts(self) -> list[dict[str, Any]]:
        """Requests, records and bytes, by minute, project and endpoint."""
        return self._held("counts")

    def advance(self, seconds: float) -> None:
        """Let so much time pass at once."""
        self._post("clock", {"advance_seconds": seconds})

    def set_clock(self, now: datetime) -> None:
        """Go on from this moment."""
        self._post("clock", {"now": now.isoformat()})

    def set_deletion(self, tracking_id: str, status: str) -> None:
        """Give a deletion task this status, whatever the time."""
        self._post(f"deletions/{tracking_id}", {"status": status})

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

    def _post(self, name: str, body: dict[str, Any]) -> None:
        self._http.post(f"/_emulator/{name}", json=body).raise_for_status()

    def _held(self, name: str, view: str = "raw") -> list[dict[str, Any]]:
        answer = self._http.get(f"/_emulator/{name}", params={"view": view}).raise_for_status()
        held: list[dict[str, Any]] = answer.json()
        return held
