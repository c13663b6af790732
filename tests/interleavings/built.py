"""Stories over the functions as they are built, each in a process of its own.

They share one clock, which only the story and whoever rests moves. While Mixpanel is asked
something, others may act: a regulation comes while a request is on its way.
"""

from datetime import datetime, timedelta
from pathlib import Path
from random import Random
from typing import Final, Self

from tests.build import identify, track
from tests.fakes.clock import SharedClock
from tests.fakes.sqs.account import START
from tests.interleavings.story import group
from tests.package.conftest import Built
from tests.system.delivery_system import DeliverySystem
from tests.system.regulations import RegulationsSystem

NAMES: Final = ("ann", "bob", "cy")
STEPS: Final = 30
# Nothing makes Mixpanel fail in a story.
FINAL: Final = frozenset({"suppressed", "canceled", "completed"})
# Seconds that an invocation may take of the story's time; Lambda would have ended it by then.
LONGEST: Final = 50
# Of a request, what the emulator remembers; nothing may be hidden behind that.
SEEN: Final = 1000


class Town(DeliverySystem):
    """All functions, and what happens while Mixpanel is asked; one story after the other."""

    def __init__(self, built: Built, aws: str, folder: Path) -> None:
        super().__init__(
            built,
            aws,
            SharedClock(START, folder / "clock"),
            identityMergeApi="simplified",
            userDeletionApi="task",
            groupKeySettings=["company"],
        )
        self.story: Story | None = None

    def __enter__(self) -> Self:
        """Start with few records at a time, so that each request can be seen whole."""
        super().__enter__()
        self.source.batch_size = 2
        self.regulations = self._stack.enter_context(RegulationsSystem(self))
        return self

    def time_at_mixpanel(self) -> datetime:
        """What Mixpanel asks at each request, which has been on its way for a while."""
        if self.story is not None:
            self.story.meanwhile()
        return self.clock()


