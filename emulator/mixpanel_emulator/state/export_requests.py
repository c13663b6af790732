"""The exports of each project that its limits count."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Final

from mixpanel_emulator.state.project import Project

HOUR: Final = timedelta(hours=1)
SECOND: Final = timedelta(seconds=1)


class ExportRequests:
    """When the latest exports of each project began, and how many are being sent."""

    def __init__(self) -> None:
        self.times: dict[str, list[datetime]] = defaultdict(list)
        self.running: Counter[str] = Counter()

    def admit(self, project: Project, at: datetime) -> bool:
        """Count an export that begins now, and return whether the project's limits allow it."""
        recent = [time for time in self.times[project.project_id] if at - HOUR < time <= at]
        last_second = sum(at - SECOND < time for time in recent)
        counts = (len(recent), last_second, self.running[project.project_id])
        limits = (project.exports_per_hour, project.exports_per_second, project.concurrent_exports)
        if any(limit and count >= limit for count, limit in zip(counts, limits, strict=True)):
            return False
        if project.exports_per_hour or project.exports_per_second:
            recent.append(at)
        self.times[project.project_id] = recent
        return True

    @contextmanager
    def sending(self, project: Project) -> Iterator[None]:
        """Count an export as long as its response is being sent."""
        self.running[project.project_id] += 1
        try:
            yield
        finally:
            self.running[project.project_id] -= 1
