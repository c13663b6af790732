"""One interleaving: events, regulations and cancellations, with others acting at every touch.

Time passes during lookups and requests, and during them others may act: a regulation comes between
the lookup of a user and the request about them, and while that request is on its way.
"""

from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any, cast
from unittest import mock

import httpx
import orjson

from mixpanel_emulator.state.project import Project
from rudder_mixpanel.aws.sqs import Queue as SqsQueue
from rudder_mixpanel.delivery import dispatch
from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.mixpanel.ingestion import IngestionClient
from rudder_mixpanel.regulations import service
from rudder_mixpanel.regulations.model import (
    FINAL,
    UNHEARD,
    Chunk,
    RegulationState,
    RegulationType,
    Task,
)
from rudder_mixpanel.regulations.requests import RegulationRequest, RequestError
from rudder_mixpanel.regulations.service import Caller
from rudder_mixpanel.suppression import pseudonym
from rudder_mixpanel_cli.queues.held import Held
from tests.build import SENT_AT, config, destination, identify, sqs_record, track
from tests.fakes.deletion import FakeDeletionDependencies as Deleting
from tests.fakes.delivery_tables import MemoryLedger
from tests.fakes.ingestion import accept_all, failed_record, partly_imported, records_in
from tests.fakes.sqs.client import QUEUE_URL, MemorySqsClient

KEY = b"k" * 32
USERS = ("ann", "bob", "cy")
TIMEOUT = 60
CALLER = Caller("story")


class OutOfTime(BaseException):
    """Lambda has ended the invocation."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A request to the ingestion API: its time in seconds, and the identifiers in it."""

    start: float
    end: float
    text: str


class Lookups:
    """The table of suppressed users as the delivery function sees it."""

    def __init__(self, story: "Story") -> None:
        self.story = story

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """Who suppresses each at some moment while it is asked."""
        self.story.pass_time(2)
        if self.story.chance(0.03):
            return {}
        held = self.story.deleting.stored_suppressions
        found = {one: held.get(pseudonym(KEY, one)).holders for one in identifiers}
        self.story.pass_time(2)
        return found

    def count(self, *_: object) -> None:
        """Nothing is reported here."""


