"""What must be true of a scenario when it has ended."""

from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from itertools import chain, pairwise
from typing import Final

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import FINAL, RegulationState
from rudder_mixpanel.regulations.task import UNANSWERED
from tests.interleavings.promises import NEVER, Promise
from tests.interleavings.scenario import Scenario
from tests.interleavings.spellings import plain_name, plain_names

# Seconds from a look-up to the start of a request that relies on it.
LONGEST_LOOKUP: Final = 5
# The statuses of tasks that have ended without deleting anybody.
FAILED: Final = frozenset({"FAILURE", "NOT_FOUND", "UNKNOWN", "REVOKED"})


def discrepancies(scenario: Scenario) -> list[str]:
    """Every discrepancy, with the invariant that it breaks; empty if there is none."""
    found: dict[str, Sequence[object]] = {
        "sent after effectiveAt": broken_promises(scenario),
        "sent without a look-up": late_requests(scenario),
        "asked before effectiveAt": sorted(scenario.too_early),
        "completed without a deletion": unproven_completions(scenario),
        "completed with times of profile updates": kept_profile_times(scenario),
        "asked for somebody unwanted": sorted(scenario.unwanted),
        "deleted without a report": unreported_deletions(scenario),
        "forgotten": forgotten(scenario),
        "two requests within a second": short_pauses(scenario),
        "wrongly suppressed": wrong_suppressions(scenario),
        "an alias is deleted": wrong_profiles(scenario),
        "restarted too often": restarted_too_often(scenario),
        "answered wrongly": scenario.wrong_answers,
    }
    return [f"{what}: {each}" for what, those in found.items() for each in those]


def broken_promises(scenario: Scenario) -> list[str]:
    """Requests with events or updates that name a user after the time that was promised."""
    return [
        f"{promise.regulation} in {request.start}..{request.end}"
        for request in scenario.sent
        for promise in scenario.promises.values()
        if promise.effective_at
        and request.end > promise.effective_at
        and request.start < promise.cancelled_at
        and not promise.names.isdisjoint(request.names)
    ]


def late_requests(scenario: Scenario) -> list[str]:
    """Requests that name a user whose suppression an earlier look-up had to find.

    That is seconds after the answer, and long before the time that was promised.
    """
    return [
        f"{promise.regulation} in {request.start}..{request.end}"
        for request in scenario.sent
        for promise in scenario.promises.values()
        if promise.answered_at + LONGEST_LOOKUP < request.start < promise.cancelled_at
        and not promise.names.isdisjoint(request.names)
    ]


def unproven_completions(scenario: Scenario) -> list[str]:
    """Ids of completed regulations that Mixpanel did not delete after the regulation's effect."""
    return [
        f"{promise.regulation}: {id_}"
        for promise, chunk in deletions(scenario)
        if chunk.state_of(promise.regulation) is RegulationState.COMPLETED
        for id_ in sorted(undeleted_ids(scenario, promise, chunk.effective_at))
    ]


def kept_profile_times(scenario: Scenario) -> list[str]:
    """Completed regulations of whose users it is stored when their profiles were updated.

    After a cancellation, the user's events are sent again.
    """
    return [
        promise.regulation
        for promise, chunk in deletions(scenario)
        if promise.cancelled_at == NEVER
        and chunk.state_of(promise.regulation) is RegulationState.COMPLETED
        and not scenario.deletion.stored_profile_times.names.isdisjoint(
            chunk.pseudonyms_of(promise.regulation)
        )
    ]


def undeleted_ids(scenario: Scenario, promise: Promise, since: int) -> AbstractSet[str]:
    """The ids that no successful request of after a time has named."""
    if scenario.settings().by_task:
        return promise.ids - {
            id_
            for task in scenario.api.tasks
            if task.status == "SUCCESS" and task.requested.timestamp() >= since
            for id_ in task.distinct_ids
        }
    wanted = {(id_, True) for id_ in promise.ids} | {(id_, False) for id_ in promise.user_ids}
    return {id_ for id_, _ in wanted - deleted_profiles(scenario, since)}


def deleted_profiles(scenario: Scenario, since: int) -> set[tuple[str, bool]]:
    """The profiles that /engage says are deleted, each with its `$ignore_alias`."""
    return {
        profile
        for request in scenario.api.requests
        if request.deleted and request.start >= since
        for profile in request.profiles or ()
    }


def wrong_profiles(scenario: Scenario) -> list[str]:
    """Ids of devices whose alias is deleted with them, which may be somebody else."""
    users = {id_ for promise in scenario.promises.values() for id_ in plain_names(promise.user_ids)}
    return [
        id_
        for request in scenario.api.requests
        for id_, ignores_alias in request.profiles or ()
        if not ignores_alias and plain_names([id_]).isdisjoint(users)
    ]


