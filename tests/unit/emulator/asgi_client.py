"""The emulator without a network: its application, its clock stopped."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from mixpanel_emulator.state.project import Project, ServiceAccount
from mixpanel_emulator.web.app import create_app

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
DAY = 86_400
TOKEN = Project().token
GDPR_TOKEN = Project().gdpr_tokens[0].token
DELETIONS = "/api/app/data-deletions/v3.0/"
ACCOUNT = ("sandbox.0123.mp-service-account", "s3cret")
SIMPLIFIED = Project(id_mode="simplified")
OTHER = Project(
    project_id="2",
    token="c0ffee00c0ffee00c0ffee00c0ffee00",
    api_secret="0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
    service_accounts=(ServiceAccount(username="other.45ab.mp-service-account", secret="0ther"),),
)


class AsgiClient:
    """Mixpanel as a client sees it, and the emulator's window on it."""

    def __init__(self, *projects: Project) -> None:
        self.app = create_app(projects or (Project(),), now=lambda: NOW)

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send one request."""
        return asyncio.run(self._call(method, path, request))

    async def _call(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://emulator") as http:
            return await http.request(method, path, **request)

    def advance(self, seconds: float) -> None:
        """Let so much time pass."""
        self.call("POST", "/_emulator/clock", json={"advance_seconds": seconds})

    def delete_users(
        self,
        distinct_ids: Any,
        *,
        query: str = f"token={TOKEN}",
        bearer: str = GDPR_TOKEN,
        **body: Any,
    ) -> httpx.Response:
        """Ask for the deletion of these people, a second after whatever came before."""
        self.advance(1)
        return self.call(
            "POST",
            f"{DELETIONS}?{query}",
            headers={"Authorization": f"Bearer {bearer}"},
            json={"distinct_ids": distinct_ids} | body,
        )

    def task(self, method: str, tracking_id: str, token: str = TOKEN) -> httpx.Response:
        """Ask for a deletion task, or cancel it, a second after whatever came before."""
        self.advance(1)
        headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
        return self.call(method, f"{DELETIONS}{tracking_id}?token={token}", headers=headers)

    def import_events(
        self, body: Any, *, query: str = "strict=1", auth: tuple[str, str] | None = (TOKEN, "")
    ) -> httpx.Response:
        """Import records, or bytes that stand for them."""
        return self.call("POST", f"/import?{query}", auth=auth, **json_body(body))

    def track(self, body: Any, *, query: str = "verbose=1") -> httpx.Response:
        """Track events, or bytes that stand for them."""
        return self.call("POST", f"/track?{query}", **json_body(body))

    def engage(self, *updates: Any, query: str = "verbose=1&ip=0") -> httpx.Response:
        """Update users' profiles."""
        return self.call("POST", f"/engage?{query}", **json_body(list(updates)))

    def groups(self, *updates: Any, query: str = "verbose=1&ip=0") -> httpx.Response:
        """Update groups' profiles."""
        return self.call("POST", f"/groups?{query}", **json_body(list(updates)))

    def list_items(self, name: str, **query: str) -> list[dict[str, Any]]:
        """What the emulator holds under this name."""
        held: list[dict[str, Any]] = self.call("GET", f"/_emulator/{name}", params=query).json()
        return held

    def stored(self) -> list[dict[str, Any]]:
        """The properties of the events stored."""
        return [event["properties"] for event in self.list_items("events")]

    def violations(self) -> list[tuple[str, int | None]]:
        """The violations: which rule, by which record."""
        return [(one["rule"], one["index"]) for one in self.list_items("violations")]


def json_body(body: Any) -> dict[str, Any]:
    """A JSON request of these records, or of these very bytes."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return {"content": content, "headers": {"Content-Type": "application/json"}}


def event(changes: dict[str, Any] | None = None, /, *, name: Any = "Order Completed") -> Any:
    """A valid event for /import; `changes` override its properties, None removes one."""
    properties = {"time": SECONDS, "distinct_id": "user-1", "$insert_id": "i-1"} | (changes or {})
    return {"event": name, "properties": {k: v for k, v in properties.items() if v is not None}}


def tracked(changes: dict[str, Any] | None = None, /, *, name: Any = "Order Completed") -> Any:
    """A valid event for /track."""
    return event({"token": TOKEN} | (changes or {}), name=name)


def update(**changes: Any) -> Any:
    """A valid update of a user's profile; keywords are fields without their dollar."""
    return dollars({"token": TOKEN, "distinct_id": "user-1"} | changes)


def group_update(**changes: Any) -> Any:
    """A valid update of a group's profile; keywords are fields without their dollar."""
    return dollars({"token": TOKEN, "group_key": "company", "group_id": "acme"} | changes)


def dollars(fields: dict[str, Any]) -> dict[str, Any]:
    """Fields with the dollar before them, less those that are None."""
    return {f"${name}": value for name, value in fields.items() if value is not None}


def failed(index: int, field: str, message: str, insert_id: str = "i-1") -> dict[str, Any]:
    """A failed record as /import reports it."""
    return {"index": index, "insert_id": insert_id, "field": field, "message": message}
