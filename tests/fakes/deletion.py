"""Deletion in memory: tables, a clock, and Mixpanel as the emulator judges requests."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
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
from rudder_mixpanel.mixpanel.token_proofs import TokenAddress, TokenProofs
from rudder_mixpanel.regulations.accept import accept_chunk
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import FINAL, Person, RegulationState, RegulationType
from rudder_mixpanel.suppression import CHECK_TEXT
from tests.build import TOKEN
from tests.fakes.regulation_tables import (
    MemoryProfileTimes,
    MemoryRegulationRepository,
    MemorySuppressionStore,
)

START = datetime(2027, 1, 1, tzinfo=UTC)
GDPR_TOKEN = "gdpr-f00dfeed"


class ProcessDied(BaseException):
    """The process has died; only what starts the next process catches this."""


@dataclass
class FakeDeletionDependencies:
    """`DeletionDependencies` in memory, with a log of the requests to Mixpanel.

    `dies_after` holds numbers of calls to the tables and to Mixpanel: the process dies after each
    of them, so the call has its effect and its result is lost. A request that `loses_response`
    has its effect as well, but the process survives. `answer` replaces a response of Mixpanel.
    """

    config: dict[str, Any] = field(default_factory=dict)
    project: Project = field(default_factory=lambda: Project(deletion_stage_seconds=3_600))
    dies_after: frozenset[int] = frozenset()
    delivery_timeout: int = 60
    time: datetime = START
    calls: int = 0
    wake_calls: int = 0
    sent: list[tuple[datetime, str, str]] = field(default_factory=list)
    answer: Callable[[httpx.Request], httpx.Response | None] = lambda _: None
    loses_response: Callable[[httpx.Request], bool] = lambda _: False

    def __post_init__(self) -> None:
        """Begin with empty tables and an empty project."""
        self.stored_regulations = MemoryRegulationRepository()
        self.stored_suppressions = MemorySuppressionStore()
        self.stored_profile_times = MemoryProfileTimes()
        self.store = Store()
        self.repository: Any = CountedTable(self.stored_regulations, self)
        self.suppressions: Any = CountedTable(self.stored_suppressions, self)
        self.profile_times: Any = CountedTable(self.stored_profile_times, self)
        self.token_proofs = TokenProofs()
        self.http = httpx.Client(transport=httpx.MockTransport(self._respond))

    def count_call[Result](self, result: Result) -> Result:
        """Count a call that had this result; raises ProcessDied if the process dies after it."""
        self.calls += 1
        if self.calls in self.dies_after:
            raise ProcessDied
        return result

    # What `DeletionDependencies` promises

    def now(self) -> int:
        """The time, in seconds since 1970."""
        return int(self.time.timestamp())

    def pause(self) -> None:
        """Advance the clock by as much as the function waits between two requests."""
        self.time += timedelta(seconds=1.1)

    def wake(self) -> None:
        """Count the message that would start the worker."""
        self.wake_calls += 1

    def time_left(self) -> int:
        """The milliseconds left of an invocation that has just begun."""
        return 60_000

    def keyed_hash(self, text: str) -> str:
        """Any hash that differs for different texts."""
        return sha256(text.encode()).hexdigest()

    def mixpanel(self) -> DeletionClient:
        """A client whose network is the emulator's project."""
        config = {"token": TOKEN, "gdprApiToken": GDPR_TOKEN, "userDeletionApi": "task"}
        return DeletionClient(self.http, read_settings({**config, **self.config}))

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.sent.append((self.time, request.method, request.content.decode()))
        response = self.answer(request)
        if response is None:
            response = self._respond_as_emulator(request)
            if self.loses_response(request):
                raise httpx.ReadTimeout("no answer", request=request)
        return self.count_call(response)

    def _respond_as_emulator(self, request: httpx.Request) -> httpx.Response:
        exchange = Exchange(
            method=request.method,
            path=request.url.path,
            query=dict(request.url.params),
            headers=dict(request.headers),
            body=request.content,
            at=self.time,
        )
        response = handle_request(exchange, [self.project], self.store, None)
        return httpx.Response(
            response.status, content=response.content, headers=dict(response.headers)
        )

    # What a test does

    def write_chunk(
        self,
        *users: str,
        kind: RegulationType = RegulationType.SUPPRESS_WITH_DELETE,
        name: str = "c",
    ) -> Chunk:
        """Write a chunk of regulations about these users, which nothing has accepted yet."""
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
        self.stored_suppressions.verify_key(self.keyed_hash(CHECK_TEXT))
        self.stored_regulations.begin(chunk)
        return chunk

    def accept(self, *users: str, **more: Any) -> Chunk:
        """Write a chunk of regulations about these users, and accept it."""
        return accept_chunk(self.write_chunk(*users, **more), self)

    def cancel(self, regulation: str, name: str = "c") -> None:
        """Request a cancellation, as the API does."""
        chunk = self.chunk(name)
        chunk.request_cancellation(regulation, "privacy", self.now())
        assert self.stored_regulations.save(chunk)

    def run_worker(self) -> Tally:
        """Run the worker once; if it dies, SQS starts the next one six minutes later."""
        try:
            return process_due_chunks(self)
        except ProcessDied:
            self.time += timedelta(seconds=360)
            return Tally()

    def run(self, days: float = 1, every: int = 600) -> "FakeDeletionDependencies":
        """Run the worker on a schedule, every `every` seconds, for `days` days."""
        end = self.time + timedelta(days=days)
        while self.time < end:
            self.run_worker()
            self.time += timedelta(seconds=every)
        return self

    def run_to_end(self, days: float = 200) -> "FakeDeletionDependencies":
        """Run the worker whenever something is due, until nothing is, for at most `days` days."""
        end = self.time + timedelta(days=days)
        while self.time < end:
            self.run_worker()
            times = self.stored_regulations.due_times().values()
            # The schedule runs the worker every minute.
            due = min([*times, int(end.timestamp())]) - self.now()
            if not times:
                break
            self.time += timedelta(seconds=max(60, due))
        return self

    def accept_token(self) -> None:
        """Let Mixpanel have accepted the project's token just now, for deletions of profiles."""
        settings = self.mixpanel().settings
        address = TokenAddress(settings.ingestion_url, settings.token)
        self.token_proofs.note(address, None, self.time)

    # What a test looks at

    def chunk(self, name: str = "c") -> Chunk:
        """A chunk as it is stored."""
        chunk = self.stored_regulations.load(name)
        assert chunk is not None
        return chunk

    def remembered(self, name: str = "c") -> list[str]:
        """The regulations of a chunk whose users are stored in plain text."""
        return [member for member, one in self.chunk(name).people.items() if not one.is_forgotten]

    def states(self, name: str = "c") -> list[RegulationState]:
        """The state of each regulation of a chunk."""
        chunk = self.chunk(name)
        return [chunk.state_of(regulation) for regulation in chunk.members]

    @property
    def suppressed(self) -> set[str]:
        """The pseudonyms that a regulation suppresses."""
        return {name for name, entry in self.stored_suppressions.entries.items() if entry.holders}

    def deleted(self) -> list[list[str]]:
        """The distinct ids of each task that has succeeded."""
        tasks = self.store.tasks.by_id.values()
        return [task.distinct_ids for task in tasks if task.status == "SUCCESS"]

    def task_statuses(self) -> list[str]:
        """The status of each task at Mixpanel."""
        return [task.status for task in self.store.tasks.by_id.values()]

    def pauses(self) -> list[float]:
        """The seconds between each request and the next."""
        times = [at for at, _, _ in self.sent]
        return [(after - before).total_seconds() for before, after in pairwise(times)]

    def is_over(self) -> bool:
        """Whether every regulation is in a final state."""
        return all(
            state in FINAL for name in self.stored_regulations.chunks for state in self.states(name)
        )


