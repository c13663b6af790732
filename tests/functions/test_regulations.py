"""The regulations API and the function that deletes users, through their handlers."""

from datetime import timedelta
from typing import Any

import boto3
import pytest

from rudder_mixpanel.regulations.repository import DynamoRegulationRepository
from tests.functions.conftest import NOW
from tests.functions.regulations import TOKENS, RegulationsFunctions, deletion, suppression


def test_regulation_has_rudderstacks_fields(regulations: RegulationsFunctions) -> None:
    """One regulation for each user, with fields of ours."""
    response = regulations.request_deletion("ann")
    [regulation] = response.json()
    assert (
        response.status_code,
        len(regulation.pop("id")),
        len(regulation.pop("requestId")),
        regulation,
    ) == (
        201,
        36,
        36,
        {
            "workspaceId": "",
            "canceled": False,
            "regulationType": "suppress_with_delete",
            "attributes": {"userId": "ann"},
            "destinationIds": ["default"],
            "reference": "",
            "submittedAt": "2027-01-01T00:00:00Z",
            "submittedBy": "privacy",
            "effectiveAt": "2027-01-01T00:01:05Z",
            "expectedCompletionAt": "2027-01-31T00:00:00Z",
            "completedAt": None,
            "state": "waiting",
            "deletes": "",
        },
    )


def test_other_destinations_are_listed_as_not_handled_here(
    regulations: RegulationsFunctions,
) -> None:
    """Other stacks handle them; the report says so as well."""
    [regulation] = regulations.request_deletion(
        "ann", destinationIds=["other", "default", "third"]
    ).json()
    report = regulations.call("GET", f"/v2/regulations/{regulation['id']}/report").json()
    lists = (
        regulation["destinationIds"],
        regulation["notHandledHere"],
        report["regulation"]["notHandledHere"],
    )
    assert lists == (["other", "default", "third"], ["other", "third"], ["other", "third"])


def test_users_are_suppressed_before_the_response(regulations: RegulationsFunctions) -> None:
    """By every identifier that the settings name for deletions."""
    body = suppression()
    body["users"] = [{"userId": "ann", "anonymousId": "device", "email": "ann@example.com"}]
    regulations.call("POST", "/v2/regulations", body)
    assert regulations.suppressed("ann", "device", "ann@example.com", "bob") == {
        "ann": True,
        "device": True,
        "ann@example.com": False,
        "bob": False,
    }


def test_repeated_request_makes_the_same_regulations(regulations: RegulationsFunctions) -> None:
    """Also when a user is in a request with other users."""
    first = regulations.request_deletion("ann", "bob").json()
    again = regulations.request_deletion("ann", "bob").json()
    other = regulations.request_deletion("cy", "bob").json()
    assert (first == again, other[1]["id"] == first[1]["id"], other[0]["id"] in str(first)) == (
        True,
        True,
        False,
    )


def test_request_after_a_cancellation_makes_a_new_regulation(
    regulations: RegulationsFunctions,
) -> None:
    """The user is suppressed again."""
    [first] = regulations.request_deletion("ann").json()
    regulations.call("DELETE", f"/v2/regulations/{first['id']}")
    regulations.run_worker()
    after_cancellation = regulations.suppressed("ann")
    [second] = regulations.request_deletion("ann").json()
    actual = (after_cancellation, first["id"] != second["id"], regulations.suppressed("ann"))
    assert actual == ({"ann": False}, True, {"ann": True})


def test_request_during_a_cancellation_suppresses_the_user(
    regulations: RegulationsFunctions,
) -> None:
    """The new regulation holds when the first one is lifted."""
    [first] = regulations.request_deletion("ann").json()
    regulations.call("DELETE", f"/v2/regulations/{first['id']}")
    [second] = regulations.request_deletion("ann").json()
    regulations.run_worker()
    actual = (first["id"] != second["id"], regulations.suppressed("ann"))
    assert actual == (True, {"ann": True})


def test_cancellation_is_accepted_and_carried_out(regulations: RegulationsFunctions) -> None:
    """First it is cancelling, then canceled; to request it twice is not an error."""
    [regulation] = regulations.call("POST", "/v2/regulations", suppression("ann")).json()
    path = f"/v2/regulations/{regulation['id']}"
    responses = [regulations.call("DELETE", path).json() for _ in range(2)]
    regulations.run_worker()
    responses.append(regulations.call("GET", path).json())
    assert [(response["state"], response["canceled"]) for response in responses] == [
        ("cancelling", True),
        ("cancelling", True),
        ("canceled", True),
    ]


