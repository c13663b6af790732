"""The regulations API in memory."""

import json
from collections.abc import Iterator
from typing import Any

from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.regulations import create
from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.requests import MOST_BYTES, read_regulation_request
from rudder_mixpanel.regulations.scopes import Scope
from rudder_mixpanel.regulations.search import LIMITS, PageLimits, list_regulations
from rudder_mixpanel.regulations.search_request import RegulationSearch
from tests.fakes.deletion import FakeDeletionDependencies

VIEWER = Caller("viewer", frozenset(Scope))


class FakeRegulationsDependencies(FakeDeletionDependencies):
    """`RegulationsDependencies` in memory, on the tables of deletion."""

    destination_id = "default"
    log_retention_days = 30

    def settings(self) -> DeletionSettings:
        """The settings that say how the destination deletes."""
        return self.mixpanel().settings

    def pseudonym(self, identifier: str) -> str:
        """A pseudonym that a test can read."""
        return f"name-of-{identifier}"

    def create_regulations(
        self, users: list[dict[str, str]], **fields: Any
    ) -> list[dict[str, Any]]:
        """Create regulations about these users; keyword arguments override the request's fields."""
        request = {
            "regulationType": "suppress_with_delete",
            "destinationIds": ["default"],
            "users": users,
            **fields,
        }
        body = json.dumps(request, ensure_ascii=False)
        assert len(body.encode()) <= MOST_BYTES
        return create.create_regulations(
            read_regulation_request(body, self.destination_id), VIEWER, self
        )

    def pages(self, limits: PageLimits = LIMITS, **conditions: Any) -> Iterator[dict[str, Any]]:
        """The pages of a search, each read when it is asked for."""
        after: str | None = ""
        while after is not None:
            search = RegulationSearch(**conditions, after=after)
            page = list_regulations(search, VIEWER, self, limits)
            after = page["paging"].get("next")
            yield page
