"""Mixpanel's deletions as a scenario meets them: failures, outages, and tasks that end badly.

The emulator judges the requests. Some get another answer first, and some tasks do not end in
SUCCESS. Everything that was asked for is recorded.
"""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, Final, cast

import httpx
import orjson

from mixpanel_emulator.state.deletion_tasks import DeletionTask
from tests.fakes.deletion import FakeDeletionDependencies
from tests.fakes.ingestion import is_probe
from tests.interleavings.spellings import plain_names

# How tasks end that do not delete anybody.
BAD_ENDS: Final = ("FAILURE", "FAILURE", "NOT_FOUND", "UNKNOWN", "REVOKED")
# What a proxy or a wrong address answers.
OUTAGES: Final[tuple[tuple[int, dict[str, Any]], ...]] = (
    (404, {"text": "<html>Not Found</html>"}),
    (404, {"json": {"error": "not found", "status": "error"}}),
    (405, {"text": ""}),
    (410, {"text": "Gone"}),
    (302, {"headers": {"Location": "https://login.test/"}}),
    (200, {"text": "<html>Maintenance</html>"}),
)
UNCERTAIN: Final = ("NOT_FOUND", "UNKNOWN")


@dataclass(slots=True)
class DeletionRequest:
    """A request that names the users to delete; times are in seconds since 1970.

    `profiles` are those of /engage, each with its `$ignore_alias`; None for a task. `status` is the
    HTTP status, 0 while there is no response, `deleted` whether /engage has answered 1, and
    `is_refused` whether Mixpanel has refused the ids at once. `regulations` are those for which it
    was sent, and `task_id` the task that it has created.
    """

    start: float
    ids: frozenset[str]
    profiles: frozenset[tuple[str, bool]] | None
    end: float = 0
    status: int = 0
    deleted: bool = False
    is_refused: bool = False
    regulations: frozenset[str] = frozenset()
    task_id: str = ""


@dataclass(frozen=True, slots=True)
class DirectClient:
    """What the product uses of `httpx.Client`, in a third of its time."""

    respond: Callable[[httpx.Request], httpx.Response]

    @contextmanager
    def stream(
        self, method: str, url: str, *, auth: httpx.Auth | None = None, **options: Any
    ) -> Iterator[httpx.Response]:
        """Respond to a request."""
        request = httpx.Request(method, url, **options)
        yield self.respond(next(auth.auth_flow(request)) if auth else request)