class CountedTable:
    """A table of which every call counts, and may be the last one of the process."""

    def __init__(self, table: Any, dependencies: Any) -> None:
        self._table = table
        self._dependencies = dependencies

    def __getattr__(self, name: str) -> Any:
        """A method of the table that counts its calls."""
        method = getattr(self._table, name)

        def call(*arguments: Any) -> Any:
            return self._dependencies.count_call(method(*arguments))

        return call


def read_settings(config: dict[str, Any]) -> DeletionSettings:
    """The settings of a Config, with the addresses of the emulator."""
    return read_encoded_settings(json.dumps(config))


@lru_cache(maxsize=100)
def read_encoded_settings(config: str) -> DeletionSettings:
    """The settings of a Config in JSON; cached, for long scenarios."""
    settings = DeletionSettings.from_config(json.loads(config))
    return replace(settings, app_url="http://m", ingestion_url="http://m")


def person(user: str) -> Person:
    """A user as a regulation names them."""
    return Person({"userId": user}, [user], [f"name-of-{user}"])


def first_request(method: str) -> Callable[[httpx.Request], bool]:
    """A predicate that holds for the first request with this method only."""
    methods: list[str] = []

    def is_first(request: httpx.Request) -> bool:
        methods.append(request.method)
        return request.method == method and methods.count(method) == 1

    return is_first


def answer_once(
    by_method: Mapping[str, Any],
) -> Callable[[httpx.Request], httpx.Response | None]:
    """An `answer` for the first request of each method: a response, or an exception to raise."""
    remaining = dict(by_method)

    def answer(request: httpx.Request) -> httpx.Response | None:
        reaction: httpx.Response | Exception | None = remaining.pop(request.method, None)
        if isinstance(reaction, Exception):
            raise reaction
        return reaction

    return answer
