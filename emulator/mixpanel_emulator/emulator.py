"""The emulator as a context manager, for use in other programs."""

import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, Self
from urllib.parse import quote

import httpx

from mixpanel_emulator.faults.script import parse_script
from mixpanel_emulator.state.clock import wall_clock
from mixpanel_emulator.state.journal import Journal
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import LIMIT
from mixpanel_emulator.web.app import create_app
from mixpanel_emulator.web.server import Server, open_socket, url_of


class Emulator:
    """An emulated Mixpanel that listens on `url` inside a `with` block."""

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
        """Listen on a free port, and return when requests are accepted."""
        ready = threading.Event()
        self._listening: socket.socket = open_socket("127.0.0.1", 0)
        self.url = url_of(self._listening)
        # The proxy of the environment, if any, does not apply to this machine.
        self._http = httpx.Client(base_url=self.url, timeout=60, trust_env=False)
        self._journals = [Journal(self.journal)] if self.journal else []
        self._server = self._create_server(ready)
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
        """Stop listening, and return when the last response is sent."""
        self._http.close()
        self._server.should_exit = True
        self._thread.join()
        for journal in self._journals:
            journal.close()
        self._listening.close()

    def events(self, *, view: str = "raw") -> list[dict[str, Any]]:
        """Return the events as stored, or with `view="query"` as a query sees them."""
        return self._list("events", view)

    def profiles(self) -> list[dict[str, Any]]:
        """Return the users' profiles."""
        return self._list("profiles")

    def groups(self) -> list[dict[str, Any]]:
        """Return the groups' profiles."""
        return self._list("groups")

    def violations(self) -> list[dict[str, Any]]:
        """Return the requests and records that broke a rule."""
        return self._list("violations")

    def requests(self) -> list[dict[str, Any]]:
        """Return the requests, each with its response."""
        return self._list("requests")

    def updates(self) -> list[dict[str, Any]]:
        """Return the updates of profiles, each with its operation and time."""
        return self._list("updates")

    def profile(self, distinct_id: str) -> dict[str, Any]:
        """Return a user's profile and its updates. Raises KeyError when it never existed."""
        response = self._http.get(f"/_emulator/profiles/{quote(distinct_id, safe='')}")
        if response.status_code == httpx.codes.NOT_FOUND:
            raise KeyError(distinct_id)
        profile: dict[str, Any] = response.raise_for_status().json()
        return profile

    def identities(self) -> list[dict[str, Any]]:
        """Return the users with several identifiers."""
        return self._list("identities")

    def deletions(self) -> list[dict[str, Any]]:
        """Return the deletion tasks, each with the history of its status."""
        return self._list("deletions")

    def counts(self) -> list[dict[str, Any]]:
        """Return requests, records and bytes by minute, project and endpoint."""
        return self._list("counts")

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self._post("clock", {"advance_seconds": seconds})

    def set_clock(self, now: datetime) -> None:
        """Move the clock to this time, from which it runs on."""
        self._post("clock", {"now": now.isoformat()})

    def reset_clock(self) -> None:
        """Return the clock to the time of `now`."""
        self._delete("clock")

    def set_deletion(self, tracking_id: str, status: str) -> None:
        """Give a deletion task this status, whatever the time."""
        self._post(f"deletions/{tracking_id}", {"status": status})

    def fault(self, fault: str, **target: Any) -> int:
        """Plan a fault, and return its id. Raises ValueError when it could never apply."""
        response = self._http.post("/_emulator/faults", json={"fault": fault, **target})
        if response.is_client_error:
            raise ValueError(response.json()["error"])
        [planned] = response.raise_for_status().json()
        identifier: int = planned["id"]
        return identifier

    def faults(self) -> list[dict[str, Any]]:
        """Return the planned faults, each with how often it was met and struck."""
        return self._list("faults")

    def clear_faults(self, identifier: int | None = None) -> None:
        """Remove this planned fault, or all of them."""
        self._delete("faults" if identifier is None else f"faults/{identifier}")

    def reset(self) -> None:
        """Remove everything that is stored, and restart the script of faults."""
        self._delete()

    def _create_server(self, ready: threading.Event) -> Server:
        app = create_app(
            self.projects,
            now=self.now,
            limit=self.limit,
            script=self.script,
            subscribers=self._journals,
        )
        return Server(app, ready.set)

    def _post(self, name: str, body: dict[str, Any]) -> None:
        self._http.post(f"/_emulator/{name}", json=body).raise_for_status()

    def _delete(self, name: str = "") -> None:
        self._http.delete(f"/_emulator/{name}".removesuffix("/")).raise_for_status()

    def _list(self, name: str, view: str = "raw") -> list[dict[str, Any]]:
        response = self._http.get(f"/_emulator/{name}", params={"view": view}).raise_for_status()
        items: list[dict[str, Any]] = response.json()
        return items
