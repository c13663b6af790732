"""The report of a regulation: what it says, and what it leaves out."""

import re
from base64 import b64encode
from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest

from mixpanel_emulator import Emulator
from rudder_mixpanel import __version__
from rudder_mixpanel.regulations.task import ERASED
from rudder_mixpanel.suppression import DynamoSuppressionStore
from tests.build import TOKEN
from tests.fakes.delivery import plenty_of_time
from tests.functions.conftest import NOW
from tests.functions.regulations import TOKENS, RegulationsFunctions, suppression

AFTER = NOW + timedelta(hours=1)
SECURITY_HEADERS = {
    "cache-control": "no-store",
    "content-security-policy": "",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}


def report_of(
    regulations: RegulationsFunctions, regulation: str, token: str = TOKENS["privacy"]
) -> Any:
    """The report as JSON."""
    path = f"/v2/regulations/{regulation}/report"
    return regulations.call("GET", path, authorization=f"Bearer {token}").json()


def test_report_of_a_completed_deletion(regulations: RegulationsFunctions) -> None:
    """The caller, the user, what was suppressed and deleted, what remains, what is not covered."""
    with Emulator(now=lambda: NOW) as mixpanel:
        regulations.app("delete_users")["dependencies"]().base_url = mixpanel.url
        [regulation] = regulations.request_deletion("ann").json()
        for hours in (1, 9):
            regulations.set_clock(NOW + timedelta(hours=hours))
            mixpanel.set_clock(NOW + timedelta(hours=hours))
            regulations.run_worker()
        [task] = mixpanel.deletions()
    held_back = regulations.suppression_lookup()
    held_back.count({regulation["id"]: 3}, int(AFTER.timestamp()), plenty_of_time)
    report = report_of(regulations, regulation["id"])
    [pseudonym] = report.pop("pseudonyms")
    history = [
        note["what"].replace(task["tracking_id"], "ID")
        for note in report["deletion"].pop("history")
    ]
    not_covered = [re.split(":|,| that", sentence)[0] for sentence in report.pop("notCovered")]
    assert (task["distinct_ids"], len(pseudonym), history, not_covered, report) == (
        ["ann"],
        32,
        [
            ERASED,
            "Mixpanel was asked to delete the profile and all events.",
            "Mixpanel accepted the deletion as task ID.",
            "Mixpanel says of task ID: SUCCESS.",
        ],
        [
            "Other ids of this person",
            "Data",
            "Profiles of groups",
            "Session replays in Mixpanel",
            "Copies of Mixpanel's data",
            "Other copies",
            "Messages",
        ],
        {
            "regulation": {
                "id": regulation["id"],
                "workspaceId": "",
                "canceled": False,
                "regulationType": "suppress_with_delete",
                "attributes": {},
                "destinationIds": ["default"],
                "requestId": regulation["requestId"],
                "reference": "",
                "submittedAt": "2027-01-01T00:00:00Z",
                "submittedBy": "privacy",
                "effectiveAt": "2027-01-01T00:01:05Z",
                "expectedCompletionAt": "2027-01-31T01:00:00Z",
                "completedAt": "2027-01-01T09:00:00Z",
                "state": "completed",
                "deletes": "profile and events",
            },
            "reportedAt": "2027-01-01T09:00:00Z",
            "version": __version__,
            "suppression": {
                "effectiveAt": "2027-01-01T00:01:05Z",
                "canceledBy": None,
                "canceledAt": None,
                "liftedAt": None,
                "eventsNotSent": 3,
                "lastEventNotSentAt": "2027-01-01T01:00:00Z",
            },
            "deletion": {
                "state": "completed",
                "deletes": "profile and events",
                "leaves": "",
                "expectedCompletionAt": "2027-01-31T01:00:00Z",
                "endedAt": "2027-01-01T09:00:00Z",
                "nextRequestAt": None,
                "tasks": [
                    {
                        "userDeletionApi": "task",
                        "project": f"the project whose token ends with {TOKEN[-6:]}",
                        "region": "us",
                        "law": "GDPR",
                        "requestedAt": "2027-01-01T01:00:00Z",
                        "taskId": task["tracking_id"],
                        "atMixpanel": "SUCCESS",
                    }
                ],
            },
            "remains": {
                "identifiersStored": False,
                "identifiersUntil": None,
                "messageIdsInLogsUntil": "2027-01-31T01:00:00Z",
                "rejectedQueueUntil": "2027-01-15T00:01:05Z",
                "deadLetterQueueUntil": "2027-01-15T00:01:05Z",
                "undeliveredByEventBridgeQueueUntil": "2027-01-15T00:01:05Z",
                "backupsOfTheRegulationUntil": "2027-02-05T09:00:00Z",
                "profileUpdateTimesDeletedAt": "2027-01-01T01:00:00Z",
                "backupsOfProfileUpdateTimesUntil": "2027-02-05T01:00:00Z",
            },
        },
    )


