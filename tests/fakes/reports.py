"""Reports of regulations that have ended in each way."""

from typing import Any

import httpx

from rudder_mixpanel.regulations.service import cancel_regulation, report_regulation
from tests.fakes.regulations import VIEWER, FakeRegulationsDependencies

USER = {"userId": "ann@example.com", "anonymousId": "b1f0d9a2-7c55-4a8e-9d3c-0f6f7a1f2e11"}
PROJECT = ("Acme web (2195193)", "eu", "GDPR")
REFERENCE = "DSR-2027-118"


def report_completed(given: dict[str, str] | None = None) -> dict[str, Any]:
    """A report of a deletion that Mixpanel has done."""
    return report_of_end(FakeRegulationsDependencies(), given)


def report_engage() -> dict[str, Any]:
    """A report of a deletion that leaves the events."""
    return report_of_end(FakeRegulationsDependencies(config={"userDeletionApi": "engage"}))


def report_failed() -> dict[str, Any]:
    """A report of a deletion that Mixpanel has not done."""
    dependencies = FakeRegulationsDependencies()

    def fail_tasks(_: httpx.Request) -> None:
        for task in dependencies.store.tasks.by_id.values():
            if task.is_running:
                task.enter("FAILURE", dependencies.time)

    dependencies.answer = fail_tasks
    return report_when_over(dependencies, request(dependencies, {"userId": USER["userId"]}))


def report_cancelled_too_late() -> dict[str, Any]:
    """A report of a deletion that was cancelled when Mixpanel had started it."""
    dependencies = FakeRegulationsDependencies()
    regulation = request(dependencies)
    while "STARTED" not in dependencies.task_statuses():
        dependencies.run(0.01)
    cancel_regulation(regulation, VIEWER, dependencies)
    return report_when_over(dependencies, regulation)


def report_of_end(
    dependencies: FakeRegulationsDependencies, given: dict[str, str] | None = None
) -> dict[str, Any]:
    """The report of one regulation when it is over."""
    return report_when_over(dependencies, request(dependencies), given)


def request(dependencies: FakeRegulationsDependencies, user: dict[str, str] = USER) -> str:
    """Request the deletion of a user; return the regulation's id."""
    [regulation] = dependencies.create_regulations([user])
    return str(regulation["id"])


def report_when_over(
    dependencies: FakeRegulationsDependencies,
    regulation: str,
    given: dict[str, str] | None = None,
) -> dict[str, Any]:
    """The report of a regulation when nothing is left to do for it."""
    for _ in range(200):
        if dependencies.is_over():
            break
        dependencies.run(1, every=3_600)
    name_project(dependencies, regulation)
    report = report_regulation(regulation, VIEWER, dependencies, given)
    report["regulation"]["reference"] = REFERENCE
    return report


def name_project(dependencies: FakeRegulationsDependencies, regulation: str) -> None:
    """Record the project in the regulation's tasks."""
    chunk = dependencies.chunk(dependencies.stored_regulations.entries([regulation])[regulation])
    for task in chunk.tasks:
        task.project, task.region, task.law = PROJECT
    assert dependencies.stored_regulations.save(chunk)
