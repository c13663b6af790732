"""The emulator on a real socket, where connections can really be lost."""

from typing import Any

import httpx

from mixpanel_emulator import Emulator
from tests.unit.emulator.asgi_client import TOKEN, event

TWO = [event({"n": 1}), event({"n": 2, "$insert_id": "i-2"})]


class SocketClient:
    """An emulator on a real socket, and a client for each request."""

    def __init__(self, mixpanel: Emulator) -> None:
        self.emulator = mixpanel

    def post(self, path: str, records: Any, **request: Any) -> httpx.Response:
        """Send records as JSON, over a connection of its own."""
        with httpx.Client(base_url=self.emulator.url, trust_env=False) as http:
            return http.post(path, json=records, **request)

    def import_events(self, records: Any = TWO) -> httpx.Response:
        """Import two events, or others."""
        return self.post("/import?strict=1", records, auth=(TOKEN, ""))

    def statuses(self, count: int) -> list[int]:
        """How so many imports, one after the other, are answered."""
        return [self.import_events().status_code for _ in range(count)]

    def engage(self, *updates: Any) -> httpx.Response:
        """Update users' profiles."""
        return self.post("/engage?verbose=1&ip=0", list(updates))

    def stored(self) -> list[int]:
        """Which of the events are stored, without any violation."""
        assert self.emulator.violations() == []
        return [one["properties"]["n"] for one in self.emulator.events()]

    def profiles(self) -> dict[str, Any]:
        """The properties of each profile, without any violation."""
        assert self.emulator.violations() == []
        return {one["distinct_id"]: one["properties"] for one in self.emulator.profiles()}
