"""A client that sends the data that the page shows."""

import httpx

from tests.unit.emulator.asgi_client import (
    DELETIONS,
    GDPR_TOKEN,
    TOKEN,
)


class Client:
    """A client that sends the data that the page shows."""

    def __init__(self, url: str) -> None:
        self.http = httpx.Client(base_url=url, trust_env=False)

    def import_events(self, *events: object) -> int:
        """Import events, and return the status."""
        return self.http.post("/import?strict=1", json=events, auth=(TOKEN, "")).status_code

    def track(self, *events: object) -> None:
        """Track events."""
        self.http.post("/track?verbose=1", json=events)

    def engage(self, *updates: object) -> None:
        """Update users' profiles."""
        self.http.post("/engage?verbose=1&ip=0", json=updates)

    def groups(self, *updates: object) -> None:
        """Update groups' profiles."""
        self.http.post("/groups?verbose=1&ip=0", json=updates)

    def delete_users(self, *distinct_ids: str) -> str:
        """Request a deletion, and return the id of its task."""
        response = self.http.post(
            DELETIONS,
            params={"token": TOKEN},
            headers={"Authorization": f"Bearer {GDPR_TOKEN}"},
            json={"distinct_ids": distinct_ids, "compliance_type": "GDPR"},
        )
        tracking_id: str = response.json()["results"]["tracking_id"]
        return tracking_id
