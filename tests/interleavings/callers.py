"""The callers of a scenario: who requests and cancels regulations, repeats and gives up.

They note what they are told. A request that is not answered counts as a wish, too: what is stored
of it is carried out.
"""

from collections import Counter
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from typing import Any, cast

import orjson

from rudder_mixpanel.errors import TableUnavailable
from rudder_mixpanel.regulations import create, service, transformer
from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import RegulationState, RegulationType
from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.requests import RegulationRequest, RequestError
from rudder_mixpanel.regulations.scopes import Scope
from rudder_mixpanel.regulations.stored_chunk import decode_chunk
from rudder_mixpanel.regulations.task import Task
from rudder_mixpanel.suppression import pseudonym
from tests.build import TOKEN
from tests.fakes.deletion import ProcessDied
from tests.fakes.regulation_worker import (
    MOST_FAILED_ATTEMPTS,
    JobStatus,
    RegulationWorker,
    WorkerJob,
)
from tests.interleavings.environment import KEY, Environment
from tests.interleavings.promises import NEVER, Promise, identifiers_of, names_of, same_wish
from tests.interleavings.spellings import USERS, plain_names, spell_as_text

CALLER = Caller("scenario", frozenset(Scope))
# What ends a request without an answer: a table, or the process.
NO_ANSWER = (TableUnavailable, ProcessDied)
# The states of regulations that must not answer a new wish.
CLOSED = frozenset(
    {
        RegulationState.COMPLETED,
        RegulationState.FAILED,
        RegulationState.CANCELLING,
        RegulationState.CANCELED,
    }
)


