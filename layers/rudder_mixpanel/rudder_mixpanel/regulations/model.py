"""A regulation: one user who is to be suppressed, or suppressed and deleted, and how far it is.

Regulations that came together share a chunk, which is what is stored and worked on: as many users
as one deletion task of Mixpanel takes. Each regulation is in one task of its chunk at most.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from hashlib import sha256
from typing import Any, Final, Self
from zlib import compress, decompress

import orjson


class RegulationType(StrEnum):
    """What RudderStack's regulations ask for."""

    SUPPRESS = "suppress"
    SUPPRESS_WITH_DELETE = "suppress_with_delete"


class RegulationState(StrEnum):
    """How far a regulation is."""

    ACCEPTING = "accepting"  # being written; nothing is promised yet
    SUPPRESSED = "suppressed"  # final: suppressed, and no deletion was asked for
    WAITING = "waiting"  # suppressed; the deletion is not asked for yet
    CREATING = "creating"  # the deletion is being asked for, or its answer never came
    CONFLICTED = "conflicted"  # Mixpanel is at another deletion of the same user
    REQUESTED = "requested"  # Mixpanel has a task, and is followed until it says it is done
    CANCELLING = "cancelling"  # somebody wants it cancelled
    CANCELED = "canceled"  # final: neither suppressed nor deleted
    COMPLETED = "completed"  # final: Mixpanel says that it is done
    FAILED = "failed"  # final: Mixpanel says that it will not be done


FINAL: Final = frozenset(
    {
        RegulationState.SUPPRESSED,
        RegulationState.CANCELED,
        RegulationState.COMPLETED,
        RegulationState.FAILED,
    }
)
# Seconds after which somebody else finishes what whoever accepts it has left behind.
ACCEPTANCE: Final = 300
# Bytes of the users in a chunk: DynamoDB takes 400 KB an item, and history needs some.
CHUNK_BYTES: Final = 250_000
# What one user weighs beside the texts that name them: ids in several places, and punctuation.
WEIGHT: Final = 200
# Notes of a task that are kept, and how far back the same note is looked for.
MOST_NOTES: Final = 40
LONGEST_NOTE: Final = 300
LAST_NOTES: Final = 4
UNHEARD: Final = "a request before was never answered, and may have been carried out"
# Seconds after a regulation holds in which its deletion is to be done. Mixpanel promises 30 days
# for its part; the alarm rings before.
OVER_AGE: Final = 25 * 86_400


@dataclass(slots=True)
class Person:
    """Who a regulation is about, in plain, for as long as it takes; `names` are the pseudonyms."""

    attributes: dict[str, str]
    ids: list[str]
    names: list[str]

    @property
    def weight(self) -> int:
        """Bytes that it takes of a chunk, about."""
        return WEIGHT + len(orjson.dumps([self.attributes, self.ids, self.names]))


@dataclass(slots=True)
class Cancellation:
    """By which token a cancellation was wished for, and when; `lifted_at` once it is done."""

    by: str
    at: int
    lifted_at: int = 0


