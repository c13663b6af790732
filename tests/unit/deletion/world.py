"""The world of regulations in memory: tables, a clock, and the emulator's own judgement."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import httpx

from mixpanel_emulator.endpoints.exchange import Exchange
from mixpanel_emulator.endpoints.handle_request import handle_request
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import Store
from rudder_mixpanel.deletion.step import Tally
from rudder_mixpanel.deletion.worker import process_due_chunks
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.mixpanel.deletion import DeletionClient
from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import FINAL, Person, RegulationState, RegulationType
from tests.build import TOKEN
from tests.fakes.regulation_tables import MemoryHolders, MemoryRegister

START = datetime(2027, 1, 1, tzinfo=UTC)
GDPR_TOKEN = "gdpr-f00dfeed"


class Killed(BaseException):
    """The process has died."""


@dataclass
class World:
    """What deletions need; `dies_at` names the touches of the outside that the process dies of.

    It dies after the touch: what was asked was done, and nobody hears of it. Of a request that it
    `loses` the same is true, and the process lives on.
    """

    config: dict[str, Any] = field(default_factory=dict)
    project: Project = field(default_factory=lambda: Project(deletion_stage_seconds=3_600))
    dies_at: frozenset[int] = frozenset()
    delivery_timeout: int = 60
    time: datetime = START
    touches: int = 0
    woken: int = 0
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)
    answer: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    loses: Callable[[httpx.Request], bool] = lambda _: False

    def __post_init__(self) -> None:
        """Begin with empty tables and an empty project."""
        self.tables, self.held = MemoryRegister(), MemoryHolders()
        self.store = Store()
        self.repository: Any = Mortal(self.tables, self)
        self.suppressions: Any = Mortal(self.held, self)
        self.http = httpx.Client(transport=httpx.MockTransport(self.answered))

    def touch[Result](self, result: Result) -> Result:
        """Die of it, if it is time."""
        self.touches += 1
        if self.touches in self.dies_at:
            raise Killed
        return result

    def now(self) -> int:
        """The time."""
        return int(self.time.timestamp())

    def pause(self) -> None:
        """Wait as the function does."""
        self.time += timedelta(seconds=1.1)

    def wake(self) -> None:
        """Count it."""
        self.woken += 1

    def time_left(self) -> int:
        """An invocation that has just begun."""
        return 60_000

    def mixpanel(self) -> DeletionClient:
        """The emulator's project."""
        config = {"token": TOKEN, "gdprApiToken": GDPR_TOKEN, "userDeletionApi": "task"}
        there = DeletionSettings.from_config({**config, **self.config})
        return DeletionClient(
            self.http, replace(there, app_url="http://m", ingestion_url="http://m")
        )

    def answered(self, request: httpx.Request) -> httpx.Response:
        """What the emulator makes of a request, unless the test has another answer."""
        self.sent.append((self.time, request.method, request.content.decode()))
        own = self.answer(request)
        if own is None:
            exchange = Exchange(
                method=request.method,
                path=request.url.path,
                query=dict(request.url.params),
                headers=dict(request.headers),
                body=request.content,
                at=self.time,
            )
            said = handle_request(exchange, [self.project], self.store, None)
            own = httpx.Response(said.status, content=said.body, headers=dict(said.headers))
            if self.loses(request):
                raise httpx.ReadTimeout("no answer", request=request)
        return self.touch(own)

    def ask(
        self,
        *users: str,
        kind: RegulationType = RegulationType.SUPPRESS_WITH_DELETE,
        name: str = "c",
    ) -> Chunk:
        """Accept regulations about these users, in one chunk."""
        people = {f"{name}-{user}": person(user) for user in users}
        chunk = Chunk(
            id=name,
            type=kind,
            request_id="request",
            requested_by="privacy",
            requested_at=self.now(),
            source_ids=[],
            destination_ids=["default"],
            members=list(people),
            people=people,
        )
        self.tables.begin(chunk)
        return chunk

    def accept(self, *users: str, **more: Any) -> Chunk:
        """The same, accepted."""
        return accept_chunk(self.ask(*users, **more), self)

    def cancel(self, regulation: str, name: str = "c") -> None:
        """Wish for a cancellation, as the API does."""
        chunk = self.chunk(name)
        chunk.request_cancellation(regulation, "privacy", self.now())
        assert self.tables.save(chunk)

    def chunk(self, name: str = "c") -> Chunk:
        """A chunk as it is stored."""
        found = self.tables.load(name)
        assert found is not None
        return found

    def work(self) -> Tally:
        """One invocation; the next one comes when SQS gives up on one that has died."""
        try:
            return process_due_chunks(self)
        except Killed:
            self.time += timedelta(seconds=360)
            return Tally()

    def run(self, days: float = 1, every: int = 600) -> "World":
        """Let the schedule wake it for so long."""
        end = self.time + timedelta(days=days)
        while self.time < end:
            self.work()
            self.time += timedelta(seconds=every)
        return self

    def states(self, name: str = "c") -> list[RegulationState]:
        """How far the regulations of a chunk are."""
        chunk = self.chunk(name)
        return [chunk.state_of(one) for one in chunk.members]

    @property
    def suppressed(self) -> set[str]:
        """Whom a regulation holds."""
        return {name for name, held in self.held.held.items() if held.holders}

    def deleted(self) -> list[list[str]]:
        """Whom the tasks that have succeeded have deleted."""
        tasks = self.store.tasks.by_id.values()
        return [task.distinct_ids for task in tasks if task.status == "SUCCESS"]

    def tasks(self) -> list[str]:
        """How the tasks at Mixpanel stand."""
        return [task.status for task in self.store.tasks.by_id.values()]

    def pauses(self) -> list[float]:
        """Seconds between one request and the next."""
        times = [at for at, _, _ in self.sent]
        return [(after - before).total_seconds() for before, after in pairwise(times)]

    def is_over(self) -> bool:
        """Whether every regulation is in a final state."""
        return all(state in FINAL for name in self.tables.chunks for state in self.states(name))


class Mortal:
    """A table whose every call may be the last thing that a process does."""

    def __init__(self, table: Any, world: World) -> None:
        self._table = table
        self._world = world

    def __getattr__(self, name: str) -> Any:
        """A call of the table, and then a touch."""
        call = getattr(self._table, name)

        def touched(*given: Any) -> Any:
            return self._world.touch(call(*given))

        return touched


def person(user: str) -> Person:
    """A user as a regulation names them."""
    return Person({"userId": user}, [user], [f"name-of-{user}"])


def first(method: str) -> Callable[[httpx.Request], bool]:
    """Whether a request is the first one of this method."""
    seen: list[str] = []

    def is_first(request: httpx.Request) -> bool:
        seen.append(request.method)
        return request.method == method and seen.count(method) == 1

    return is_first


def bodies(told: Mapping[str, Any]) -> Callable[[httpx.Request], httpx.Response | None]:
    """An answer for each method that is named, once; the emulator's for the others."""
    left = dict(told)

    def answer(request: httpx.Request) -> httpx.Response | None:
        one: httpx.Response | Exception | None = left.pop(request.method, None)
        if isinstance(one, Exception):
            raise one
        return one

    return answer
