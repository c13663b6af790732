"""The report of a regulation: what it says, and what it leaves out."""

import re
from datetime import timedelta
from typing import Any

import boto3
import pytest

from mixpanel_emulator import Emulator
from rudder_mixpanel import __version__
from rudder_mixpanel.suppression import DynamoSuppressionLookup, DynamoSuppressionStore
from tests.fakes.delivery import plenty_of_time
from tests.functions.conftest import NOW
from tests.functions.regulations import KEY, TOKENS, RegulationsFunctions, suppression

AFTER = NOW + timedelta(hours=1)


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
    held_back = DynamoSuppressionLookup(boto3.client("dynamodb"), "suppressions", KEY.encode())
    held_back.count({regulation["id"]: 3}, int(AFTER.timestamp()), plenty_of_time)
    report = report_of(regulations, regulation["id"])
    [pseudonym] = report["regulation"].pop("pseudonyms")
    history = [
        note["what"].replace(task["tracking_id"], "ID")
        for note in report["deletion"].pop("history")
    ]
    not_covered = [re.split(":| than", regulation)[0] for regulation in report.pop("notCovered")]
    assert (task["distinct_ids"], len(pseudonym), history, not_covered, report) == (
        ["ann"],
        32,
        [
            "Mixpanel was asked to delete the profile and all events.",
            "Mixpanel accepted the deletion as task ID.",
            "Mixpanel says of task ID: SUCCESS.",
        ],
        [
            "Anonymous ids that no regulation names",
            "Data that reached Mixpanel by another way",
            "Messages that cannot be parsed",
            "Copies outside Mixpanel",
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
                "state": "completed",
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
                "atMixpanel": "SUCCESS",
                "userDeletionApi": "task",
                "taskId": task["tracking_id"],
            },
            "remains": {
                "rejectedQueueUntil": "2027-01-15T00:01:05Z",
                "deadLetterQueueUntil": "2027-01-15T00:01:05Z",
                "undeliveredByEventBridgeQueueUntil": "2027-01-15T00:01:05Z",
                "backupsOfTheRegulationUntil": "2027-02-05T09:00:00Z",
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
        report["deletion"]["userDeletionApi"],
        len(report["deletion"]["history"]),
        "Events that Mixpanel already has" in report["notCovered"][0],
    ) == ("completed", "engage", 4, True)


def test_report_says_who_has_cancelled(regulations: RegulationsFunctions) -> None:
    """And when, and when the suppression ended; Mixpanel received no request."""
    [regulation] = regulations.request_deletion("ann").json()
    regulations.call(
        "DELETE", f"/v2/regulations/{regulation['id']}", authorization=f"Bearer {TOKENS['viewer']}"
    )
    regulations.set_clock(AFTER)
    regulations.run_worker()
    report = report_of(regulations, regulation["id"])
    assert (report["suppression"], report["deletion"]["userDeletionApi"]) == (
        {
            "effectiveAt": "2027-01-01T00:01:05Z",
            "canceledBy": "viewer",
            "canceledAt": "2027-01-01T00:00:00Z",
            "liftedAt": "2027-01-01T01:00:00Z",
            "eventsNotSent": 0,
            "lastEventNotSentAt": None,
        },
        "",
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
