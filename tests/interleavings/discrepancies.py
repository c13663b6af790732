"""What must be true of a scenario when it has ended."""

from itertools import chain
from typing import Any

from rudder_mixpanel.regulations.chunk import Chunk
from rudder_mixpanel.regulations.model import FINAL, RegulationState
from rudder_mixpanel.regulations.task import UNANSWERED
from tests.interleavings.scenario import Scenario
from tests.interleavings.spellings import plain_names


def discrepancies(scenario: Scenario) -> list[Any]:
    """Every discrepancy; empty if there is none."""
    return [
        *broken_promises(scenario),
        *unfinished(scenario),
        *wrong_suppressions(scenario),
        *short_pauses(scenario),
        *sorted(unwanted_deletions(scenario)),
        *sorted(unnamed_ids(scenario)),
    ]


def broken_promises(scenario: Scenario) -> list[str]:
    """Requests that name a user after the time that was promised."""
    return [
        f"{regulation} in {request.start}..{request.end}"
        for request in scenario.sent
        for regulation, (effective_at, names) in scenario.promises.items()
        if request.end > effective_at
        and request.start < scenario.cancelled.get(regulation, float("inf"))
        and not names.isdisjoint(request.names)
    ]


def unfinished(scenario: Scenario) -> list[RegulationState]:
    """The states of regulations that are not final, or that have failed without a cause."""
    stored = scenario.deletion.stored_regulations.chunks
    states = chain.from_iterable(map(scenario.deletion.states, stored))
    return [state for state in states if state not in FINAL or state is RegulationState.FAILED]


def wrong_suppressions(scenario: Scenario) -> list[str]:
    """Regulations that suppress a user after they are cancelled, or do not before."""
    return [
        regulation
        for chunk in chunks_of(scenario)
        for regulation in chunk.members
        for name in chunk.pseudonyms_of(regulation)
        if (regulation in scenario.suppressions.get(name).holders) == (regulation in chunk.canceled)
    ]


def short_pauses(scenario: Scenario) -> list[float]:
    """Pauses of less than a second between requests for deletions."""
    return [pause for pause in scenario.deletion.pauses() if pause < 1]


def unwanted_deletions(scenario: Scenario) -> set[str]:
    """Names whose deletion was requested unwanted, or carried out without a report of it."""
    reported = {
        name
        for chunk in chunks_of(scenario)
        for regulation in chunk.members
        if chunk.state_of(regulation) is RegulationState.COMPLETED
        or reports_possible_deletion(chunk, regulation)
        for name in scenario.wanted.get(regulation, ())
    }
    deleted = plain_names(chain.from_iterable(scenario.deletion.deleted()))
    return scenario.unwanted | (deleted - reported)


def unnamed_ids(scenario: Scenario) -> set[str]:
    """Ids as Mixpanel knows them that no request named, though their regulation is completed."""
    known = {
        id_
        for chunk in chunks_of(scenario)
        for regulation in chunk.members
        if chunk.state_of(regulation) is RegulationState.COMPLETED
        for id_ in scenario.known_ids.get(regulation, ())
    }
    return known - scenario.named


def reports_possible_deletion(chunk: Chunk, regulation: str) -> bool:
    """Whether the report of a cancelled regulation says that it may have been carried out."""
    notes = [note["what"] for task in chunk.tasks_of(regulation) for note in task.history]
    return UNANSWERED in notes


def chunks_of(scenario: Scenario) -> list[Chunk]:
    """All chunks as they are stored."""
    return [scenario.deletion.chunk(name) for name in scenario.deletion.stored_regulations.chunks]