@dataclass(slots=True)
class DeletionApi:
    """The deletion API between the product and the emulator, by a seed."""

    random: Random
    dependencies: FakeDeletionDependencies
    pass_time: Callable[[float], None]
    at_request: Callable[[frozenset[str]], frozenset[str]]
    failure_rate: float
    # The share of tasks that end badly, and the user for whom each does: by a task, or at once.
    bad_ends: float = 0
    poisonous: str = ""
    is_refused_at_once: bool = False
    outage: tuple[int, dict[str, Any]] = OUTAGES[0]
    outage_ends: float = 0
    requests: list[DeletionRequest] = field(default_factory=list)
    # The start and the end of each request about deletions.
    times: list[tuple[float, float]] = field(default_factory=list)
    # The tasks that end badly: when, and how.
    ends: dict[str, tuple[datetime, str]] = field(default_factory=dict)
    # The tasks of other programs, and those that the product has revoked.
    foreign: set[str] = field(default_factory=set)
    revoked: set[str] = field(default_factory=set)
    planned: int = 0

    def __post_init__(self) -> None:
        """Stand between the product and the emulator."""
        dependencies = self.dependencies
        dependencies.http = cast("httpx.Client", DirectClient(self.respond))
        dependencies.answer = self.answer
        dependencies.loses_response = lambda _: self.happens(self.failure_rate)

    def happens(self, probability: float) -> bool:
        """Whether something with this probability happens."""
        return self.random.random() < probability

    @property
    def seconds(self) -> float:
        """The time in seconds since 1970."""
        return self.dependencies.time.timestamp()

    def calm_down(self) -> None:
        """Fail seldom: with tasks that take days, failures make thousands of requests."""
        self.failure_rate, self.bad_ends = 0.05, min(self.bad_ends, 0.1)

    # Requests

    def respond(self, request: httpx.Request) -> httpx.Response:
        """Respond to a request, and record what it asked for and what the product learned."""
        if is_probe(request):
            return self.dependencies._respond(request)
        asked = asked_of(request, self.seconds)
        if asked is not None:
            self.requests.append(asked)
            asked.regulations = self.at_request(asked.ids)
        start = self.seconds
        try:
            response = self.dependencies._respond(request)
        finally:
            self.times.append((start, self.seconds))
            created = self.plan_ends()
            if asked is not None:
                asked.task_id = "".join(created)
        if asked is not None:
            asked.end, asked.status = self.seconds, response.status_code
            asked.deleted = response.status_code == 200 and is_success(response)
        return response

    def answer(self, request: httpx.Request) -> httpx.Response | None:
        """A response in the place of the emulator's, or None to let it respond; it takes time."""
        self.pass_time(2)
        self.end_tasks()
        if self.seconds < self.outage_ends:
            return self.outage_response()
        if self.happens(self.failure_rate):
            return httpx.Response(self.random.choice([429, 500, 503]))
        if self.happens(self.failure_rate):
            raise httpx.ConnectError("no", request=request)
        if self.happens(self.failure_rate / 2):
            return self.outage_response()
        if request.method == "GET" and self.happens(self.failure_rate / 2):
            results = {"status": self.random.choice(UNCERTAIN)}
            return httpx.Response(200, json={"status": "ok", "results": results})
        if request.method == "DELETE":
            self.revoked.add(request.url.path.rsplit("/", 1)[-1])
        return self.refusal(request) if request.method == "POST" else None

    def outage_response(self) -> httpx.Response:
        """What is answered during an outage."""
        status, content = self.outage
        return httpx.Response(status, **content)

    def refusal(self, request: httpx.Request) -> httpx.Response | None:
        """The response to a request that names the poisonous user, if it is refused at once."""
        asked = asked_of(request, 0)
        if not self.is_refused_at_once or asked is None or not self.is_poisoned(asked.ids):
            return None
        self.requests[-1].is_refused = True
        if asked.profiles is None:
            return httpx.Response(400, json={"error": "invalid", "status": "error"})
        return httpx.Response(200, json={"error": "invalid", "status": 0})

    def is_poisoned(self, ids: Collection[str]) -> bool:
        """Whether these ids include one of the poisonous user."""
        return self.poisonous in plain_names(ids)

    def begin_outage(self) -> None:
        """Answer nothing but one response for some hours."""
        self.outage = self.random.choice(OUTAGES)
        self.outage_ends = self.seconds + self.random.uniform(600, 8 * 3_600)

    # Tasks

    def plan_ends(self) -> list[str]:
        """Decide how the tasks that the emulator has just created end, and return their ids."""
        tasks = list(self.dependencies.store.tasks.by_id.values())[self.planned :]
        for task in tasks:
            is_poisoned = not self.is_refused_at_once and self.is_poisoned(task.distinct_ids)
            if is_poisoned or self.happens(self.bad_ends):
                takes = 3 * task.stage.total_seconds() * self.random.uniform(0.1, 0.9)
                status = "FAILURE" if is_poisoned else self.random.choice(BAD_ENDS)
                end = task.requested + timedelta(seconds=takes)
                self.ends[task.tracking_id] = end, status
        self.planned += len(tasks)
        return [task.tracking_id for task in tasks]

    def end_tasks(self) -> None:
        """End the tasks that end badly by now."""
        for task_id, (at, status) in list(self.ends.items()):
            if at <= self.dependencies.time:
                task = self.dependencies.store.tasks.by_id[task_id]
                if task.is_running:
                    task.enter(status, at)
                del self.ends[task_id]

    def create_foreign(self, ids: Collection[str]) -> None:
        """Create a task as another program of the project's owner, unless one is running."""
        tasks = self.dependencies.store.tasks
        self.end_tasks()
        tasks.advance(self.dependencies.time)
        if any(not set(ids).isdisjoint(task.distinct_ids) for task in tasks.running("1")):
            return
        stage = timedelta(seconds=self.dependencies.project.deletion_stage_seconds)
        task = DeletionTask(
            tracking_id=tasks.new_id(),
            project="1",
            requesting_user="owner",
            compliance_type="GDPR",
            requested=self.dependencies.time,
            distinct_ids=sorted(ids),
            stage=stage,
        )
        tasks.add(task)
        self.foreign.add(task.tracking_id)
        self.plan_ends()

    @property
    def tasks(self) -> list[DeletionTask]:
        """All tasks, with the status that they have now."""
        self.end_tasks()
        self.dependencies.store.tasks.advance(self.dependencies.time)
        return list(self.dependencies.store.tasks.by_id.values())


def asked_of(request: httpx.Request, start: float) -> DeletionRequest | None:
    """What a request asks to delete; None if it names nobody."""
    if request.method != "POST" or is_probe(request):
        return None
    body = orjson.loads(request.content)
    if isinstance(body, dict):
        return DeletionRequest(start, frozenset(body["distinct_ids"]), None)
    profiles = frozenset(
        (update["$distinct_id"], update.get("$ignore_alias", False)) for update in body
    )
    return DeletionRequest(start, frozenset(id_ for id_, _ in profiles), profiles)


def is_success(response: httpx.Response) -> bool:
    """Whether /engage says that the profiles are deleted."""
    try:
        body = response.json()
    except ValueError:
        return False
    return isinstance(body, dict) and body.get("status") == 1