def test_report_says_what_engage_does_not_delete(regulations: RegulationsFunctions) -> None:
    """The profile is deleted, and its events are not."""
    regulations.set_settings(userDeletionApi="engage")
    with Emulator(now=lambda: NOW) as mixpanel:
        regulations.app("delete_users")["dependencies"]().base_url = mixpanel.url
        [regulation] = regulations.request_deletion("ann").json()
        regulations.set_clock(NOW + timedelta(seconds=66))
        regulations.run_worker()
        report = report_of(regulations, regulation["id"])
    assert (
        report["deletion"]["state"],
        report["deletion"]["deletes"],
        report["deletion"]["leaves"],
        len(report["deletion"]["history"]),
        report["notCovered"][0].partition(":")[0],
    ) == (
        "completed",
        "profile",
        "all events",
        5,
        "The events of this person in Mixpanel",
    )


def test_report_says_who_has_cancelled(regulations: RegulationsFunctions) -> None:
    """And when, and when the suppression ended; Mixpanel received no request."""
    [regulation] = regulations.request_deletion("ann").json()
    regulations.call(
        "DELETE", f"/v2/regulations/{regulation['id']}", authorization=f"Bearer {TOKENS['viewer']}"
    )
    regulations.set_clock(AFTER)
    regulations.run_worker()
    report = report_of(regulations, regulation["id"])
    assert (report["suppression"], report["deletion"]["tasks"]) == (
        {
            "effectiveAt": "2027-01-01T00:01:05Z",
            "canceledBy": "viewer",
            "canceledAt": "2027-01-01T00:00:00Z",
            "liftedAt": "2027-01-01T01:00:00Z",
            "eventsNotSent": 0,
            "lastEventNotSentAt": None,
        },
        [],
    )


