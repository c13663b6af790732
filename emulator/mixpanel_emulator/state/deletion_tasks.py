"""Deletion tasks: what each is to erase, and how far it has come."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

# fmt: off
STATUSES: Final = (
    "PENDING", "STAGING", "STARTED", "SUCCESS", "FAILURE", "REVOKED", "NOT_FOUND", "UNKNOWN",
)
# fmt: on
NEXT: Final = {"PENDING": "STAGING", "STAGING": "STARTED", "STARTED": "SUCCESS"}
CANCELLABLE: Final = ("PENDING", "STAGING")


@dataclass(slots=True, kw_only=True)
class Task:
    """One request to delete people."""

    tracking_id: str
    project: str
    requesting_user: str
    compliance_type: str
    requested: datetime
    distinct_ids: list[str]
    # How long it stays in each status before the last.
    stage: timedelta
    status: str = "PENDING"
    since: datetime = field(init=False)
    history: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Begin."""
        self.enter(self.status, self.requested)

    def enter(self, status: str, at: datetime) -> None:
        """Have this status from then on."""
        self.status, self.since = status, at
        self.history.append({"status": status, "at": at.isoformat(timespec="seconds")})

    def advance(self, now: datetime) -> bool:
        """Come as far as the time allows; whether that is any farther."""
        before = self.status
        while self.runs and now >= self.since + self.stage:
            self.enter(NEXT[self.status], self.since + self.stage)
        return self.status != before

    @property
    def runs(self) -> bool:
        """Whether the task is on its way."""
        return self.status in NEXT

    @property
    def cancellable(self) -> bool:
        """Whether it can still be called off."""
        return self.status in CANCELLABLE

    def described(self) -> dict[str, Any]:
        """The task as JSON."""
        return {
            "project": self.project,
            "tracking_id": self.tracking_id,
            "status": self.status,
            "requesting_user": self.requesting_user,
            "compliance_type": self.compliance_type,
            "date_requested": self.requested.strftime("%Y-%m-%dT%H:%M:%S"),
            "distinct_ids": self.distinct_ids,
            "history": self.history,
        }


class Tasks:
    """The deletion tasks of all projects by their ids; of so many, oldest first."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.made = 0
        self.by_id: dict[str, Task] = {}
        # When each project was last asked about its deletions.
        self.asked: dict[str, datetime] = {}

    def new_id(self) -> str:
        """An id that no task has had."""
        self.made += 1
        return str(uuid5(NAMESPACE_URL, f"deletion/{self.made}"))

    def add(self, task: Task) -> None:
        """Remember a task, and forget the oldest when there are too many."""
        self.by_id[task.tracking_id] = task
        if len(self.by_id) > self.limit:
            del self.by_id[next(iter(self.by_id))]

    def find(self, tracking_id: str, project: str) -> Task | None:
        """A project's own task."""
        task = self.by_id.get(tracking_id)
        return task if task and task.project == project else None

    def running(self, project: str) -> list[Task]:
        """The tasks of a project that are on their way."""
        return [task for task in self.by_id.values() if task.project == project and task.runs]

    def advanced(self, now: datetime) -> list[Task]:
        """The tasks that have come farther since this was last asked."""
        return [task for task in self.by_id.values() if task.advance(now)]

    def clear(self) -> None:
        """Forget everything but which ids were given out."""
        self.by_id.clear()
        self.asked.clear()