class Callers(Environment):
    """Requests for regulations and their cancellations, and what was promised."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.promises: dict[str, Promise] = {}
        self.requests: list[RegulationRequest] = []
        # The latest regulation of each wish.
        self.latest: dict[Any, str] = {}
        # Names in requests for deletions that nobody wants deleted, or not yet, and wrong answers.
        self.unwanted: set[str] = set()
        self.too_early: set[str] = set()
        self.wrong_answers: list[str] = []
        self.counts: Counter[str] = Counter()

    def request_regulation(self) -> None:
        """Request a regulation about one or two users, as a privacy tool or RudderStack does."""
        names = self.random.sample(USERS, self.random.choice([1, 1, 2]))
        users = [self.spelled_user(name) for name in names]
        if self.happens(0.2):
            self.send_job(users)
        else:
            self.send_request(self.regulation_request(users, deletes=self.happens(0.5)))

    def repeat_request(self) -> None:
        """Send an earlier request once more, maybe in another order, with other attributes."""
        if not self.requests:
            return
        request = self.random.choice(self.requests)
        count = self.random.randint(1, min(3, len(request.users)))
        users = [dict(user) for user in self.random.sample(request.users, count)]
        for user in users:
            if self.happens(0.3):
                user["plan"] = self.random.choice(["free", "paid"])
        self.counts["repeated requests"] += 1
        self.send_request(replace(request, users=users))

    def regulation_request(
        self, users: list[dict[str, str]], *, deletes: bool
    ) -> RegulationRequest:
        """A request of a privacy tool."""
        kind = RegulationType.SUPPRESS_WITH_DELETE if deletes else RegulationType.SUPPRESS
        return RegulationRequest(kind, [], ["default"] if deletes else [], users)

    def send_job(self, users: list[dict[str, str]]) -> None:
        """Let RudderStack's worker carry out a job, until it is complete or given up."""
        self.counts["jobs of RudderStack's worker"] += 1
        config = {"token": TOKEN, "userDeletionApi": self.settings().deletion_api}
        worker = RegulationWorker("https://stack.test", self.answer_worker)
        worker.pass_time(0)
        for attempt in range(MOST_FAILED_ATTEMPTS + 1):
            job = WorkerJob(users=users, config=config, failed_attempts=attempt)
            if worker.process(job) is JobStatus.COMPLETE:
                return
        # Only a table or a process that fails each time ends a valid job otherwise.
        self.counts["jobs given up"] += 1

    def answer_worker(
        self, method: str, _path: str, _headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Answer a request of RudderStack's worker. Raises OSError for no answer."""
        if method == "GET":
            return 200, orjson.dumps(transformer.FEATURES)
        served = transformer.ServedDestination("default", TOKEN, self.settings().deletion_api)
        try:
            results = transformer.answer_jobs(orjson.loads(body), served, self.create)
        except NO_ANSWER:
            raise TimeoutError from None
        status = transformer.overall_status(results)
        if status != 200:
            self.wrong_answers.append(f"a valid job is answered {status}")
        return status, orjson.dumps(results)

    def send_request(self, request: RegulationRequest) -> None:
        """Send a request; without an answer, maybe never again."""
        while True:
            try:
                self.create(request)
            except NO_ANSWER:
                if self.happens(0.5):
                    continue
            return

    def create(self, request: RegulationRequest) -> None:
        """Create regulations, and note what they promise. Raises what left it without an answer."""
        if request not in self.requests:
            self.requests.append(request)
        open_before = {key: self.open_regulation(key) for key in keys_of(request)}
        stored = set(self.deletion.stored_regulations.chunks)
        try:
            regulations = create.create_regulations(request, CALLER, cast("Any", self))
        except NO_ANSWER:
            self.counts["requests without an answer"] += 1
            self.note_unanswered(request, stored)
            raise
        for user, key, regulation in zip(request.users, keys_of(request), regulations, strict=True):
            self.check_answer(open_before[key], regulation)
            self.note_promise(regulation, user, request)

    def open_regulation(self, key: Any) -> str:
        """The regulation that a repeated wish must be answered with; empty for a new one."""
        regulation = self.latest.get(key, "")
        if not regulation or self.promises[regulation].cancelled_at != NEVER:
            return ""
        return "" if self.stored_state(regulation) in CLOSED else regulation

    def stored_state(self, regulation: str) -> RegulationState:
        """The state of a regulation in the table."""
        return self.chunk_of(regulation).state_of(regulation)

    def chunk_of(self, regulation: str) -> Chunk:
        """The chunk of a regulation as it is stored, also before the regulation has an entry."""
        stored = self.deletion.stored_regulations
        name = stored.regulations.get(regulation)
        if name is not None:
            return read_chunk(stored.chunks[name])
        chunks = map(read_chunk, stored.chunks.values())
        return next(chunk for chunk in chunks if regulation in chunk.members)

    def check_answer(self, expected: str, regulation: dict[str, Any]) -> None:
        """Note an answer with a closed regulation, or with a second one for the same wish."""
        if regulation["state"] in CLOSED:
            self.wrong_answers.append(f"{regulation['id']} is {regulation['state']}")
        if expected and expected != regulation["id"]:
            self.wrong_answers.append(f"{regulation['id']} instead of {expected}")

    def note_promise(
        self, regulation: dict[str, Any], user: dict[str, str], request: RegulationRequest
    ) -> None:
        """Note what was promised to the caller."""
        promise = self.note_wish(regulation["id"], user, request)
        effective_at = datetime.fromisoformat(regulation["effectiveAt"]).timestamp()
        if promise.effective_at not in {0, effective_at}:
            self.wrong_answers.append(f"{regulation['id']} is effective at another time")
        promise.effective_at = effective_at
        promise.answered_at = min(promise.answered_at, self.seconds)

    def note_wish(
        self, regulation: str, user: dict[str, str], request: RegulationRequest
    ) -> Promise:
        """Note that a regulation is about a user."""
        deletes = request.type is RegulationType.SUPPRESS_WITH_DELETE
        merge = self.config["identityMergeApi"]
        self.latest[same_wish(user, deletes=deletes)] = regulation
        new = Promise.about(regulation, user, merge, deletes=deletes)
        return self.promises.setdefault(regulation, new)

    def note_unanswered(self, request: RegulationRequest, stored: set[str]) -> None:
        """Note the regulations that a request without an answer has left in the table."""
        for name in self.deletion.stored_regulations.chunks.keys() - stored:
            for regulation, person in self.deletion.chunk(name).people.items():
                user = next(
                    user for user in request.users if set(person.pseudonyms) == hashes_of(user)
                )
                self.note_wish(regulation, user, request)

    def spelled_user(self, name: str) -> dict[str, str]:
        """A user of a regulation, and maybe a device."""
        user = {"userId": spell_as_text(self.random, name)}
        if self.happens(0.5):
            user["anonymousId"] = spell_as_text(self.random, f"device-{name}")
        return user

    def cancel(self) -> None:
        """Cancel a regulation, if there is one."""
        if self.promises:
            self.cancel_regulation(self.random.choice(sorted(self.promises)))

    def cancel_regulation(self, regulation: str) -> None:
        """Cancel a regulation; without an answer, it counts if it was stored."""
        try:
            service.cancel_regulation(regulation, CALLER, cast("Any", self))
        except RequestError:
            return
        except NO_ANSWER:
            if self.chunk_of(regulation).cancellation(regulation) is None:
                return
        promise = self.promises[regulation]
        self.counts["cancellations"] += 1
        promise.cancelled_at = min(promise.cancelled_at, self.seconds)

    # What requests for deletions may name

    def note_deletion(self, ids: frozenset[str]) -> frozenset[str]:
        """Note the names that nobody wants deleted, or not yet.

        Returns the regulations for which the request is sent.
        """
        wanted = [promise for promise in self.promises.values() if self.is_wanted(promise)]
        effective = [promise for promise in wanted if self.is_effective(promise)]
        self.unwanted |= plain_names(ids) - names_of(wanted)
        self.too_early |= plain_names(ids) - names_of(effective) - self.unwanted
        return frozenset(
            member
            for chunk in map(read_chunk, self.deletion.stored_regulations.chunks.values())
            for task in chunk.tasks
            if task.state is RegulationState.CREATING and task.sent_at == self.now()
            if ids.issubset(chunk.ids_of(task))
            for member in task.members
        )

    def is_wanted(self, promise: Promise) -> bool:
        """Whether a regulation wants its user deleted, and is not cancelled.

        A cancelled one counts as well while only a repeated request can tell whether its task was
        created.
        """
        if promise.cancelled_at == NEVER:
            return promise.deletes
        tasks = self.chunk_of(promise.regulation).tasks_of(promise.regulation)
        return promise.deletes and any(map(is_repeated, tasks))

    def is_effective(self, promise: Promise) -> bool:
        """Whether the suppression of a regulation is effective."""
        return 0 < self.effective_at(promise) <= self.seconds

    def effective_at(self, promise: Promise) -> float:
        """When a regulation is effective: as promised, or as stored; 0 if it is not accepted."""
        return promise.effective_at or self.chunk_of(promise.regulation).effective_at


@lru_cache(maxsize=100)
def read_chunk(stored: bytes) -> Chunk:
    """A stored chunk, which nobody must change."""
    return decode_chunk(stored)


def keys_of(request: RegulationRequest) -> list[Any]:
    """The wish about each user of a request."""
    deletes = request.type is RegulationType.SUPPRESS_WITH_DELETE
    return [same_wish(user, deletes=deletes) for user in request.users]


def hashes_of(user: dict[str, str]) -> set[str]:
    """The pseudonyms of a user."""
    return {pseudonym(KEY, value) for value in identifiers_of(user).values()}


def is_repeated(task: Task) -> bool:
    """Whether a task is requested again to find out whether it was created."""
    return task.unanswered and not task.by_engage
