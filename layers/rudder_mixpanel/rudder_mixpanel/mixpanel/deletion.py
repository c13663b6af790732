"""Mixpanel's two ways to delete users over HTTP: profiles by /engage, all their data by a task."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote

import httpx
import orjson

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.mixpanel.deletion_responses import (
    Invalid,
    NotRevocable,
    ProfilesDeleted,
    RetryLater,
    TaskConflict,
    TaskCreated,
    TaskRevoked,
    TaskStatus,
    read_cancellation,
    read_creation,
    read_profile_deletion,
    read_status,
)
from rudder_mixpanel.mixpanel.outcomes import Kept
from rudder_mixpanel.mixpanel.responses import MixpanelResponse, NoResponse
from rudder_mixpanel.mixpanel.token_probe import probe_token
from rudder_mixpanel.mixpanel.transport import JSON, send

DELETIONS: Final = "/api/app/data-deletions/v3.0/"


@dataclass(frozen=True, slots=True)
class DeletionClient:
    """The deletions of one project, over an HTTP client that the caller owns."""

    http: httpx.Client
    settings: DeletionSettings

    def create_task(self, ids: list[str]) -> TaskCreated | TaskConflict | Invalid | RetryLater:
        """Create a task that deletes events and profiles."""
        body = {"distinct_ids": ids, "compliance_type": self.settings.compliance_type}
        return read_creation(self.task_request("POST", "", body), ids)

    def task_status(self, task_id: str, ids: list[str]) -> TaskStatus | RetryLater:
        """Get the status of a task about these ids."""
        return read_status(self.task_request("GET", task_id), ids)

    def revoke_task(self, task_id: str) -> TaskRevoked | NotRevocable | RetryLater:
        """Cancel a task."""
        return read_cancellation(self.task_request("DELETE", task_id))

    def refuse_token(self) -> Kept | None:
        """Why no profiles may be deleted; None when Mixpanel accepts the project's token.

        /engage answers success for the token of no project.
        """
        return probe_token(self.http, self.settings.ingestion_url, self.settings.token)

    def delete_profiles(
        self, ids: list[str], *, follow_aliases: bool
    ) -> ProfilesDeleted | Invalid | RetryLater:
        """Delete profiles at once, but no events.

        An id may be that of a profile, or an alias of it; with `follow_aliases` the profile is
        deleted that the id is an alias of, else the one that has the id itself.
        """
        updates = [
            {
                "$token": self.settings.token,
                "$distinct_id": id_,
                "$delete": None,
                "$ignore_alias": not follow_aliases,
            }
            for id_ in ids
        ]
        url = f"{self.settings.ingestion_url}/engage"
        response = self.request("POST", url, {"verbose": "2", "ip": "0"}, updates, {})
        return read_profile_deletion(response, ids)

    def task_request(
        self, method: str, task_id: str, body: Any = None
    ) -> MixpanelResponse | NoResponse:
        """One request about a task; without a token it is refused before it is sent."""
        if not self.settings.has_gdpr_token:
            return MixpanelResponse(HTTPStatus.UNAUTHORIZED, b"")
        url = f"{self.settings.app_url}{DELETIONS}{quote(task_id, safe='')}"
        bearer = {"Authorization": f"Bearer {self.settings.gdpr_api_token}"}
        return self.request(method, url, {"token": self.settings.token}, body, bearer)

    def request(
        self, method: str, url: str, query: dict[str, str], body: Any, headers: dict[str, str]
    ) -> MixpanelResponse | NoResponse:
        """Send one request, once, with the body as JSON, and return the response."""
        if body is not None:
            headers = {**headers, **JSON}
        content = None if body is None else orjson.dumps(body)
        return send(self.http, method, url, params=query, content=content, headers=headers)