class Story:
    """Everything that happens, by one seed."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)  # noqa: S311 - a story, and no secret
        mode = self.random.choice(["original", "simplified"])
        self.config = config(
            identityMergeApi=mode, propIncrements=["seats"], groupKeySettings=["company"]
        )
        api = self.random.choice(["task", "task", "engage"])
        self.deleting = Deleting(
            config={"identityMergeApi": mode, "userDeletionApi": api},
            project=Project(deletion_stage_seconds=self.random.choice([60, 3_600])),
        )
        self.deleting.answer = self.trouble
        self.unrest = self.random.choice([0.05, 0.05, 0.05, 0.3])
        self.deleting.loses_response = lambda _: self.chance(self.unrest)
        self.lookups = Lookups(self)
        self.http = httpx.Client(transport=httpx.MockTransport(self.ingest))
        self.queue: list[dict[str, Any]] = []
        self.sent: list[Sent] = []
        # Whom each regulation wants deleted, and who was named when nobody wanted it any more.
        self.wanted: dict[str, set[str]] = {}
        self.unwanted: set[str] = set()
        self.promises: dict[str, tuple[int, set[str]]] = {}
        self.cancelled: dict[str, float] = {}
        self.ends = float("inf")
        self.is_busy = False
        self.number = 0

        self.ledger = MemoryLedger()
        self.destination_id = "default"
        self.aside = MemorySqsClient()
        self.replayed = 0
        self.rejected_queue = SqsQueue(cast("Any", self.aside), QUEUE_URL)
        self.events_queue = SqsQueue(cast("Any", MemorySqsClient()), QUEUE_URL)

    # What the delivery function needs

    def mixpanel(self) -> IngestionClient:
        """The ingestion API."""
        return IngestionClient(self.http, destination(**self.config))

    def suppression_lookup(self) -> Lookups:
        """Who is suppressed."""
        return self.lookups

    # What the regulations API needs

    @property
    def repository(self) -> Any:
        """Where regulations are."""
        return self.deleting.repository

    @property
    def suppressions(self) -> Any:
        """Where it says who is suppressed."""
        return self.deleting.suppressions

    delivery_timeout = TIMEOUT

    def now(self) -> int:
        """The time."""
        return self.deleting.now()

    def settings(self) -> Any:
        """How the destination deletes."""
        return self.deleting.mixpanel().settings

    def pseudonym(self, identifier: str) -> str:
        """What stands for an identifier."""
        return pseudonym(KEY, identifier)

    def wake(self) -> None:
        """The schedule does that."""

    # What happens

    def chance(self, probability: float) -> bool:
        """Whether it comes to that."""
        return self.random.random() < probability

    @property
    def seconds(self) -> float:
        """The time with its fractions."""
        return self.deleting.time.timestamp()

    def pass_time(self, most: float) -> None:
        """Let some time pass, in which others may act, and in which Lambda may lose patience."""
        self.deleting.time += timedelta(seconds=self.random.uniform(0, most))
        if not self.is_busy and self.chance(0.25):
            self.is_busy = True
            self.random.choice([self.ask, self.ask, self.cancel])()
            self.is_busy = False
        if self.seconds > self.ends:
            raise OutOfTime

    def ingest(self, request: httpx.Request) -> httpx.Response:
        """A request to the ingestion API, which takes its time."""
        start, text = self.seconds, orjson.dumps(records_in(request)).decode()
        try:
            self.pass_time(12)
        finally:
            # What Lambda ends is cut off at that moment.
            self.sent.append(Sent(start, min(self.seconds, self.ends), text))
        if self.chance(0.1):
            return httpx.Response(503)
        if self.chance(0.1):
            return httpx.Response(200, text="<html>")
        if request.url.path == "/import" and self.chance(0.3):
            records = records_in(request)
            first = failed_record(0, records[0]["properties"]["$insert_id"])
            return partly_imported(len(records), first)
        return accept_all(request)

    def trouble(self, request: httpx.Request) -> httpx.Response | None:
        """What Mixpanel's deletions may answer instead of what they should, after a while."""
        if request.method == "POST":
            self.unwanted |= named(orjson.loads(request.content)) - self.wanted_now()
        self.pass_time(2)
        if self.chance(self.unrest):
            return httpx.Response(self.random.choice([429, 500, 503]))
        if self.chance(self.unrest):
            raise httpx.ConnectError("no", request=request)
        return None

    def event(self) -> None:
        """Somebody does something; it may have come before."""
        user, device = self.random.choice(USERS), f"device-{self.random.choice(USERS)}"
        self.number += 1
        make = self.random.choice([track, track, identify, group])
        message = make(
            userId=self.random.choice([user, user, None]),
            anonymousId=device,
            messageId=f"m-{self.number}",
        )
        if make is track and self.chance(0.3):
            message["properties"] = {"seats": 1}
        self.queue.append(sqs_record(message, f"record-{self.number}"))

    def replay(self) -> None:
        """An operator sends again what was rejected, as the command does."""
        aside, self.aside.messages = self.aside.messages, []
        for message in aside:
            self.number += 1
            again = held(message).again
            attributes = {
                name: {"stringValue": one["StringValue"]} for name, one in again.attributes.items()
            }
            record = sqs_record(again.body, f"record-{self.number}")
            self.queue.append({**record, "messageAttributes": attributes})
            self.replayed += 1

    def deliver(self) -> None:
        """One invocation, with what waits on the queue; some of it will come again."""
        batch = self.random.sample(self.queue, min(len(self.queue), 5))
        self.ends = self.seconds + TIMEOUT

        def time_left() -> int:
            return int(1000 * (self.ends - self.seconds))

        run = Invocation(f"run-{self.seconds}", lambda: self.deleting.time, time_left)
        try:
            # One lane after the other: the same seed tells the same story.
            with mock.patch.object(dispatch, "ThreadPoolExecutor", one_thread):
                answer = deliver(batch, cast("Any", self), run).response
            kept = {one["itemIdentifier"] for one in answer["batchItemFailures"]}
        except OutOfTime:
            kept = {one["messageId"] for one in batch}
        self.ends = float("inf")
        done = [one["messageId"] for one in batch if one["messageId"] not in kept]
        self.queue = [one for one in self.queue if one["messageId"] not in done or self.chance(0.3)]

    def ask(self) -> None:
        """Somebody asks for regulations."""
        users = self.random.sample(USERS, self.random.choice([1, 1, 2]))
        kind = self.random.choice([RegulationType.SUPPRESS, RegulationType.SUPPRESS_WITH_DELETE])
        told = [
            {"userId": one} | ({"anonymousId": f"device-{one}"} if self.chance(0.5) else {})
            for one in users
        ]
        with_delete = kind is RegulationType.SUPPRESS_WITH_DELETE
        asked = RegulationRequest(kind, [], ["default"] if with_delete else [], told)
        for user, shown in zip(
            told, service.create_regulations(asked, CALLER, cast("Any", self)), strict=True
        ):
            chunk = service.find_chunk(shown["id"], cast("Any", self))
            self.promises[shown["id"]] = (chunk.effective_at, set(user.values()))
            if with_delete:
                device = {f"$device:{user['anonymousId']}"} if "anonymousId" in user else set()
                self.wanted[shown["id"]] = set(user.values()) | device

    def cancel(self) -> None:
        """Somebody cancels one of them."""
        if self.promises:
            regulation = self.random.choice(sorted(self.promises))
            try:
                service.cancel_regulation(regulation, CALLER, cast("Any", self))
            except RequestError:
                return
            self.cancelled.setdefault(regulation, self.seconds)

    def work(self) -> None:
        """The function that deletes users is woken."""
        self.deleting.run_worker()

    def wait(self) -> None:
        """Some time passes."""
        self.deleting.time += timedelta(seconds=self.random.choice([1, 10, 70, 600, 7_200]))

    def tell(self, steps: int = 30) -> "Story":
        """Let all of it happen, and then let everything come to its end."""
        acts = [self.event, self.event, self.deliver, self.deliver, self.work, self.wait]
        acts += [self.ask, self.cancel, self.replay]
        for _ in range(steps):
            self.random.choice(acts)()
        self.is_busy = True
        self.deleting.run(days=20, every=3_600)
        return self

    # What must be true

    def broken_promises(self) -> list[str]:
        """Requests that name somebody after the time from which none was to."""
        return [
            f"{regulation} in {one.start}..{one.end}"
            for one in self.sent
            for regulation, (effective_at, names) in self.promises.items()
            if one.end > effective_at
            and one.start < self.cancelled.get(regulation, float("inf"))
            and any(f'"{name}"' in one.text or f'"$device:{name}"' in one.text for name in names)
        ]

    def unfinished(self) -> list[RegulationState]:
        """Regulations that are in no final state at the end, or in one that nothing explains."""
        states = (
            state
            for name in self.deleting.stored_regulations.chunks
            for state in self.deleting.states(name)
        )
        return [state for state in states if state not in FINAL or state is RegulationState.FAILED]

    def wrongly_held(self) -> list[str]:
        """Regulations that suppress somebody after they are cancelled, or do not before."""
        chunks = [self.deleting.chunk(name) for name in self.deleting.stored_regulations.chunks]
        return [
            regulation
            for chunk in chunks
            for regulation in chunk.members
            for name in self.repository.entries([regulation])[regulation].names
            if (regulation in self.suppressions.get(name).holders) == (regulation in chunk.lifted)
        ]

    def too_fast(self) -> list[float]:
        """Pauses between requests for deletions that are too short."""
        return [pause for pause in self.deleting.pauses() if pause < 1]

    def wanted_now(self) -> set[str]:
        """Whom a regulation wants deleted that is not cancelled, or has to be asked for again."""
        chunks = [self.deleting.chunk(name) for name in self.deleting.stored_regulations.chunks]
        out = {
            one
            for chunk in chunks
            for one in (*chunk.lifted, *chunk.leaving)
            if not repeats(chunk.task_of(one))
        }
        return {one for name, ids in self.wanted.items() if name not in out for one in ids}

    def not_asked_for(self) -> set[str]:
        """Who was deleted, or asked to be, when nobody wanted it, or without being told of it."""
        chunks = [self.deleting.chunk(name) for name in self.deleting.stored_regulations.chunks]
        told = {
            one
            for chunk in chunks
            for regulation in chunk.members
            if chunk.state_of(regulation) is RegulationState.COMPLETED
            or says_it_may_be(chunk, regulation)
            for one in self.wanted.get(regulation, ())
        }
        return self.unwanted | {one for ids in self.deleting.deleted() for one in ids} - told

    def faults(self) -> list[Any]:
        """All that is wrong with it; nothing, if it is as it should be."""
        return [
            *self.broken_promises(),
            *self.unfinished(),
            *self.wrongly_held(),
            *self.too_fast(),
            *sorted(self.not_asked_for()),
        ]