def unreported_deletions(scenario: Scenario) -> list[str]:
    """Regulations, and names, that were deleted at our request, without a report of it."""
    reported = {
        promise.regulation: promise.names
        for promise, chunk in deletions(scenario)
        if reports_deletion(chunk, promise.regulation, scenario.now())
    }
    done = {
        task.tracking_id: task.distinct_ids
        for task in scenario.api.tasks
        if task.status == "SUCCESS" and task.tracking_id not in scenario.api.foreign
    }
    regulations = {
        regulation
        for request in scenario.api.requests
        if request.task_id in done
        for regulation in request.regulations
    }
    names = plain_names(chain.from_iterable(done.values()))
    return sorted((regulations - reported.keys()) | (names - set().union(*reported.values())))


def reports_deletion(chunk: Chunk, regulation: str, now: int) -> bool:
    """Whether the report says that ids of a user were deleted, or that they may have been."""
    tasks = chunk.tasks_of(regulation)
    notes = [note["what"] for task in tasks for note in task.history]
    is_done = RegulationState.COMPLETED in {task.state for task in tasks}
    return is_done or UNANSWERED in notes or chunk.deletion_continues(regulation, now)


def forgotten(scenario: Scenario) -> list[str]:
    """Regulations that are not final, or that failed although Mixpanel could have deleted."""
    return [
        f"{promise.regulation} is {state}"
        for promise in scenario.promises.values()
        for state in [scenario.stored_state(promise.regulation)]
        if state not in FINAL
        or (state is RegulationState.FAILED and not is_refused(scenario, promise))
        or (state is RegulationState.CANCELED and promise.cancelled_at == NEVER)
        or is_cancellation_lost(scenario, promise)
    ]


def is_cancellation_lost(scenario: Scenario, promise: Promise) -> bool:
    """Whether a regulation was cancelled, and nothing came of it."""
    canceled = scenario.chunk_of(promise.regulation).canceled
    return promise.cancelled_at != NEVER and promise.regulation not in canceled


def is_refused(scenario: Scenario, promise: Promise) -> bool:
    """Whether Mixpanel has refused an id of a user alone, twice."""
    alone = [ids for ids in refused_ids(scenario) if len(ids) == 1]
    return any(alone.count(frozenset({id_})) > 1 for id_ in named_for(scenario, promise))


def refused_ids(scenario: Scenario) -> list[frozenset[str]]:
    """The ids of each request that Mixpanel has refused at once, or by a task that failed."""
    return [request.ids for request in scenario.api.requests if request.is_refused] + [
        frozenset(task.distinct_ids) for task in scenario.api.tasks if task.status in FAILED
    ]


def named_for(scenario: Scenario, promise: Promise) -> set[str]:
    """All ids that requests for deletions have named for a user."""
    return {
        id_
        for request in scenario.api.requests
        for id_ in request.ids
        if plain_names([id_]) <= promise.names
    }


def short_pauses(scenario: Scenario) -> list[float]:
    """Pauses of less than a second between one request about deletions and the next."""
    pauses = [after - before for (_, before), (after, _) in pairwise(scenario.api.times)]
    return [pause for pause in pauses if pause < 1]


def wrong_suppressions(scenario: Scenario) -> list[str]:
    """Regulations that suppress a user after they are cancelled, or do not before."""
    entries = scenario.deletion.stored_suppressions
    return [
        regulation
        for promise in scenario.promises.values()
        for regulation in [promise.regulation]
        for chunk in [scenario.chunk_of(regulation)]
        for name in chunk.pseudonyms_of(regulation)
        if (regulation in entries.get(name).holders) == (regulation in chunk.canceled)
    ]


def restarted_too_often(scenario: Scenario) -> list[str]:
    """Ids of which more tasks were revoked, for others' cancellations, than they have wishes.

    A user with a task for each id has one for each spelling, which are all called off together.
    """
    revoked = [
        frozenset(task.distinct_ids)
        for task in scenario.api.tasks
        if task.status == "REVOKED" and task.tracking_id in scenario.api.revoked
    ]
    promises = [promise for promise, _ in deletions(scenario)]
    staying = {
        name for promise in promises if promise.cancelled_at == NEVER for name in promise.names
    }
    return [
        id_
        for id_ in sorted({id_ for ids in revoked for id_ in ids})
        if (name := plain_name(id_)) in staying
        and sum(id_ in ids for ids in revoked) > sum(name in promise.names for promise in promises)
    ]


def deletions(scenario: Scenario) -> Iterator[tuple[Promise, Chunk]]:
    """The regulations that delete their user, with their chunks."""
    for promise in scenario.promises.values():
        if promise.deletes:
            yield promise, scenario.chunk_of(promise.regulation)


def accepted_by_worker(scenario: Scenario) -> list[Promise]:
    """The regulations that were accepted without an answer to the caller."""
    return [
        promise
        for promise in scenario.promises.values()
        if promise.answered_at == NEVER and scenario.is_effective(promise)
    ]
