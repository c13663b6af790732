"""The regulations API in memory."""

import json
from typing import Any

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.regulations.create import create_regulations
from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.requests import MOST_BYTES, read_regulation_request
from tests.unit.deletion.world import World

VIEWER = Caller("viewer", sees_users=True)


class Office(World):
    """What the API needs from outside, in memory."""

    destination_id = "default"

    def settings(self) -> DeletionSettings:
        """Those of the project."""
        return self.mixpanel().settings

    def pseudonym(self, identifier: str) -> str:
        """Something that stands for it."""
        return f"name-of-{identifier}"

    def make(self, users: list[dict[str, str]], **more: Any) -> list[dict[str, Any]]:
        """Regulations about these users."""
        kind = "suppress_with_delete"
        given = {"regulationType": kind, "destinationIds": ["default"], "users": users, **more}
        body = json.dumps(given, ensure_ascii=False)
        assert len(body.encode()) <= MOST_BYTES
        return create_regulations(read_regulation_request(body, self.destination_id), VIEWER, self)
