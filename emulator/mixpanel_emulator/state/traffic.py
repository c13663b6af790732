"""How much came, minute by minute, and in the minute that has just passed."""

from http import HTTPStatus
from typing import Any

from mixpanel_emulator.endpoints.regions import DELETIONS
from mixpanel_emulator.endpoints.visit import Visit

MINUTE = 60


class Traffic:
    """Counts of requests, records and bytes; of so many minutes, oldest first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.minutes: dict[tuple[str, str | None, str], dict[str, Any]] = {}
        # By project and second: bytes and records.
        self.seconds: dict[str, dict[int, tuple[int, int]]] = {}

    def note(self, visit: Visit, status: int) -> None:
        """Count a request that was answered with this status."""
        minute = visit.at.replace(second=0, microsecond=0).isoformat()
        key = (minute, visit.project, visit.endpoint)
        counts = self.minutes.setdefault(
            key,
            dict(zip(("minute", "project", "endpoint"), key, strict=True))
            | {"requests": 0, "records": 0, "bytes": 0, "refused": 0},
        )
        counts["requests"] += 1
        counts["records"] += visit.records
        counts["bytes"] += visit.size
        counts["refused"] += status >= HTTPStatus.BAD_REQUEST
        if len(self.minutes) > self.limit:
            del self.minutes[next(iter(self.minutes))]
        # What was too much does not count again, or nobody would ever get in.
        limited = visit.endpoint != DELETIONS and status != HTTPStatus.TOO_MANY_REQUESTS
        if visit.project is not None and limited:
            self.count_second(visit, visit.project)

    def count_second(self, visit: Visit, project: str) -> None:
        """Count a request for the rolling minute."""
        second = int(visit.at.timestamp())
        # What is older than a minute is forgotten by this.
        self.last_minute(project, second)
        size, records = self.seconds[project].get(second, (0, 0))
        self.seconds[project][second] = (size + visit.size, records + visit.records)

    def last_minute(self, project: str, second: int) -> tuple[int, int]:
        """The bytes and records of a project in the minute that ends with this second."""
        recent = {
            at: counted
            for at, counted in self.seconds.get(project, {}).items()
            if second - MINUTE < at <= second
        }
        self.seconds[project] = recent
        return sum(size for size, _ in recent.values()), sum(n for _, n in recent.values())
