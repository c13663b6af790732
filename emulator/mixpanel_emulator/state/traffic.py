"""Counts of requests by minute, and of the minute that just passed."""

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any, Final

from mixpanel_emulator.rules.endpoints import INGESTION

MINUTE: Final = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedRequest:
    """What is counted of a request and its response."""

    at: datetime
    project: str | None
    endpoint: str
    size: int
    records: int
    status: int


class Traffic:
    """Counts of requests, records and bytes, oldest minute first, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.minutes: dict[tuple[str, str | None, str], dict[str, Any]] = {}
        # By project and second: bytes and records.
        self.seconds: dict[str, dict[int, tuple[int, int]]] = {}

    def count(self, request: CountedRequest) -> None:
        """Count a request in its minute, and for the rate limit of its project."""
        self.count_minute(request)
        # A request rejected for its rate does not count, or a busy client would never recover.
        rejected = request.status == HTTPStatus.TOO_MANY_REQUESTS
        if request.project is not None and request.endpoint in INGESTION and not rejected:
            self.count_second(request, request.project)

    def count_minute(self, request: CountedRequest) -> None:
        """Count a request in its minute, and drop the oldest minute beyond the limit."""
        minute = request.at.replace(second=0, microsecond=0).isoformat()
        key = (minute, request.project, request.endpoint)
        counts = self.minutes.setdefault(
            key,
            dict(zip(("minute", "project", "endpoint"), key, strict=True))
            | {"requests": 0, "records": 0, "bytes": 0, "refused": 0},
        )
        counts["requests"] += 1
        counts["records"] += request.records
        counts["bytes"] += request.size
        counts["refused"] += request.status >= HTTPStatus.BAD_REQUEST
        if len(self.minutes) > self.limit:
            del self.minutes[next(iter(self.minutes))]

    def count_second(self, request: CountedRequest, project: str) -> None:
        """Count a request in the rolling minute of its project."""
        second = int(request.at.timestamp())
        # This drops the seconds older than a minute.
        self.last_minute(project, second)
        size, records = self.seconds[project].get(second, (0, 0))
        self.seconds[project][second] = (size + request.size, records + request.records)

    def last_minute(self, project: str, second: int) -> tuple[int, int]:
        """Return the bytes and records of a project in the minute that ends with this second."""
        recent = {
            at: counts
            for at, counts in self.seconds.get(project, {}).items()
            if second - MINUTE < at <= second
        }
        self.seconds[project] = recent
        return sum(size for size, _ in recent.values()), sum(n for _, n in recent.values())
