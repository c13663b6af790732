"""One scenario: events, regulations and cancellations that overlap, in an order by a seed."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any, Self, cast
from unittest import mock

from rudder_mixpanel.delivery import dispatch
from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel.regulations import create, service
from rudder_mixpanel.regulations.model import RegulationType
from rudder_mixpanel.regulations.ports import Caller
from rudder_mixpanel.regulations.requests import RegulationRequest, RequestError
from rudder_mixpanel.regulations.scopes import Scope
from rudder_mixpanel.regulations.task import Task
from rudder_mixpanel_cli.queues.message import QueuedMessage
from tests.build import SENT_AT, identify, sqs_record, track
from tests.interleavings.environment import TIMEOUT, Environment, OutOfTime
from tests.interleavings.spellings import (
    USERS,
    known_at_mixpanel,
    plain_names,
    spell,
    spell_as_text,
)

CALLER = Caller("scenario", frozenset(Scope))


class Scenario(Environment):
    """Everything that happens to three users."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.queue: list[dict[str, Any]] = []
        # The names of those whom each regulation wants deleted, and the ids that it must name.
        self.wanted: dict[str, set[str]] = {}
        self.known_ids: dict[str, set[str]] = {}
        # From when on no request may name the users of a regulation, and by which names.
        self.promises: dict[str, tuple[int, set[str]]] = {}
        self.cancelled: dict[str, float] = {}
        self.replayed = 0
        self.number = 0

    def run(self, steps: int = 30) -> Self:
        """Do this many random things, and then run everything to its end."""
        actions = [
            *(self.send_event, self.send_event, self.deliver, self.deliver),
            *(self.run_worker, self.wait, self.request_regulation, self.cancel, self.replay),
        ]
        for _ in range(steps):
            self.random.choice(actions)()
        self.is_interrupted = True
        self.deletion.run(days=20, every=3_600)
        return self

    def interrupt(self) -> None:
        """Request or cancel a regulation."""
        actions = [self.request_regulation, self.request_regulation, self.cancel]
        self.random.choice(actions)()

    # Events

    def send_event(self) -> None:
        """Put an event on the queue."""
        user, device = self.random.choice(USERS), f"device-{self.random.choice(USERS)}"
        self.number += 1
        make = self.random.choice([track, track, identify, group])
        message = make(
            userId=self.random.choice([spell(self.random, user), user, None]),
            anonymousId=spell(self.random, device),
            messageId=f"m-{self.number}",
        )
        if make is track and self.happens(0.3):
            message["properties"] = {"seats": 1}
        self.queue.append(sqs_record(message, f"record-{self.number}"))

    def replay(self) -> None:
        """Send rejected events again, as the operator's command does."""
        rejected, self.rejected_sqs.messages = self.rejected_sqs.messages, []
        for message in rejected:
            self.number += 1
            again = held_message(message).outgoing
            attributes = {
                name: {"stringValue": attribute["StringValue"]}
                for name, attribute in again.attributes.items()
            }
            record = sqs_record(again.body, f"record-{self.number}")
            self.queue.append({**record, "messageAttributes": attributes})
            self.replayed += 1

    def deliver(self) -> None:
        """Run one invocation with records from the queue; the queue repeats some of them."""
        batch = self.random.sample(self.queue, min(len(self.queue), 5))
        self.invocation_ends = self.seconds + TIMEOUT
        kept = self.kept_of(batch)
        self.invocation_ends = float("inf")
        settled = {record["messageId"] for record in batch} - kept
        self.queue = [
            record
            for record in self.queue
            if record["messageId"] not in settled or self.happens(0.3)
        ]

    def kept_of(self, batch: list[dict[str, Any]]) -> set[str]:
        """Deliver a batch, and return the records that stay on the queue."""
        run = Invocation(f"run-{self.seconds}", lambda: self.deletion.time, self.time_left)
        try:
            # One lane after the other, so that a seed makes the same scenario every time.
            with mock.patch.object(dispatch, "ThreadPoolExecutor", one_thread):
                response = deliver(batch, cast("Any", self), run).response
        except OutOfTime:
            return {record["messageId"] for record in batch}
        return {failure["itemIdentifier"] for failure in response["batchItemFailures"]}

    def time_left(self) -> int:
        """The milliseconds left of the invocation."""
        return int(1000 * (self.invocation_ends - self.seconds))

    # Regulations

    def request_regulation(self) -> None:
        """Request a regulation about one or two users."""
        names = self.random.sample(USERS, self.random.choice([1, 1, 2]))
        kind = self.random.choice([RegulationType.SUPPRESS, RegulationType.SUPPRESS_WITH_DELETE])
        users = [self.spelled_user(name) for name in names]
        deletes = kind is RegulationType.SUPPRESS_WITH_DELETE
        request = RegulationRequest(kind, [], ["default"] if deletes else [], users)
        regulations = create.create_regulations(request, CALLER, cast("Any", self))
        for user, regulation in zip(users, regulations, strict=True):
            self.note_promise(regulation["id"], user, deletes=deletes)

    def spelled_user(self, name: str) -> dict[str, str]:
        """A user of a regulation, and maybe a device."""
        user = {"userId": spell_as_text(self.random, name)}
        if self.happens(0.5):
            user["anonymousId"] = spell_as_text(self.random, f"device-{name}")
        return user

    def note_promise(self, regulation: str, user: dict[str, str], *, deletes: bool) -> None:
        """Note what was promised to the caller."""
        chunk = service.find_chunk(regulation, cast("Any", self))
        self.promises[regulation] = (chunk.effective_at, plain_names(user.values()))
        if deletes:
            self.wanted[regulation] = plain_names(user.values())
            self.known_ids[regulation] = known_at_mixpanel(user, self.config["identityMergeApi"])

    def cancel(self) -> None:
        """Cancel a regulation, if there is one."""
        if self.promises:
            regulation = self.random.choice(sorted(self.promises))
            try:
                service.cancel_regulation(regulation, CALLER, cast("Any", self))
            except RequestError:
                return
            self.cancelled.setdefault(regulation, self.seconds)

    def run_worker(self) -> None:
        """Run the function that deletes users."""
        self.deletion.run_worker()

    def wait(self) -> None:
        """Let some time pass."""
        self.deletion.time += timedelta(seconds=self.random.choice([1, 10, 70, 600, 7_200]))

    def wanted_now(self) -> set[str]:
        """The names of those whom a regulation wants deleted that is not cancelled.

        A cancelled one counts as well while only a repeated request can tell whether its task was
        created.
        """
        stored = self.deletion.stored_regulations.chunks
        cancelled = {
            regulation
            for chunk in map(self.deletion.chunk, stored)
            for regulation in (*chunk.canceled, *chunk.cancelling)
            if not any(map(is_repeated, chunk.tasks_of(regulation)))
        }
        return {
            name
            for regulation, names in self.wanted.items()
            if regulation not in cancelled
            for name in names
        }


def is_repeated(task: Task) -> bool:
    """Whether a task is requested again to find out whether it was created."""
    return task.unanswered and not task.by_engage


def group(**changes: Any) -> dict[str, Any]:
    """A group call; keyword arguments override its fields."""
    return track(type="group", event=None, traits={"company": "acme"}, **changes)


def held_message(message: dict[str, Any]) -> QueuedMessage:
    """A message of the rejected queue as the operator's command receives it."""
    return QueuedMessage.from_sqs(
        {
            "MessageId": "message",
            "ReceiptHandle": "handle",
            "Body": message["MessageBody"],
            "MessageAttributes": message["MessageAttributes"],
            "Attributes": {"SentTimestamp": str(SENT_AT)},
        }
    )


def one_thread(_: int) -> ThreadPoolExecutor:
    """An executor that runs one task after the other."""
    return ThreadPoolExecutor(1)


def run_scenario(seed: int) -> Scenario:
    """Run the scenario of a seed."""
    return Scenario(seed).run()
