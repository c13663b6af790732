"""One scenario over the functions as they are built, in an order by a seed.

While a request to Mixpanel is under way, something else may happen: a regulation is requested or
cancelled.
"""

from datetime import datetime
from random import Random
from typing import Final, Self

from tests.build import identify, track
from tests.interleavings.built_system import BuiltSystem
from tests.interleavings.scenario import group
from tests.interleavings.spellings import plain_names, spell, spell_as_text

STEPS: Final = 30
# In a scenario nothing makes Mixpanel fail.
FINAL: Final = frozenset({"suppressed", "canceled", "completed"})
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
        self.promises: dict[str, tuple[datetime, set[str]]] = {}
        self.cancelled: dict[str, datetime] = {}
        # The names of those whom each regulation wants deleted.
        self.wanted: dict[str, set[str]] = {}
        self.requested_meanwhile = 0
        # The seconds that the current invocation may still take; None outside of one.
        self.seconds_left: float | None = None

    def run(self) -> Self:
        """Do random things, and then run everything to its end."""
        actions = [
            *(self.send_event, self.send_event, self.deliver, self.deliver),
            *(self.run_worker, self.wait, self.request_regulation, self.cancel),
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
            self.random.choice([self.request_regulation, self.cancel])()
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
        name = self.random.choice(self.users)
        user = {"userId": spell_as_text(self.random, name)}
        if self.random.random() < 0.5:
            user["anonymousId"] = spell_as_text(self.random, f"device-{name}")
        body = {"regulationType": "suppress", "users": [user]}
        if self.random.random() < 0.5:
            body = {
                "regulationType": "suppress_with_delete",
                "destinationIds": ["default"],
                "users": [user],
            }
        response = self.system.regulations.call("POST", "/v2/regulations", body)
        for regulation in response.raise_for_status().json():
            effective_at = datetime.fromisoformat(regulation["effectiveAt"])
            self.promises[regulation["id"]] = (effective_at, plain_names(user.values()))
            if "destinationIds" in body:
                self.wanted[regulation["id"]] = plain_names(user.values())

    def cancel(self) -> None:
        """Cancel a regulation, if there is one."""
        if self.promises:
            regulation = self.random.choice(sorted(self.promises))
            self.system.regulations.call("DELETE", f"/v2/regulations/{regulation}")
            now = self.system.clock()
            # Requests show their time in milliseconds; one at the same time came after it.
            rounded = now.replace(microsecond=now.microsecond // 1000 * 1000)
            self.cancelled.setdefault(regulation, rounded)

    def state(self, regulation: str) -> str:
        """The state of a regulation."""
        response = self.system.regulations.call("GET", f"/v2/regulations/{regulation}")
        return str(response.raise_for_status().json()["state"])

    def unfinished(self) -> list[str]:
        """Regulations that are in no final state."""
        states = {regulation: self.state(regulation) for regulation in self.promises}
        return [f"{name}: {state}" for name, state in states.items() if state not in FINAL]

    def requests(self) -> list[tuple[datetime, str]]:
        """The time and the body of each request with events or updates."""
        return [
            (datetime.fromisoformat(request["at"]), request["body"])
            for request in self.system.mixpanel.requests()
            if "data-deletions" not in request["path"]
        ]


def run_built_scenario(system: BuiltSystem, seed: int) -> BuiltScenario:
    """Run the scenario of a seed, after resetting the emulator."""
    system.mixpanel.reset()
    return BuiltScenario(system, seed).run()
