"""A chunk: regulations that are stored, suppressed and deleted together.

It holds as many users as fit into one deletion task of Mixpanel and one item of DynamoDB. Each of
its regulations is in one of its tasks, or in one for each id.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Final

from rudder_mixpanel.regulations.model import (
    Cancellation,
    Person,
    RegulationState,
    RegulationType,
)
from rudder_mixpanel.regulations.task import LEAST_NOTES, NOTES_OF_A_CHUNK, Task

# Seconds after which the worker finishes an acceptance that the API did not.
ACCEPTANCE: Final = 300
SECONDS_A_DAY: Final = 86_400
# Seconds that Mixpanel may take for a deletion.
MIXPANEL_TAKES: Final = 30 * SECONDS_A_DAY
# Seconds after effectiveAt after which an operator is told of a deletion that is not done.
OVER_AGE: Final = 20 * SECONDS_A_DAY
# Seconds for which the users of a failed deletion stay known, so that somebody can act for them.
KEPT_AFTER_FAILURE: Final = 30 * SECONDS_A_DAY
# Of several tasks for one regulation, the first in this order gives its state.
PROGRESS: Final = (
    RegulationState.WAITING,
    RegulationState.CREATING,
    RegulationState.CONFLICTED,
    RegulationState.REQUESTED,
    RegulationState.FAILED,
    RegulationState.CANCELED,
    RegulationState.COMPLETED,
)
# The states after which a new request deletes again.
OVER: Final = frozenset({RegulationState.COMPLETED, RegulationState.FAILED})


@dataclass(slots=True, kw_only=True)
class Chunk:
    """Regulations of one request; `effective_at` is 0 until all their users are suppressed.

    `not_handled_here`: destinations of other stacks, which need requests of their own.
    `reference`: the caller's own name for the request, such as a ticket.
    `cancelling`, `canceled`: cancellations that are to be carried out, and that were.
    `over_age_at`: when the regulations that are not deleted in time were last counted.
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
    over_age_at: int = 0
    version: int = 0

    @property
    def due(self) -> int | None:
        """When the worker has something to do for it; None when everything is done."""
        if not self.effective_at:
            return self.requested_at + ACCEPTANCE if self.members else None
        times = {task.due for task in self.tasks if not task.is_final}
        return min(times | self.cancellation_times() | self.forget_times(), default=None)

    def blocking_tasks(self, regulation: str) -> list[Task]:
        """The tasks that may have to be revoked before a regulation is cancelled."""
        return [
            task
            for task in self.tasks_of(regulation)
            if task.may_be_revoked(self.cancelling) or task.may_exist_unknown
        ]

    def blocked_cancellations(self, now: int) -> dict[str, list[Task]]:
        """Each regulation whose cancellation tasks block now, with these tasks."""
        blocked = {
            regulation: [
                task
                for task in self.blocking_tasks(regulation)
                if task.is_revocable(now, self.cancelling) or task.may_exist_unknown
            ]
            for regulation in self.cancelling
        }
        return {regulation: tasks for regulation, tasks in blocked.items() if tasks}

    def cancellation_times(self) -> set[int]:
        """When cancellations can be carried out; at once (0) for those that nothing blocks."""
        # A user with a task of unknown outcome waits for it, whatever the others allow.
        blocking = [
            tasks
            for tasks in map(self.blocking_tasks, self.cancelling)
            if not any(task.may_exist_unknown for task in tasks)
        ]
        at_once = {0} if [] in blocking else set()
        return at_once | {
            task.revocation_due
            for tasks in blocking
            for task in tasks
            if task.may_be_revoked(self.cancelling)
        }

    def forget_times(self) -> set[int]:
        """When the users of failed tasks are to be forgotten, each after the last of their tasks.

        Users of whom a task is not finished have no such time yet.
        """
        unfinished = {member for task in self.tasks if not task.is_final for member in task.members}
        ended = {
            member: task.ended_at
            for task in sorted(self.tasks, key=lambda task: task.ended_at)
            if task.state is RegulationState.FAILED
            for member in task.members
            if member not in unfinished and not self.people[member].is_forgotten
        }
        return {at + KEPT_AFTER_FAILURE for at in ended.values()}

    def pseudonyms_of(self, regulation: str) -> list[str]:
        """The pseudonyms under which a regulation suppresses its user."""
        return self.people[regulation].pseudonyms

    def tasks_of(self, regulation: str) -> list[Task]:
        """The tasks that delete the user of a regulation: one, or one for each id."""
        return [task for task in self.tasks if regulation in task.members]

    def expected_completion_at(self, regulation: str) -> int:
        """By when Mixpanel should have deleted the user; 0 if no deletion is wanted."""
        if self.type is RegulationType.SUPPRESS:
            return 0
        requested = [task.requested_at for task in self.tasks_of(regulation)]
        return max([self.requested_at, *requested]) + MIXPANEL_TAKES

    def deletion_continues(self, regulation: str, now: int) -> bool:
        """Whether a regulation was cancelled too late to call its deletion off."""
        cancellation = self.cancellation(regulation)
        return cancellation is not None and any(
            not task.is_revocable(now, self.cancelling) and task.continued_after(cancellation.at)
            for task in self.tasks_of(regulation)
        )

    def state_of(self, regulation: str) -> RegulationState:
        """The state of one regulation."""
        if not self.effective_at:
            return RegulationState.ACCEPTING
        if regulation in self.cancelling:
            return RegulationState.CANCELLING
        if tasks := self.tasks_of(regulation):
            return min((task.state for task in tasks), key=PROGRESS.index)
        if regulation in self.canceled:
            return RegulationState.CANCELED
        return RegulationState.SUPPRESSED

    def states(self) -> dict[str, RegulationState]:
        """The state of each regulation."""
        if not self.effective_at:
            return dict.fromkeys(self.members, RegulationState.ACCEPTING)
        states: dict[str, RegulationState] = {}
        for task in sorted(self.tasks, key=lambda task: -PROGRESS.index(task.state)):
            states |= dict.fromkeys(task.members, task.state)
        others = {member: self.state_of(member) for member in self.members if member not in states}
        cancelling = dict.fromkeys(self.cancelling, RegulationState.CANCELLING)
        return states | others | cancelling

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

    def forget_settled(self, now: int) -> None:
        """Forget the users of whom nothing is left to do; those of failed tasks only after a time.

        Until then, somebody can be told whose deletion failed.
        """
        needed = {
            member
            for task in self.tasks
            for member in task.members
            if not self.is_settled(task, member, now)
        }
        for task in self.tasks:
            if needed.isdisjoint(task.members):
                task.ids = []
            self.forget(member for member in task.members if member not in needed)

    def is_settled(self, task: Task, member: str, now: int) -> bool:
        """Whether a task no longer needs the plain identifiers of its member."""
        if task.state is RegulationState.FAILED and member not in self.canceled:
            return now >= task.ended_at + KEPT_AFTER_FAILURE
        return task.is_final

    def ids_of(self, task: Task) -> list[str]:
        """The ids at Mixpanel that a task names."""
        return list(dict.fromkeys(i for member in task.members for i in self.ids_in(task, member)))

    def ids_in(self, task: Task, member: str) -> list[str]:
        """The ids of one user that a task names."""
        return task.ids or self.people[member].ids

    def split(self, task: Task, members: Iterable[str], state: RegulationState, due: int) -> Task:
        """Move some of a task's members into a new task with the same history."""
        chosen = set(members)
        moved = [member for member in task.members if member in chosen]
        task.members = [member for member in task.members if member not in chosen]
        new = self.add_task_like(task, moved)
        new.state, new.due = state, due
        self.tasks = [existing for existing in self.tasks if existing.members]
        return new

    def split_ids(self, task: Task) -> list[Task]:
        """Split a task about one user into tasks that name one id each; the task is the first."""
        ids = self.ids_of(task)
        parts = [task, *(self.add_task_like(task, list(task.members)) for _ in ids[1:])]
        for part, id_ in zip(parts, ids, strict=True):
            part.ids = [id_]
        return parts

    def add_task_like(self, task: Task, members: list[str]) -> Task:
        """Add a task that is not at Mixpanel, with the history of another one."""
        new = replace(
            task,
            number=1 + max(existing.number for existing in self.tasks),
            members=members,
            ids=list(task.ids),
            history=[dict(note) for note in task.history],
            unanswered=False,
        )
        new.leave_mixpanel()
        self.tasks.append(new)
        for each in self.tasks:
            each.keep_notes(max(LEAST_NOTES, NOTES_OF_A_CHUNK // len(self.tasks)))
        return new

    def request_cancellation(self, regulation: str, by: str, at: int) -> None:
        """Record that a regulation is to be cancelled."""
        self.cancelling[regulation] = Cancellation(by, at)

    def cancellation(self, regulation: str) -> Cancellation | None:
        """The cancellation of a regulation, if any."""
        return self.cancelling.get(regulation) or self.canceled.get(regulation)

    def remove_canceled(self, task: Task, regulations: Iterable[str], at: int) -> Task:
        """Move cancelled regulations out of a task, so that it does not delete their users."""
        may_be_done = task.may_be_done
        canceled = self.split(task, regulations, RegulationState.CANCELED, 0)
        canceled.ended_at = at
        if may_be_done:
            canceled.note(at, "The profiles may already be deleted.")
        self.forget_settled(at)
        return canceled

    def count_over_age(self, now: int) -> int:
        """Count the regulations that should have been deleted by now, once a day."""
        if now - self.effective_at < OVER_AGE or now - self.over_age_at < SECONDS_A_DAY:
            return 0
        self.over_age_at = now
        return len({member for task in self.tasks if not task.is_final for member in task.members})

    def end(self, task: Task, state: RegulationState, at: int) -> None:
        """Put a task into a final state, and forget the users of whom nothing is left to do."""
        task.state, task.ended_at = state, at
        self.forget_settled(at)
