"""What must be true of a scenario over the built functions when it has ended."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from tests.interleavings.built_scenario import BuiltScenario
from tests.interleavings.promises import Promise, names_of
from tests.interleavings.spellings import names_in, plain_names

# The emulator shows this many characters of a request's body.
SHOWN: Final = 1000


def discrepancies(scenario: BuiltScenario) -> list[str]:
    """Every discrepancy, with the invariant that it breaks; empty if there is none."""
    found: dict[str, Sequence[object]] = {
        "sent after effectiveAt": broken_promises(scenario),
        "a request that is not shown": truncated_requests(scenario),
        "asked before effectiveAt": early_deletions(scenario),
        "completed without a deletion": unproven_completions(scenario),
        "asked for somebody unwanted": unwanted_deletions(scenario),
        "forgotten": scenario.unfinished(),
        "two requests within a second": rate_limited(scenario),
        "answered wrongly": scenario.wrong_answers,
    }
    return [f"{what}: {each}" for what, those in found.items() for each in those]


def broken_promises(scenario: BuiltScenario) -> list[str]:
    """Requests that name a user after the time that was promised."""
    return [
        f"{promise.regulation} at {at}"
        for at, text in scenario.requests()
        for promise in scenario.promises.values()
        if promise.effective_at < at < promise.cancelled_at
        and not promise.names.isdisjoint(names_in(text))
    ]


def truncated_requests(scenario: BuiltScenario) -> list[str]:
    """Requests of which the emulator shows only a part, so that a promise could break unseen."""
    requests = scenario.system.mixpanel.requests()
    return [
        request["path"]
        for request in requests
        if request["method"] == "POST"
        and request["size"] > SHOWN
        and "deletions" not in request["path"]
    ]


def rate_limited(scenario: BuiltScenario) -> list[str]:
    """The times of requests for deletions that came too soon after the previous one."""
    requests = scenario.system.mixpanel.requests()
    deletions = [request for request in requests if "deletions" in request["path"]]
    return [request["at"] for request in deletions if request["status"] == 429]


def unwanted_deletions(scenario: BuiltScenario) -> list[str]:
    """Names in requests for deletions that no regulation wanted deleted at the time."""
    return [
        name
        for task in scenario.system.mixpanel.deletions()
        for name in plain_names(task["distinct_ids"]) - names_of(wanted_at(scenario, time_of(task)))
    ]


def early_deletions(scenario: BuiltScenario) -> list[str]:
    """Names in requests for deletions before the effect of every regulation that wants them."""
    return [
        name
        for task in scenario.system.mixpanel.deletions()
        for name in plain_names(task["distinct_ids"])
        - names_of(
            promise
            for promise in wanted_at(scenario, time_of(task))
            if promise.effective_at <= time_of(task)
        )
    ]


def unproven_completions(scenario: BuiltScenario) -> list[str]:
    """Ids of completed regulations that no successful task named after the regulation's effect."""
    return [
        f"{promise.regulation}: {id_}"
        for promise in scenario.promises.values()
        if promise.deletes and scenario.state(promise.regulation) == "completed"
        for id_ in promise.ids
        - {
            id_
            for task in scenario.system.mixpanel.deletions()
            if task["status"] == "SUCCESS" and time_of(task) >= promise.effective_at
            for id_ in task["distinct_ids"]
        }
    ]


def wanted_at(scenario: BuiltScenario, at: float) -> list[Promise]:
    """The regulations that want their user deleted, and were not cancelled at a time."""
    return [
        promise
        for promise in scenario.promises.values()
        if promise.deletes and promise.cancelled_at >= at
    ]


def time_of(task: Any) -> float:
    """When a task was requested, in seconds since 1970."""
    return datetime.fromisoformat(f"{task['date_requested']}+00:00").timestamp()