def test_deletion_sends_a_message_to_the_worker(regulations: RegulationsFunctions) -> None:
    """The message contains no data."""
    regulations.request_deletion("ann")
    queue = boto3.client("sqs").get_queue_url(QueueName="deletions.fifo")["QueueUrl"]
    [message] = boto3.client("sqs").receive_message(QueueUrl=queue)["Messages"]
    assert message["Body"] == "there is work"


def test_users_are_hidden_from_callers_that_may_not_see_them(
    regulations: RegulationsFunctions,
) -> None:
    """A token has the permission or not."""
    [regulation] = regulations.request_deletion("ann").json()
    path = f"/v2/regulations/{regulation['id']}"
    hidden = regulations.call("GET", path).json()
    plain = regulations.call("GET", path, authorization=f"Bearer {TOKENS['viewer']}").json()
    assert (hidden["attributes"], len(hidden["pseudonyms"]), plain["attributes"]) == (
        {},
        1,
        {"userId": "ann"},
    )


def test_list_is_paged(regulations: RegulationsFunctions) -> None:
    """Each regulation once, in the order of their creation."""
    long = {f"name-{index}": "x" * 500 for index in range(19)}
    created = []
    for second in range(16):
        regulations.set_clock(NOW + timedelta(seconds=second))
        users = [{"userId": f"{second}-{index}", **long} for index in range(20)]
        created += regulations.request_deletion(users=users).json()
    viewer = f"Bearer {TOKENS['viewer']}"
    first = regulations.call("GET", "/v2/regulations", authorization=viewer).json()
    following = first["paging"]["next"]
    second_page = regulations.call("GET", following, authorization=viewer).json()
    listed = [regulation["id"] for regulation in first["data"] + second_page["data"]]
    assert (listed, second_page["paging"]) == ([regulation["id"] for regulation in created], {})


@pytest.mark.parametrize(
    ("conditions", "field"),
    [
        ({"state": ["waiting", "gone"]}, "state"),
        ({"state": 7}, "state"),
        ({"after_cursor": "eA=="}, "after_cursor"),
    ],
)
def test_invalid_condition_is_named(
    regulations: RegulationsFunctions, conditions: dict[str, Any], field: str
) -> None:
    """By its field."""
    response = regulations.call("POST", "/v2/regulations/search", conditions)
    assert (response.status_code, response.json()["field"]) == (400, field)


@pytest.mark.parametrize(("method", "path"), [("GET", ""), ("POST", "/search")])
def test_list_has_regulations_that_are_being_accepted(
    regulations: RegulationsFunctions, monkeypatch: pytest.MonkeyPatch, method: str, path: str
) -> None:
    """Also when the process that accepts them has died."""
    responses: list[Any] = []

    def interrupted(*_: object) -> Any:
        responses.append(regulations.call(method, f"/v2/regulations{path}", "{}").json()["data"])
        raise KeyboardInterrupt

    monkeypatch.setattr(DynamoRegulationRepository, "enter", interrupted)
    with pytest.raises(KeyboardInterrupt):
        regulations.request_deletion("ann")
    [[regulation]] = responses
    assert (regulation["state"], regulation["effectiveAt"]) == ("accepting", None)


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"userId": "ann"}, 2),
        ({"userId": "ann", "state": "suppressed"}, 1),
        ({"state": "waiting"}, 2),
        ({"userId": "nobody"}, 0),
        ({"state": ["waiting", "suppressed"]}, 3),
        ({}, 3),
    ],
)
def test_search_finds(regulations: RegulationsFunctions, query: dict[str, Any], count: int) -> None:
    """By user, by one state or several, or by both."""
    regulations.request_deletion("ann", "bob")
    regulations.call("POST", "/v2/regulations", suppression("ann"))
    response = regulations.call("POST", "/v2/regulations/search", query).json()
    assert len(response["data"]) == count


def test_other_settings_make_another_regulation(regulations: RegulationsFunctions) -> None:
    """A regulation covers the identifiers that the settings name at its time."""
    users = [{"userId": "ann", "email": "ann@example.com"}]
    [before] = regulations.call("POST", "/v2/regulations", deletion(users=users)).json()
    regulations.set_settings(deletionIdentifiers=["email"])
    [after] = regulations.call("POST", "/v2/regulations", deletion(users=users)).json()
    actual = (before["id"] == after["id"], regulations.suppressed("ann@example.com"))
    assert actual == (False, {"ann@example.com": True})