def repeats(task: Task | None) -> bool:
    """Whether asking again is the way to find out whether a task was created."""
    return task is not None and task.unclear and not task.by_engage


def says_it_may_be(chunk: Chunk, regulation: str) -> bool:
    """Whether the report of a cancelled regulation says that it may have been carried out."""
    task = chunk.task_of(regulation)
    return task is not None and any(one["what"] == UNHEARD for one in task.history)


def named(body: Any) -> set[str]:
    """Whom a request wants deleted."""
    if isinstance(body, list):
        return {update["$distinct_id"] for update in body}
    return set(body["distinct_ids"])


def group(**changes: Any) -> dict[str, Any]:
    """A group call; keyword arguments override its fields."""
    return track(type="group", event=None, traits={"company": "acme"}, **changes)


def held(message: dict[str, Any]) -> Held:
    """A message of the rejected queue, as somebody finds it who looks."""
    return Held.of(
        {
            "MessageId": "message",
            "ReceiptHandle": "handle",
            "Body": message["MessageBody"],
            "MessageAttributes": message["MessageAttributes"],
            "Attributes": {"SentTimestamp": str(SENT_AT)},
        }
    )


def one_thread(_: int) -> ThreadPoolExecutor:
    """Threads that do one thing after the other."""
    return ThreadPoolExecutor(1)


def told(seed: int) -> Story:
    """The story of a seed."""
    return Story(seed).tell()
