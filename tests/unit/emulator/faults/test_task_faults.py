"""Deletion tasks that do not end in success, by planned faults."""

from typing import Any

import pytest

from tests.unit.emulator.asgi_client import AsgiClient, event, update

ENDS = {
    "task_failure": "FAILURE",
    "task_unknown": "UNKNOWN",
    "task_not_found": "NOT_FOUND",
    "task_revoked": "REVOKED",
}


def plan(client: AsgiClient, fault: str, **target: Any) -> int:
    """Plan a fault, and return the status of the response."""
    return client.call("POST", "/_emulator/faults", json={"fault": fault, **target}).status_code


@pytest.mark.parametrize("fault", ENDS)
def test_task_ends_in_the_status_of_the_fault(fault: str) -> None:
    """Instead of SUCCESS, and erases nobody."""
    client = AsgiClient()
    plan(client, fault, times=1)
    client.import_events([event()])
    tracking_id = client.create_task("user-1")
    client.advance(1000)
    assert (client.task_status(tracking_id), len(client.stored())) == (ENDS[fault], 1)


@pytest.mark.parametrize(
    ("fault", "statuses"),
    [
        ("task_failure", ["PENDING", "STAGING", "STARTED", "FAILURE"]),
        ("task_revoked", ["PENDING", "STAGING", "REVOKED"]),
    ],
)
def test_task_goes_through_the_usual_statuses_first(fault: str, statuses: list[str]) -> None:
    """Somebody who revokes it does so before it has started."""
    client = AsgiClient()
    plan(client, fault)
    client.create_task("user-1")
    client.advance(1000)
    [task] = client.list_items("deletions")
    assert [item["status"] for item in task["history"]] == statuses


def test_fault_strikes_the_tasks_that_name_a_user() -> None:
    """And nothing but the creation of a task."""
    client = AsgiClient()
    plan(client, "task_failure", contains='"user-2"')
    good, bad = client.create_task("user-1"), client.create_task("user-2", "user-3")
    client.advance(1000)
    [fault] = client.list_items("faults")
    assert (client.task_status(good), client.task_status(bad), fault["struck"]) == (
        "SUCCESS",
        "FAILURE",
        1,
    )


@pytest.mark.parametrize(("method", "statuses"), [("POST", [404, 200]), ("GET", [201, 404])])
def test_fault_strikes_one_method(method: str, statuses: list[int]) -> None:
    """The creation of a task, or the question for its status."""
    client = AsgiClient()
    plan(client, "json_404", endpoint="deletions", method=method)
    responses = [client.delete_users(["user-1"]), client.task("GET", "unknown")]
    assert [response.status_code for response in responses] == statuses


@pytest.mark.parametrize(
    ("fault", "target", "status"),
    [
        ("task_failure", {"method": "POST"}, 201),
        ("task_failure", {"method": "GET"}, 400),
        ("task_failure", {"endpoint": "import"}, 400),
        ("json_404", {"method": "PATCH"}, 400),
    ],
)
def test_target_that_can_never_apply_is_refused(
    fault: str, target: dict[str, Any], status: int
) -> None:
    """When the fault is planned."""
    assert plan(AsgiClient(), fault, **target) == status


def test_redirect_names_another_host() -> None:
    """As from a proxy before Mixpanel."""
    client = AsgiClient()
    plan(client, "redirect_302")
    response = client.engage(update(set={}))
    assert response.headers["location"] == "https://proxy.example/sign-in"
