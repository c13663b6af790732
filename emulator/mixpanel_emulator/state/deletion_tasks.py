"""Deletion tasks: the users that each erases, and its status."""

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
class DeletionTask:
    """One request to delete users."""

    tracking_id: str
    project: str
    requesting_user: str
    compliance_type: str
    requested: datetime
    distinct_ids: list[str]
    # How long the task stays in each status before the last.
    stage: timedelta
    # The status in which it ends by a planned fault; empty for SUCCESS.
    planned_end: str = ""
    status: str = "PENDING"
    since: datetime = field(init=False)
    history: list[dict[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        """Enter the first status."""
        self.enter(self.status, self.requested)

    def enter(self, status: str, at: datetime) -> None:
        """Change to this status."""
        self.status, self.since = status, at
        self.history.append({"status": status, "at": at.isoformat(timespec="seconds")})

    def advance(self, now: datetime) -> bool:
        """Change to the status due by this time, and return whether it changed."""
        before = self.status
        while self.is_running and now >= self.since + self.stage:
            self.enter(self.next_status, self.since + self.stage)
        return self.status != before

    @property
    def next_status(self) -> str:
        """The status that follows; somebody revokes a task before it has started."""
        last = NEXT[self.status]
        ends = last == "STARTED" if self.planned_end == "REVOKED" else last == "SUCCESS"
        return self.planned_end if self.planned_end and ends else last

    @property
    def is_running(self) -> bool:
        """Whether the task has not ended yet."""
        return self.status in NEXT

    @property
    def cancellable(self) -> bool:
        """Whether the task can still be cancelled."""
        return self.status in CANCELLABLE

    def to_json(self) -> dict[str, Any]:
        """Describe the task as JSON."""
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


class DeletionTasks:
    """The deletion tasks of all projects by id, oldest first, up to a limit."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.created = 0
        self.by_id: dict[str, DeletionTask] = {}
        # By project: the time of the latest request about deletions.
        self.last_request: dict[str, datetime] = {}

    def new_id(self) -> str:
        """Return an id that no other task has."""
        self.created += 1
        return str(uuid5(NAMESPACE_URL, f"deletion/{self.created}"))

    def add(self, task: DeletionTask) -> None:
        """Add a task, and drop the oldest beyond the limit."""
        self.by_id[task.tracking_id] = task
        if len(self.by_id) > self.limit:
            del self.by_id[next(iter(self.by_id))]

    def find(self, tracking_id: str, project: str) -> DeletionTask | None:
        """Find a task of this project."""
        task = self.by_id.get(tracking_id)
        return task if task and task.project == project else None

    def running(self, project: str) -> list[DeletionTask]:
        """Return the tasks of a project that have not ended."""
        return [task for task in self.by_id.values() if task.project == project and task.is_running]

    def advance(self, now: datetime) -> list[DeletionTask]:
        """Advance every task to this time, and return those whose status changed."""
        return [task for task in self.by_id.values() if task.advance(now)]
