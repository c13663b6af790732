"""A client of the emulator's ASGI application, without a network and with a fixed clock."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import httpx
import orjson

from mixpanel_emulator.state.project import Project, ServiceAccount
from mixpanel_emulator.web.app import create_app
from mixpanel_emulator.web.guard import AdminGuard

NOW = datetime(2026, 1, 15, 12, tzinfo=UTC)
SECONDS = int(NOW.timestamp())
DAY = 86_400
TOKEN = Project().token
GDPR_TOKEN = Project().gdpr_tokens[0].token
DELETIONS = "/api/app/data-deletions/v3.0/"
EXPORT_PATH = "/api/2.0/export"
TODAY = "2026-01-15"
ACCOUNT = ("sandbox.0123.mp-service-account", "s3cret")
SIMPLIFIED = Project(id_mode="simplified")
# Shows what arrives at once, to any number of requests.
EXPORTED = Project(
    api_secret="5ec2e75ec2e75ec2e75ec2e75ec2e75e", export_delay_seconds=0, exports_per_second=0
)
OTHER = Project(
    project_id="2",
    token="c0ffee00c0ffee00c0ffee00c0ffee00",
    api_secret="0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a",
    service_accounts=(ServiceAccount(username="other.45ab.mp-service-account", secret="0ther"),),
)


class AsgiClient:
    """A client of Mixpanel's API and of the admin API."""

    def __init__(self, *projects: Project, allowed_hosts: Sequence[str] = ()) -> None:
        app = create_app(projects or (Project(),), now=lambda: NOW)
        self.app = AdminGuard(app, allowed_hosts)

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:
        """Send one request."""
        return asyncio.run(self._call(method, path, request))

    async def _call(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(self.app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as http:
            return await http.request(method, path, **request)

    def advance(self, seconds: float) -> None:
        """Move the clock forward."""
        self.call("POST", "/_emulator/clock", json={"advance_seconds": seconds})

    def delete_users(
        self,
        distinct_ids: Any,
        *,
        query: str = f"token={TOKEN}",
        bearer: str = GDPR_TOKEN,
        **body: Any,
    ) -> httpx.Response:
        """Request the deletion of these users, a second after the previous request."""
        self.advance(1)
        return self.call(
            "POST",
            f"{DELETIONS}?{query}",
            headers={"Authorization": f"Bearer {bearer}"},
            json={"distinct_ids": distinct_ids} | body,
        )

    def task(self, method: str, tracking_id: str, token: str = TOKEN) -> httpx.Response:
        """Get or cancel a deletion task, a second after the previous request."""
        self.advance(1)
        headers = {"Authorization": f"Bearer {GDPR_TOKEN}"}
        return self.call(method, f"{DELETIONS}{tracking_id}?token={token}", headers=headers)

    def create_task(self, *distinct_ids: str) -> str:
        """Create a deletion task for these users, and return its id."""
        tracking_id: str = self.delete_users(list(distinct_ids)).json()["results"]["tracking_id"]
        return tracking_id

    def task_status(self, tracking_id: str) -> str:
        """Return the status of a deletion task."""
        current: str = self.task("GET", tracking_id).json()["results"]["status"]
        return current

    def force_status(self, tracking_id: str, status: str) -> httpx.Response:
        """Give a deletion task a status."""
        return self.call("POST", f"/_emulator/deletions/{tracking_id}", json={"status": status})

    def import_events(
        self, body: Any, *, query: str = "strict=1", auth: tuple[str, str] | None = (TOKEN, "")
    ) -> httpx.Response:
        """Import records, or a body given as bytes."""
        return self.call("POST", f"/import?{query}", auth=auth, **json_body(body))

    def track(self, body: Any, *, query: str = "verbose=1") -> httpx.Response:
        """Track events, or a body given as bytes."""
        return self.call("POST", f"/track?{query}", **json_body(body))

    def engage(self, *updates: Any, query: str = "verbose=1&ip=0") -> httpx.Response:
        """Update users' profiles."""
        return self.call("POST", f"/engage?{query}", **json_body(list(updates)))

    def groups(self, *updates: Any, query: str = "verbose=1&ip=0") -> httpx.Response:
        """Update groups' profiles."""
        return self.call("POST", f"/groups?{query}", **json_body(list(updates)))

    def export(
        self, *, auth: tuple[str, str] | None = ACCOUNT, path: str = EXPORT_PATH, **query: Any
    ) -> httpx.Response:
        """Export the events of today, or those of another query; None removes a parameter."""
        query = {"project_id": "1", "from_date": TODAY, "to_date": TODAY} | query
        params = {name: value for name, value in query.items() if value is not None}
        return self.call("GET", path, auth=auth, params=params)

    def rows(self, **query: Any) -> list[Any]:
        """Return the exported rows."""
        return [orjson.loads(line) for line in self.export(**query).content.splitlines()]

    def exported(self, name: str = "n", **query: Any) -> list[Any]:
        """Return this property of the exported rows."""
        return [row["properties"].get(name) for row in self.rows(**query)]

    def list_items(self, name: str, **query: str) -> list[dict[str, Any]]:
        """Return one of the emulator's lists."""
        items: list[dict[str, Any]] = self.call("GET", f"/_emulator/{name}", params=query).json()
        return items

    def stored(self) -> list[dict[str, Any]]:
        """Return the properties of the stored events."""
        return [event["properties"] for event in self.list_items("events")]

    def violations(self) -> list[tuple[str, int | None]]:
        """Return the rule and record index of each violation."""
        return [(item["rule"], item["index"]) for item in self.list_items("violations")]


def json_body(body: Any) -> dict[str, Any]:
    """Build a JSON request of these records, or of these bytes as they are."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    return {"content": content, "headers": {"Content-Type": "application/json"}}


def event(changes: dict[str, Any] | None = None, /, *, name: Any = "Order Completed") -> Any:
    """Build a valid event for /import; `changes` override its properties, None removes one."""
    properties = {"time": SECONDS, "distinct_id": "user-1", "$insert_id": "i-1"} | (changes or {})
    return {"event": name, "properties": {k: v for k, v in properties.items() if v is not None}}


def tracked(changes: dict[str, Any] | None = None, /, *, name: Any = "Order Completed") -> Any:
    """Build a valid event for /track."""
    return event({"token": TOKEN} | (changes or {}), name=name)


def update(**changes: Any) -> Any:
    """Build a valid update of a user; keywords are fields without their dollar."""
    return dollars({"token": TOKEN, "distinct_id": "user-1"} | changes)


def group_update(**changes: Any) -> Any:
    """Build a valid update of a group; keywords are fields without their dollar."""
    return dollars({"token": TOKEN, "group_key": "company", "group_id": "acme"} | changes)


def dollars(fields: dict[str, Any]) -> dict[str, Any]:
    """Prefix names with a dollar, and leave out fields that are None."""
    return {f"${name}": value for name, value in fields.items() if value is not None}


def failed(index: int, field: str, message: str, insert_id: str = "i-1") -> dict[str, Any]:
    """Build a failed record as /import reports it."""
    return {"index": index, "insert_id": insert_id, "field": field, "message": message}