@dataclass(slots=True)
class Task:
    """One request to Mixpanel to delete users, and what has become of it; times in seconds.

    `by_engage` when profiles are deleted at once, without a task. `unclear` when nobody knows what
    became of earlier requests: the first of them was at `asked_at`, the last at `unheard_at`, and
    the one that is on its way at `tried_at`. `adopted` when the task at
    Mixpanel is another request's; `revoking` once it was asked to call it off, which is asked again
    at `revoke_at`, and `too_late` when it no longer can. `history` has no user's data.
    """

    number: int
    members: list[str]
    state: RegulationState = RegulationState.WAITING
    due: int = 0
    task_id: str = ""
    status: str = ""
    by_engage: bool = False
    unclear: bool = False
    adopted: bool = False
    revoking: bool = False
    revoke_at: int = 0
    too_late: bool = False
    asked_at: int = 0
    tried_at: int = 0
    unheard_at: int = 0
    attempts: int = 0
    conflicts: list[str] = field(default_factory=list)
    history: list[dict[str, Any]] = field(default_factory=list)

    @property
    def is_asking(self) -> bool:
        """Whether Mixpanel may have a task of ours without anybody knowing.

        Asking again tells; of profiles it would tell nothing, and delete them.
        """
        return not self.by_engage and (self.unclear or self.state is RegulationState.CREATING)

    @property
    def is_at_mixpanel(self) -> bool:
        """Whether a task of our own can be called off, perhaps."""
        return self.state is RegulationState.REQUESTED and not self.adopted and not self.too_late

    def settle_unclear(self, at: int) -> None:
        """Nothing of an earlier request is in the way: it is over, or was never carried out."""
        if self.unclear:
            self.note(at, UNHEARD)
        self.unclear = False

    def note(self, at: int, what: str) -> None:
        """Remember what happened, for the report; what goes on and on is one note.

        Of very many the first and the last are kept: all of a chunk has to fit an item.
        """
        what = what[:LONGEST_NOTE]
        for one in self.history[-LAST_NOTES:]:
            if one["what"] == what:
                one["last"], one["times"] = at, one.get("times", 1) + 1
                return
        self.history.append({"at": at, "what": what})
        del self.history[MOST_NOTES // 2 : -MOST_NOTES // 2]


@dataclass(slots=True, kw_only=True)
class Chunk:
    """Regulations that came together; `effective_at` is 0 until all of them are suppressed.

    `not_handled_here` are destinations of other stacks, which have to be asked themselves.
    `leaving` are to be cancelled, `lifted` are. `version` is the register's.
    """

    id: str
    type: RegulationType
    request_id: str
    asked_by: str
    asked_at: int
    source_ids: list[str]
    destination_ids: list[str]
    not_handled_here: list[str] = field(default_factory=list)
    members: list[str]
    people: dict[str, Person]
    tasks: list[Task] = field(default_factory=list)
    effective_at: int = 0
    leaving: dict[str, Cancellation] = field(default_factory=dict)
    lifted: dict[str, Cancellation] = field(default_factory=dict)
    version: int = 0

    @property
    def due(self) -> int | None:
        """When there is something to do for it; None when all is done."""
        if not self.effective_at:
            return self.asked_at + ACCEPTANCE if self.members else None
        times = [task.due for task in self.tasks if task.state not in FINAL]
        return min([*times, *self.leave_times()], default=None)

    def held_up(self) -> dict[str, Task]:
        """Who is to leave and cannot yet, with the task about which Mixpanel has to be asked."""
        holding = [one for one in self.tasks if one.is_at_mixpanel or one.is_asking]
        return {one: task for task in holding for one in task.members if one in self.leaving}

    def leave_times(self) -> set[int]:
        """When there is something to do for who is to leave; for who is free, at once."""
        held_up = self.held_up()
        free = {0} if len(held_up) < len(self.leaving) else set()
        # A task that is being asked for has its own time, after which it is one of these two.
        return free | {task.revoke_at for task in held_up.values() if task.is_at_mixpanel}

    def task_of(self, regulation: str) -> Task | None:
        """The task that a regulation is in."""
        return next((task for task in self.tasks if regulation in task.members), None)

    def task(self, number: int) -> Task | None:
        """The task of this number."""
        return next((task for task in self.tasks if task.number == number), None)

    def state_of(self, regulation: str) -> RegulationState:
        """How far a regulation is."""
        if not self.effective_at:
            return RegulationState.ACCEPTING
        if regulation in self.leaving:
            return RegulationState.CANCELLING
        if (task := self.task_of(regulation)) is not None:
            return task.state
        return RegulationState.CANCELED if regulation in self.lifted else RegulationState.SUPPRESSED

    def states(self) -> dict[str, RegulationState]:
        """How far each regulation is."""
        in_tasks = {one: task.state for task in self.tasks for one in task.members}
        out = {one: self.state_of(one) for one in self.members if one not in in_tasks}
        told = in_tasks | out | dict.fromkeys(self.leaving, RegulationState.CANCELLING)
        return told if self.effective_at else dict.fromkeys(self.members, RegulationState.ACCEPTING)

    def is_over(self, regulation: str) -> bool:
        """Whether a regulation does not count any more when the same is asked for again."""
        ends = self.cancellation(regulation) is not None
        return ends or self.state_of(regulation) is RegulationState.FAILED

    def accept(self, effective_at: int) -> None:
        """All are suppressed; what is to be deleted waits for the time from which that holds."""
        self.effective_at = effective_at
        if self.type is RegulationType.SUPPRESS:
            self.forget(self.members)
        elif self.members:
            self.tasks = [Task(0, list(self.members), due=effective_at)]

    def drop(self, regulations: Iterable[str]) -> None:
        """Let regulations out that belong to another chunk."""
        gone = set(regulations)
        self.members = [one for one in self.members if one not in gone]
        self.forget(gone)

    def forget(self, regulations: Iterable[str]) -> None:
        """Keep no plain identifier of them any more."""
        for one in regulations:
            self.people.pop(one, None)

    def ids_of(self, task: Task) -> list[str]:
        """Whom a task is to delete, by Mixpanel's ids."""
        return list(dict.fromkeys(i for one in task.members for i in self.people[one].ids))

    def split(self, task: Task, members: Iterable[str], state: RegulationState, due: int) -> Task:
        """A new task for some of a task's members."""
        chosen = set(members)
        own = [one for one in task.members if one in chosen]
        task.members = [one for one in task.members if one not in chosen]
        new = Task(1 + max(one.number for one in self.tasks), own, state, due)
        new.by_engage, new.asked_at = task.by_engage, task.asked_at
        new.history = [dict(one) for one in task.history]
        self.tasks.append(new)
        self.tasks = [one for one in self.tasks if one.members]
        return new

    def request_cancellation(self, regulation: str, by: str, at: int) -> None:
        """Somebody wants a regulation cancelled."""
        self.leaving[regulation] = Cancellation(by, at)

    def cancellation(self, regulation: str) -> Cancellation | None:
        """Who has cancelled a regulation, if anybody has."""
        return self.leaving.get(regulation) or self.lifted.get(regulation)

    def leave(self, task: Task, regulations: Iterable[str], at: int) -> Task:
        """Take regulations out of their task into one of those that are not to be deleted."""
        gone = self.split(task, regulations, RegulationState.CANCELED, 0)
        gone.note(at, "cancelled")
        if task.unclear or task.state is RegulationState.CREATING:
            gone.note(at, "the profiles may have been deleted before")
        self.forget(gone.members)
        return gone

    def over_age(self, now: int) -> int:
        """How many regulations should have been deleted by now."""
        if now - self.effective_at <= OVER_AGE:
            return 0
        return sum(len(task.members) for task in self.tasks if task.state not in FINAL)

    def end(self, task: Task, state: RegulationState) -> None:
        """A task is over, and its users are forgotten."""
        task.state = state
        self.forget(task.members)

    def encoded(self) -> bytes:
        """The chunk as it is stored."""
        return compress(orjson.dumps(self))

    @classmethod
    def decoded(cls, stored: bytes) -> Self:
        """The chunk as it was stored."""
        read: dict[str, Any] = orjson.loads(decompress(stored))
        read["type"] = RegulationType(read["type"])
        read["people"] = {one: Person(**told) for one, told in read["people"].items()}
        for several in ("leaving", "lifted"):
            read[several] = {one: Cancellation(**told) for one, told in read[several].items()}
        read["tasks"] = [
            Task(**{**told, "state": RegulationState(told["state"])}) for told in read["tasks"]
        ]
        return cls(**read)


def chunked(people: Mapping[str, Person], most_ids: int) -> list[dict[str, Person]]:
    """The users in portions that fit a task of Mixpanel and an item of DynamoDB."""
    portions: list[dict[str, Person]] = []
    ids = weight = 0
    for regulation, person in people.items():
        ids, weight = ids + len(person.ids), weight + person.weight
        if not portions or ids > most_ids or weight > CHUNK_BYTES:
            portions.append({})
            ids, weight = len(person.ids), person.weight
        portions[-1][regulation] = person
    return portions


def content_id(*content: Any) -> str:
    """An id that the same content has again, as RFC 9562 allows it in section 5.8."""
    digest = bytearray(sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS)).digest()[:16])
    digest[6] = digest[6] & 0x0F | 0x80
    digest[8] = digest[8] & 0x3F | 0x80
    text = digest.hex()
    return "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
