"""A chunk: regulations that are stored, suppressed and deleted together.

It holds as many users as fit into one deletion task of Mixpanel and one item of DynamoDB. Each of
its regulations is in at most one of its tasks.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self
from zlib import compress, decompress

import orjson

from rudder_mixpanel.regulations.model import (
    FINAL,
    Cancellation,
    Person,
    RegulationState,
    RegulationType,
)
from rudder_mixpanel.regulations.task import Task

# Seconds after which the worker finishes an acceptance that the API did not.
ACCEPTANCE: Final = 300
# Bytes for the users of a chunk: DynamoDB allows 400 KB an item, and the history needs some.
CHUNK_BYTES: Final = 250_000
# The states after which a new request deletes again.
OVER: Final = frozenset({RegulationState.COMPLETED, RegulationState.FAILED})
# Seconds that Mixpanel may take for a deletion: 30 days.
MIXPANEL_TAKES: Final = 30 * 86_400
# Seconds after effectiveAt within which a deletion should be done. Mixpanel promises 30 days; the
# alarm fires before.
OVER_AGE: Final = 25 * 86_400


@dataclass(slots=True, kw_only=True)
class Chunk:
    """Regulations of one request; `effective_at` is 0 until all their users are suppressed.

    `not_handled_here`: destinations of other stacks, which need requests of their own.
    `reference`: the caller's own name for the request, such as a ticket.
    `cancelling`, `canceled`: cancellations that are to be carried out, and that were.
    `version`: counts the writes, for optimistic locking.
    """

    id: str
    type: RegulationType
    request_id: str
    requested_by: str
    requested_at: int
    source_ids: list[str]
    destination_ids: list[str]
    not_handled_here: list[str] = field(default_factory=list)
    reference: str = ""
    members: list[str]
    people: dict[str, Person]
    tasks: list[Task] = field(default_factory=list)
    effective_at: int = 0
    cancelling: dict[str, Cancellation] = field(default_factory=dict)
    canceled: dict[str, Cancellation] = field(default_factory=dict)
    version: int = 0

    @property
    def due(self) -> int | None:
        """When the worker has something to do for it; None when everything is done."""
        if not self.effective_at:
            return self.requested_at + ACCEPTANCE if self.members else None
        times = [task.due for task in self.tasks if task.state not in FINAL]
        return min([*times, *self.cancellation_times()], default=None)

    def blocked_cancellations(self) -> dict[str, Task]:
        """Each regulation whose cancellation a task blocks, with that task."""
        blocking = [task for task in self.tasks if task.is_revocable or task.may_exist_unknown]
        return {
            member: task
            for task in blocking
            for member in task.members
            if member in self.cancelling
        }

    def cancellation_times(self) -> set[int]:
        """When cancellations can be carried out; at once (0) for those that nothing blocks."""
        blocked = self.blocked_cancellations()
        unblocked = {0} if len(blocked) < len(self.cancelling) else set()
        # A task of unknown outcome has its own time, after which it is revocable or over.
        return unblocked | {task.revoke_at for task in blocked.values() if task.is_revocable}

    def task_of(self, regulation: str) -> Task | None:
        """The task that a regulation is in, if any."""
        return next((task for task in self.tasks if regulation in task.members), None)

    def tasks_of(self, regulation: str) -> list[Task]:
        """The tasks that delete the user of a regulation."""
        return [task for task in self.tasks if regulation in task.members]

    def expected_completion_at(self, regulation: str) -> int:
        """By when Mixpanel should have deleted the user; 0 if no deletion is wanted."""
        if self.type is RegulationType.SUPPRESS:
            return 0
        requested = [task.requested_at for task in self.tasks_of(regulation)]
        return max([self.requested_at, *requested]) + MIXPANEL_TAKES

    def deletion_continues(self, regulation: str) -> bool:
        """Whether a regulation was cancelled too late to call its deletion off."""
        if regulation not in self.canceled:
            return False
        return any(task.state is not RegulationState.CANCELED for task in self.tasks_of(regulation))

    def state_of(self, regulation: str) -> RegulationState:
        """The state of one regulation."""
        if not self.effective_at:
            return RegulationState.ACCEPTING
        if regulation in self.cancelling:
            return RegulationState.CANCELLING
        if (task := self.task_of(regulation)) is not None:
            return task.state
        if regulation in self.canceled:
            return RegulationState.CANCELED
        return RegulationState.SUPPRESSED

    def states(self) -> dict[str, RegulationState]:
        """The state of each regulation."""
        if not self.effective_at:
            return dict.fromkeys(self.members, RegulationState.ACCEPTING)
        in_tasks = {member: task.state for task in self.tasks for member in task.members}
        others = {
            member: self.state_of(member) for member in self.members if member not in in_tasks
        }
        cancelling = dict.fromkeys(self.cancelling, RegulationState.CANCELLING)
        return in_tasks | others | cancelling

    def is_closed(self, regulation: str) -> bool:
        """Whether a regulation is over or was cancelled, and a new request makes a new one.

        A suppression without a deletion stays in force until it is cancelled.
        """
        canceled = self.cancellation(regulation) is not None
        return canceled or self.state_of(regulation) in OVER

    def accept(self, effective_at: int) -> None:
        """Record that all users are suppressed; deletions wait until that is effective."""
        self.effective_at = effective_at
        if self.type is RegulationType.SUPPRESS:
            self.forget(self.members)
        elif self.members:
            self.tasks = [Task(0, list(self.members), due=effective_at)]

    def drop(self, regulations: Iterable[str]) -> None:
        """Remove regulations that belong to another chunk."""
        dropped = set(regulations)
        self.members = [member for member in self.members if member not in dropped]
        for member in dropped:
            self.people.pop(member, None)

    def forget(self, regulations: Iterable[str]) -> None:
        """Delete the plain identifiers of these users."""
        for regulation in regulations:
            self.people[regulation].forget()

    def pseudonyms_of(self, regulation: str) -> list[str]:
        """The pseudonyms under which a regulation suppresses its user."""
        return self.people[regulation].pseudonyms

    def ids_of(self, task: Task) -> list[str]:
        """The ids at Mixpanel of a task's users."""
        return list(dict.fromkeys(i for member in task.members for i in self.people[member].ids))

    def split(self, task: Task, members: Iterable[str], state: RegulationState, due: int) -> Task:
        """Move some of a task's members into a new task with the same history."""
        chosen = set(members)
        moved = [member for member in task.members if member in chosen]
        task.members = [member for member in task.members if member not in chosen]
        new = Task(1 + max(existing.number for existing in self.tasks), moved, state, due)
        new.by_engage, new.requested_at = task.by_engage, task.requested_at
        new.history = [dict(note) for note in task.history]
        self.tasks.append(new)
        self.tasks = [existing for existing in self.tasks if existing.members]
        return new

    def request_cancellation(self, regulation: str, by: str, at: int) -> None:
        """Record that a regulation is to be cancelled."""
        self.cancelling[regulation] = Cancellation(by, at)

    def cancellation(self, regulation: str) -> Cancellation | None:
        """The cancellation of a regulation, if any."""
        return self.cancelling.get(regulation) or self.canceled.get(regulation)

    def remove_canceled(self, task: Task, regulations: Iterable[str], at: int) -> Task:
        """Move cancelled regulations out of a task, so that it does not delete their users."""
        canceled = self.split(task, regulations, RegulationState.CANCELED, 0)
        canceled.note(at, "cancelled")
        if task.unanswered or task.state is RegulationState.CREATING:
            canceled.note(at, "the profiles may already be deleted")
        self.forget(canceled.members)
        return canceled

    def count_over_age(self, now: int) -> int:
        """Count the regulations that should have been deleted by now."""
        if now - self.effective_at <= OVER_AGE:
            return 0
        return sum(len(task.members) for task in self.tasks if task.state not in FINAL)

    def end(self, task: Task, state: RegulationState) -> None:
        """Put a task into a final state and forget its users."""
        task.state = state
        self.forget(task.members)

    def encoded(self) -> bytes:
        """The chunk as it is stored."""
        return compress(orjson.dumps(self))

    @classmethod
    def decoded(cls, stored: bytes) -> Self:
        """Read a stored chunk."""
        fields: dict[str, Any] = orjson.loads(decompress(stored))
        fields["type"] = RegulationType(fields["type"])
        fields["people"] = {member: Person(**person) for member, person in fields["people"].items()}
        for name in ("cancelling", "canceled"):
            fields[name] = {member: Cancellation(**data) for member, data in fields[name].items()}
        fields["tasks"] = [
            Task(**{**task, "state": RegulationState(task["state"])}) for task in fields["tasks"]
        ]
        return cls(**fields)


def split_into_chunks(people: Mapping[str, Person], max_ids: int) -> list[dict[str, Person]]:
    """Split users so that each part fits into a task of Mixpanel and an item of DynamoDB."""
    parts: list[dict[str, Person]] = []
    ids = size = 0
    for regulation, person in people.items():
        ids, size = ids + len(person.ids), size + person.size
        if not parts or ids > max_ids or size > CHUNK_BYTES:
            parts.append({})
            ids, size = len(person.ids), person.size
        parts[-1][regulation] = person
    return parts
