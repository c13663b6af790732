"""One scenario over the functions as they are built, in an order by a seed.

While a request to Mixpanel is under way, something else may happen: a regulation is requested or
cancelled.
"""

import json
from collections import Counter
from datetime import datetime
from http import HTTPStatus
from random import Random
from typing import Any, Final, Self

import httpx

from tests.build import TOKEN, identify, track
from tests.fakes.regulation_worker import JobStatus, RegulationWorker, WorkerJob
from tests.interleavings.built_system import BuiltSystem
from tests.interleavings.promises import NEVER, Promise, same_wish
from tests.interleavings.scenario import group
from tests.interleavings.spellings import spell, spell_as_text
from tests.system.regulations import WEBHOOK_TOKEN

STEPS: Final = 30
# How often a caller sends a request that is answered with 503.
ATTEMPTS: Final = 5
# In a scenario nothing makes Mixpanel fail.
FINAL: Final = frozenset({"suppressed", "canceled", "completed"})
# The states of regulations that must not answer a new wish.
CLOSED: Final = frozenset({"completed", "failed", "cancelling", "canceled"})
DELETES: Final = "suppress_with_delete"
# The seconds on the scenario's clock after which Lambda would have ended an invocation.
MAX_SECONDS: Final = 50


class BuiltScenario:
    """Everything that happens to three users."""

    def __init__(self, system: BuiltSystem, seed: int) -> None:
        self.system = system
        self.random = Random(seed)  # noqa: S311 - reproducible
        self.users = [f"ann-{seed}", f"andr\u00e9-{seed}", f"4711{seed}"]
        self.seed = seed
        self.number = 0
        self.promises: dict[str, Promise] = {}
        self.bodies: list[dict[str, Any]] = []
        # The latest regulation of each wish, and answers that must not be.
        self.latest: dict[Any, str] = {}
        self.wrong_answers: list[str] = []
        self.counts: Counter[str] = Counter()
        self.requested_meanwhile = 0
        # The seconds that the current invocation may still take; None outside of one.
        self.seconds_left: float | None = None

    def run(self) -> Self:
        """Do random things, and then run everything to its end."""
        actions = [
            *(self.send_event, self.send_event, self.deliver, self.deliver),
            *(self.run_worker, self.wait, self.request_regulation, self.cancel),
            *(self.repeat_request, self.send_job),
        ]
        for _ in range(STEPS):
            self.random.choice(actions)()
        self.system.run_until_empty(step=1)
        for _ in range(60):
            if not self.unfinished():
                break
            self.system.clock.advance(6 * 3600)
            self.run_worker()
        return self

    def interrupt(self) -> None:
        """While a delivery waits for Mixpanel, let time pass, and maybe something else happen."""
        if self.seconds_left is None:
            return
        seconds = self.random.uniform(0, min(12, self.seconds_left))
        self.seconds_left -= seconds
        self.system.clock.advance(seconds)
        if self.random.random() < 0.3:
            left, self.seconds_left, before = self.seconds_left, None, len(self.promises)
            actions = [self.request_regulation, self.cancel, self.repeat_request]
            self.random.choice(actions)()
            self.requested_meanwhile += len(self.promises) - before
            self.seconds_left = left

    def send_event(self) -> None:
        """Put an event on the queue."""
        self.number += 1
        user = self.random.choice(self.users)
        make = self.random.choice([track, track, identify, group])
        self.system.send(
            make(
                userId=self.random.choice([spell(self.random, user), user, None]),
                anonymousId=spell(self.random, f"device-{self.random.choice(self.users)}"),
                messageId=f"m-{self.seed}-{self.number}",
            )
        )

    def deliver(self) -> None:
        """Run one invocation, if there is anything to deliver."""
        self.seconds_left = MAX_SECONDS
        self.system.at_request = self.interrupt
        self.system.source.poll()
        self.system.at_request = lambda: None
        self.seconds_left = None

    def run_worker(self) -> None:
        """Run the function that deletes users."""
        self.system.regulations.run_worker()

    def wait(self) -> None:
        """Let some time pass."""
        self.system.clock.advance(self.random.choice([1, 10, 70, 600, 7_200]))

    def request_regulation(self) -> None:
        """Request a regulation about one user."""
        body: dict[str, Any] = {"regulationType": "suppress", "users": [self.spelled_user()]}
        if self.random.random() < 0.5:
            body |= {"regulationType": DELETES, "destinationIds": ["default"]}
        self.send_request(body)

    def spelled_user(self) -> dict[str, str]:
        """A user of a regulation, and maybe a device."""
        name = self.random.choice(self.users)
        user = {"userId": spell_as_text(self.random, name)}
        if self.random.random() < 0.5:
            user["anonymousId"] = spell_as_text(self.random, f"device-{name}")
        return user

    def repeat_request(self) -> None:
        """Send an earlier request once more, with another attribute."""
        if self.bodies:
            body = self.random.choice(self.bodies)
            plan = self.random.choice(["free", "paid"])
            self.counts["repeated requests"] += 1
            self.send_request({**body, "users": [{**body["users"][0], "plan": plan}]})

    def send_job(self) -> None:
        """Let RudderStack's worker carry out a job, and ask for its regulation by the same wish."""
        user = self.spelled_user()
        worker = RegulationWorker(
            f"https://worker:{WEBHOOK_TOKEN}@stack.test", self.send_for_worker
        )
        worker.pass_time(0)
        job = WorkerJob(users=[user], config={"token": TOKEN, "userDeletionApi": "task"})
        if (status := worker.process(job)) is not JobStatus.COMPLETE:
            self.wrong_answers.append(f"the worker reports {status} of a valid job")
        self.counts["jobs of RudderStack's worker"] += 1
        body = {"regulationType": DELETES, "destinationIds": ["default"], "users": [user]}
        self.send_request(body)

    def send_for_worker(
        self, method: str, path: str, headers: dict[str, str], body: bytes
    ) -> tuple[int, bytes]:
        """Send a request of RudderStack's worker."""
        content = json.loads(body) if body else None
        authorization = headers.get("Authorization", "")
        response = self.system.regulations.call(method, path, content, authorization)
        return response.status_code, response.content

    def send_request(self, body: dict[str, Any]) -> None:
        """Send a request about one user, and note what it promises."""
        self.bodies.append(body)
        [user], deletes = body["users"], body["regulationType"] == DELETES
        key = same_wish(user, deletes=deletes)
        expected = self.open_regulation(key)
        [regulation] = self.call("POST", "/v2/regulations", body).raise_for_status().json()
        if regulation["state"] in CLOSED or expected not in {"", regulation["id"]}:
            self.wrong_answers.append(f"{regulation} instead of {expected}")
        self.latest[key] = regulation["id"]
        new = Promise.about(regulation["id"], user, "simplified", deletes=deletes)
        promise = self.promises.setdefault(regulation["id"], new)
        promise.effective_at = datetime.fromisoformat(regulation["effectiveAt"]).timestamp()

    def call(self, method: str, path: str, body: dict[str, Any] | None = None) -> httpx.Response:
        """Send a request, and again while a table is unavailable, as callers do.

        The server of the tables fails, rarely, when a transaction meets another write.
        """
        for _ in range(ATTEMPTS):
            response = self.system.regulations.call(method, path, body)
            if response.status_code != HTTPStatus.SERVICE_UNAVAILABLE:
                break
            self.counts["requests answered with 503"] += 1
        return response

    def open_regulation(self, key: Any) -> str:
        """The regulation that a repeated wish must be answered with; empty for a new one."""
        regulation = self.latest.get(key, "")
        if not regulation or self.promises[regulation].cancelled_at != NEVER:
            return ""
        return "" if self.state(regulation) in CLOSED else regulation

    def cancel(self) -> None:
        """Cancel a regulation, if there is one."""
        if self.promises:
            promise = self.promises[self.random.choice(sorted(self.promises))]
            self.call("DELETE", f"/v2/regulations/{promise.regulation}")
            now = self.system.clock()
            # Requests show their time in milliseconds; one at the same time came after it.
            rounded = now.replace(microsecond=now.microsecond // 1000 * 1000)
            promise.cancelled_at = min(promise.cancelled_at, rounded.timestamp())
            self.counts["cancellations"] += 1

    def state(self, regulation: str) -> str:
        """The state of a regulation."""
        response = self.call("GET", f"/v2/regulations/{regulation}")
        return str(response.raise_for_status().json()["state"])

    def unfinished(self) -> list[str]:
        """Regulations that are in no final state."""
        states = {regulation: self.state(regulation) for regulation in self.promises}
        return [f"{name}: {state}" for name, state in states.items() if state not in FINAL]

    def requests(self) -> list[tuple[float, str]]:
        """The time and the body of each request with events or updates."""
        return [
            (datetime.fromisoformat(request["at"]).timestamp(), request["body"])
            for request in self.system.mixpanel.requests()
            if "data-deletions" not in request["path"]
        ]


def run_built_scenario(system: BuiltSystem, seed: int) -> BuiltScenario:
    """Run the scenario of a seed, after resetting the emulator."""
    system.mixpanel.reset()
    return BuiltScenario(system, seed).run()
