"""One scenario: events, regulations and cancellations that overlap, in an order by a seed."""

from dataclasses import replace
from datetime import timedelta
from typing import Any, Self, cast

from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.ports import Invocation
from rudder_mixpanel_cli.queues.message import QueuedMessage
from tests.build import SENT_AT, identify, sqs_record, track
from tests.fakes.delivery import one_after_the_other
from tests.interleavings.callers import Callers
from tests.interleavings.environment import TIMEOUT, OutOfTime
from tests.interleavings.spellings import USERS, spell

DAY = 86_400


class Scenario(Callers):
    """Everything that happens to three users, and in some scenarios to a swarm of others."""

    def __init__(self, seed: int) -> None:
        super().__init__(seed)
        self.queue: list[dict[str, Any]] = []
        self.replayed = 0
        self.number = 0
        self.swarm: list[str] = []

    def run(self, steps: int = 30) -> Self:
        """Do this many random things, and then run everything to its end."""
        actions = [
            *(self.send_event, self.send_event, self.deliver, self.deliver),
            *(self.run_worker, self.wait, self.request_regulation, self.cancel, self.replay),
            *(self.repeat_request, self.do_something_rare),
        ]
        if self.happens(0.05):
            self.send_swarm()
            actions += [self.cancel_of_swarm, self.cancel_of_swarm, self.wait_a_day] * 3
            steps += steps // 2
        for _ in range(steps):
            self.random.choice(actions)()
        self.is_interrupted = True
        self.deletion.run_to_end()
        return self

    def interrupt(self) -> None:
        """Request or cancel a regulation."""
        actions = [self.request_regulation, self.request_regulation, self.cancel]
        self.random.choice([*actions, self.repeat_request])()

    def do_something_rare(self) -> None:
        """Begin an outage, let another program request a deletion, or let days pass."""
        actions = [self.begin_outage, self.request_foreign_deletion, self.wait_long]
        self.random.choice(actions)()

    # A swarm of cancellations

    def send_swarm(self) -> None:
        """Request the deletion of many users at once, by tasks that take days."""
        self.counts["swarms"] += 1
        self.deletion.config["userDeletionApi"] = "task"
        self.api.calm_down()
        stage = self.random.choice([*[DAY] * 5, 4 * DAY])
        self.deletion.project = replace(self.deletion.project, deletion_stage_seconds=stage)
        users = [{"userId": f"swarm-{number}"} for number in range(40)]
        self.send_request(self.regulation_request(users, deletes=True))
        self.swarm = [
            regulation
            for regulation, promise in self.promises.items()
            if any(name.startswith("swarm-") for name in promise.names)
        ]

    def cancel_of_swarm(self) -> None:
        """Cancel the next one of the swarm; a quarter of it stays."""
        if len(self.swarm) > 10:
            self.cancel_regulation(self.swarm.pop())

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
        # One lane after the other, so that a seed makes the same scenario every time.
        run = Invocation(
            f"run-{self.seconds}",
            lambda: self.deletion.time,
            self.time_left,
            self.pause,
            one_after_the_other,
        )
        try:
            response = deliver(batch, cast("Any", self), run).response
        except OutOfTime:
            return {record["messageId"] for record in batch}
        return {failure["itemIdentifier"] for failure in response["batchItemFailures"]}

    def time_left(self) -> int:
        """The milliseconds left of the invocation."""
        return int(1000 * (self.invocation_ends - self.seconds))

    # Deletions and time

    def run_worker(self) -> None:
        """Run the function that deletes users."""
        self.deletion.run_worker()

    def wait(self) -> None:
        """Let some time pass."""
        self.deletion.time += timedelta(seconds=self.random.choice([1, 10, 70, 600, 7_200]))

    def wait_long(self) -> None:
        """Let a day or some days pass, in which only the worker runs."""
        self.run_for_days(self.random.choice([0.3, 1, 3]))

    def wait_a_day(self) -> None:
        """Let up to a day pass."""
        self.run_for_days(self.random.choice([0.05, 0.3, 1]))

    def run_for_days(self, days: float) -> None:
        """Run the worker whenever something is due, and nothing else."""
        self.is_interrupted = True
        self.deletion.run_to_end(days)
        self.is_interrupted = False

    def begin_outage(self) -> None:
        """Let the deletion API answer as a wrong address does, for some hours."""
        if not self.counts["outages"]:
            self.counts["outages"] += 1
            self.api.begin_outage()

    def request_foreign_deletion(self) -> None:
        """Request a deletion as another program does, of some of a user's ids."""
        if self.promises:
            promise = self.promises[self.random.choice(sorted(self.promises))]
            ids = sorted(promise.ids)
            self.api.create_foreign(self.random.sample(ids, self.random.randint(1, len(ids))))


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


def run_scenario(seed: int) -> Scenario:
    """Run the scenario of a seed."""
    return Scenario(seed).run()
