"""What must be true of a scenario over the built functions when it has ended."""

from datetime import datetime, timedelta
from typing import Final

from tests.interleavings.built_scenario import BuiltScenario
from tests.interleavings.spellings import names_in, plain_names

# The emulator shows this many characters of a request's body.
SHOWN: Final = 1000


def discrepancies(scenario: BuiltScenario) -> list[str]:
    """Every discrepancy; empty if there is none."""
    return [
        *broken_promises(scenario),
        *truncated_requests(scenario),
        *scenario.unfinished(),
        *rate_limited(scenario),
        *unwanted_deletions(scenario),
    ]


def broken_promises(scenario: BuiltScenario) -> list[str]:
    """Requests that name a user after the time that was promised."""
    return [
        f"{regulation} at {at}"
        for at, text in scenario.requests()
        for regulation, (effective_at, names) in scenario.promises.items()
        if at > effective_at
        and at < scenario.cancelled.get(regulation, at + timedelta(1))
        and not names.isdisjoint(names_in(text))
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
        for name in plain_names(task["distinct_ids"]) - wanted_at(scenario, task["date_requested"])
    ]


def wanted_at(scenario: BuiltScenario, requested: str) -> set[str]:
    """The names of those whom a regulation wanted deleted that was not cancelled at a time."""
    at = datetime.fromisoformat(f"{requested}+00:00")
    return {
        name
        for regulation, names in scenario.wanted.items()
        if scenario.cancelled.get(regulation, at) >= at
        for name in names
    }