class Story:
    """Everything that happens to three people, by one seed."""

    def __init__(self, town: Town, seed: int) -> None:
        self.town = town
        self.random = Random(seed)  # noqa: S311 - a story, and no secret
        self.people = [f"{name}-{seed}" for name in NAMES]
        self.seed = seed
        self.number = 0
        self.promises: dict[str, tuple[datetime, list[str]]] = {}
        self.cancelled: dict[str, datetime] = {}
        # Whom each regulation wants deleted.
        self.wanted: dict[str, set[str]] = {}
        self.asked_meanwhile = 0
        self.left: float | None = None

    def tell(self) -> Self:
        """Let all of it happen, and then let everything come to its end."""
        acts = [self.event, self.event, self.deliver, self.deliver, self.work, self.wait]
        acts += [self.ask, self.cancel]
        for _ in range(STEPS):
            self.random.choice(acts)()
        self.town.run_until_empty(step=1)
        for _ in range(60):
            if not self.unfinished():
                break
            self.town.clock.advance(6 * 3600)
            self.town.regulations.run_worker()
        return self

    def meanwhile(self) -> None:
        """While a delivery asks Mixpanel: time passes, and somebody else may act."""
        if self.left is None:
            return
        passing = self.random.uniform(0, min(12, self.left))
        self.left -= passing
        self.town.clock.advance(passing)
        if self.random.random() < 0.3:
            left, self.left, before = self.left, None, len(self.promises)
            self.random.choice([self.ask, self.cancel])()
            self.asked_meanwhile += len(self.promises) - before
            self.left = left

    def event(self) -> None:
        """Somebody does something."""
        self.number += 1
        person = self.random.choice(self.people)
        make = self.random.choice([track, track, identify, group])
        self.town.send(
            make(
                userId=self.random.choice([person, person, None]),
                anonymousId=f"device-{self.random.choice(self.people)}",
                messageId=f"m-{self.seed}-{self.number}",
            )
        )

    def deliver(self) -> None:
        """One invocation, if there is anything to deliver."""
        self.left = LONGEST
        self.town.story = self
        self.town.source.poll()
        self.town.story = self.left = None

    def work(self) -> None:
        """The function that deletes users is woken."""
        self.town.regulations.run_worker()

    def wait(self) -> None:
        """Some time passes."""
        self.town.clock.advance(self.random.choice([1, 10, 70, 600, 7_200]))

    def ask(self) -> None:
        """Somebody asks for a regulation."""
        person = self.random.choice(self.people)
        user = {"userId": person}
        if self.random.random() < 0.5:
            user["anonymousId"] = f"device-{person}"
        body = {"regulationType": "suppress", "users": [user]}
        if self.random.random() < 0.5:
            body = {
                "regulationType": "suppress_with_delete",
                "destinationIds": ["default"],
                "users": [user],
            }
        answer = self.town.regulations.call("POST", "/v2/regulations", body)
        for one in answer.raise_for_status().json():
            effective_at = datetime.fromisoformat(one["effectiveAt"])
            self.promises[one["id"]] = (effective_at, list(user.values()))
            if "destinationIds" in body:
                self.wanted[one["id"]] = {person, f"$device:device-{person}"}

    def cancel(self) -> None:
        """Somebody cancels one of them."""
        if self.promises:
            regulation = self.random.choice(sorted(self.promises))
            self.town.regulations.call("DELETE", f"/v2/regulations/{regulation}")
            now = self.town.clock()
            # As exact as requests tell when they came: one of the same moment came after it.
            exact = now.replace(microsecond=now.microsecond // 1000 * 1000)
            self.cancelled.setdefault(regulation, exact)

    def state(self, regulation: str) -> str:
        """How far a regulation is."""
        answer = self.town.regulations.call("GET", f"/v2/regulations/{regulation}")
        return str(answer.raise_for_status().json()["state"])

    # What must be true

    def broken_promises(self) -> list[str]:
        """Requests that name somebody after the time from which none was to."""
        return [
            f"{regulation} at {at}"
            for at, text in self.requests()
            for regulation, (effective_at, names) in self.promises.items()
            if at > effective_at
            and at < self.cancelled.get(regulation, at + timedelta(1))
            and any(f'"{name}"' in text or f'"$device:{name}"' in text for name in names)
        ]

    def requests(self) -> list[tuple[datetime, str]]:
        """Time and content of each request with events or updates."""
        return [
            (datetime.fromisoformat(one["at"]), one["body"])
            for one in self.town.mixpanel.requests()
            if "data-deletions" not in one["path"]
        ]

    def hidden(self) -> list[str]:
        """Requests of which not all can be seen."""
        seen = (one for one in self.town.mixpanel.requests() if one["method"] == "POST")
        return [
            one["path"] for one in seen if one["size"] > SEEN and "deletions" not in one["path"]
        ]

    def unfinished(self) -> list[str]:
        """Regulations that are in no state in which they may end."""
        states = {regulation: self.state(regulation) for regulation in self.promises}
        return [f"{one}: {state}" for one, state in states.items() if state not in FINAL]

    def too_fast(self) -> list[str]:
        """Answers that said that a request for deletions came too soon."""
        deletions = [one for one in self.town.mixpanel.requests() if "deletions" in one["path"]]
        return [one["at"] for one in deletions if one["status"] == 429]

    def not_asked_for(self) -> list[str]:
        """Identifiers in deletions that were requested when no regulation wanted that any more."""
        return [
            one
            for task in self.town.mixpanel.deletions()
            for one in set(task["distinct_ids"]) - self.wanted_at(task["date_requested"])
        ]

    def wanted_at(self, moment: str) -> set[str]:
        """Whom a regulation that was not cancelled wanted deleted at a moment."""
        at = datetime.fromisoformat(f"{moment}+00:00")
        holding = (ids for one, ids in self.wanted.items() if self.cancelled.get(one, at) >= at)
        return {one for ids in holding for one in ids}

    def faults(self) -> list[str]:
        """All that is wrong with it; nothing, if it is as it should be."""
        return [
            *self.broken_promises(),
            *self.hidden(),
            *self.unfinished(),
            *self.too_fast(),
            *self.not_asked_for(),
        ]


def told(town: Town, seed: int) -> Story:
    """The story of a seed, in a Mixpanel that remembers no other."""
    town.mixpanel.reset()
    return Story(town, seed).tell()
