"""A client of an emulator on a real socket, where connections can really be lost."""

from typing import Any

import httpx

from mixpanel_emulator import Emulator
from tests.unit.emulator.asgi_client import TOKEN, event

EVENTS = [event({"n": 1}), event({"n": 2, "$insert_id": "i-2"})]


class SocketClient:
    """A client that opens a new connection for each request."""

    def __init__(self, mixpanel: Emulator) -> None:
        self.emulator = mixpanel

    def post(self, path: str, records: Any, **request: Any) -> httpx.Response:
        """Send records as JSON."""
        with httpx.Client(base_url=self.emulator.url, trust_env=False) as http:
            return http.post(path, json=records, **request)

    def import_events(self, records: Any = EVENTS) -> httpx.Response:
        """Import two events, or those given."""
        return self.post("/import?strict=1", records, auth=(TOKEN, ""))

    def statuses(self, count: int) -> list[int]:
        """Import this many times, and return the statuses."""
        return [self.import_events().status_code for _ in range(count)]

    def engage(self, *updates: Any) -> httpx.Response:
        """Update users' profiles."""
        return self.post("/engage?verbose=1&ip=0", list(updates))

    def stored(self) -> list[int]:
        """Return the numbers of the stored events, and check that there are no violations."""
        assert self.emulator.violations() == []
        return [item["properties"]["n"] for item in self.emulator.events()]

    def profiles(self) -> dict[str, Any]:
        """Return each profile's properties, and check that there are no violations."""
        assert self.emulator.violations() == []
        return {item["distinct_id"]: item["properties"] for item in self.emulator.profiles()}