def test_report_has_no_dates_while_a_regulation_is_accepted(
    regulations: RegulationsFunctions, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing is suppressed yet."""
    monkeypatch.setattr(DynamoSuppressionStore, "hold", die)
    with pytest.raises(KeyboardInterrupt):
        regulations.call("POST", "/v2/regulations", suppression("ann"))
    [regulation] = regulations.call("GET", "/v2/regulations").json()["data"]
    report = report_of(regulations, regulation["id"])
    actual = (report["regulation"]["state"], report["suppression"]["effectiveAt"])
    remains = {report["remains"][f"{queue}Until"] for queue in ("rejectedQueue", "deadLetterQueue")}
    assert (actual, remains) == (("accepting", None), {None})


def die(*_: object) -> None:
    """Die as a process does."""
    raise KeyboardInterrupt


def test_report_names_users_to_callers_that_may_see_them(regulations: RegulationsFunctions) -> None:
    """As long as they are known."""
    [regulation] = regulations.request_deletion("ann").json()
    reports = [
        report_of(regulations, regulation["id"], TOKENS[name])["regulation"]
        for name in ("privacy", "viewer")
    ]
    assert [report["attributes"] for report in reports] == [{}, {"userId": "ann"}]


def test_report_is_a_page_to_print(regulations: RegulationsFunctions) -> None:
    """For a client that accepts HTML."""
    [regulation] = regulations.request_deletion("zoe").json()
    path = f"/v2/regulations/{regulation['id']}/report"
    response = regulations.call("GET", path, accept="text/html")
    contents = (
        "text/html" in response.headers["content-type"],
        regulation["id"] in response.text,
        "zoe" in response.text,
    )
    assert contents == (True, True, False)


def test_page_is_not_stored_runs_nothing_and_is_not_framed(
    regulations: RegulationsFunctions,
) -> None:
    """Its one style is named by its hash."""
    [regulation] = regulations.request_deletion("zoe").json()
    path = f"/v2/regulations/{regulation['id']}/report"
    response = regulations.call("GET", path, accept="text/html")
    style = response.text.partition("<style>")[2].partition("</style>")[0]
    digest = b64encode(sha256(style.encode()).digest()).decode()
    headers = {name: response.headers[name] for name in SECURITY_HEADERS}
    assert headers == {**SECURITY_HEADERS, "content-security-policy": policy(digest)}


def policy(digest: str) -> str:
    """The policy of a page whose style has this hash."""
    style = f"style-src 'sha256-{digest}'"
    return (
        f"default-src 'none'; {style}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )


def test_json_is_not_stored(regulations: RegulationsFunctions) -> None:
    """Every response may name users."""
    response = regulations.request_deletion("zoe")
    assert response.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("given", ["ann", " ann ", "$device:ann", "$device:$device:ann"])
def test_report_says_that_it_is_about_a_user_in_any_spelling(
    regulations: RegulationsFunctions, given: str
) -> None:
    """After the user's id is deleted."""
    [regulation] = regulations.call("POST", "/v2/regulations", suppression("ann")).json()
    path = f"/v2/regulations/{regulation['id']}/report"
    report = regulations.call("POST", path, {"userId": given}).json()
    assert (report["aboutThisUser"], report["remains"]["identifiersStored"]) == (True, False)


@pytest.mark.parametrize(
    ("body", "about"),
    [
        ({"user": {"userId": "ann"}}, True),
        ({"user": {"userId": "ann", "anonymousId": "a-1"}}, True),
        ({"anonymousId": "a-1"}, True),
        ({"userId": "bob"}, False),
        ({"user": {"userId": "ann", "anonymousId": "a-2"}}, False),
    ],
    ids=str,
)
def test_report_is_about_a_user_when_all_identifiers_are(
    regulations: RegulationsFunctions, body: Any, *, about: bool
) -> None:
    """The identifiers are those of the field user, or of the body."""
    users = [{"userId": "ann", "anonymousId": "a-1"}]
    [regulation] = regulations.request_deletion(users=users).json()
    path = f"/v2/regulations/{regulation['id']}/report"
    assert regulations.call("POST", path, body).json()["aboutThisUser"] is about


@pytest.mark.parametrize(
    "body",
    ["", "[]", {}, {"user": []}, {"user": {}}, {"userId": None}, {"userId": "null"}],
    ids=str,
)
def test_report_about_nobody_is_an_error(regulations: RegulationsFunctions, body: Any) -> None:
    """A request without an id that can be compared."""
    [regulation] = regulations.request_deletion("ann").json()
    path = f"/v2/regulations/{regulation['id']}/report"
    assert regulations.call("POST", path, body).status_code == 400


@pytest.mark.parametrize(("name", "given"), [("privacy", None), ("viewer", {"userId": "ann"})])
def test_given_id_is_repeated_to_callers_that_may_see_users(
    regulations: RegulationsFunctions, name: str, given: Any
) -> None:
    """So that their page says whom it is about; the others' says so without the id."""
    [regulation] = regulations.call("POST", "/v2/regulations", suppression("ann")).json()
    path, token = f"/v2/regulations/{regulation['id']}/report", f"Bearer {TOKENS[name]}"
    report = regulations.call("POST", path, {"userId": "ann"}, authorization=token).json()
    page = regulations.call(
        "POST", path, {"userId": "ann"}, authorization=token, accept="text/html"
    ).text
    assert (report.get("givenUser"), "“ann”" in page, "This report is about" in page) == (
        given,
        given is not None,
        True,
    )
