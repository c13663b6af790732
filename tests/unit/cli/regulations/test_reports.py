"""`rudder-mixpanel regulation report`: for a user, and against a filed report."""

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest
from typer.testing import CliRunner, Result

from rudder_mixpanel.regulations.report.page import render_page
from rudder_mixpanel.regulations.task import LEAST_NOTES
from rudder_mixpanel_cli.command import app
from tests.fakes.reports import report_completed

RECORDED = report_completed({"userId": "ann@example.com"})
ID = RECORDED["regulation"]["id"]


class FakeReports:
    """A regulations API that has one report, and records its requests."""

    def __init__(self) -> None:
        self.report = deepcopy(RECORDED)
        self.requests: list[tuple[str, Any]] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Respond with the report, without the user unless the request names one."""
        body = json.loads(request.content) if request.content else None
        self.requests.append((request.method, body))
        hidden = {"aboutThisUser", "givenUser"} if body is None else set()
        report = {name: value for name, value in self.report.items() if name not in hidden}
        return httpx.Response(200, json=report)


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> FakeReports:
    """The API, to which every client connects."""
    fake = FakeReports()
    http = httpx.Client(transport=httpx.MockTransport(fake))
    monkeypatch.setattr("rudder_mixpanel_cli.regulations.client.httpx.Client", lambda **_: http)
    return fake


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Where a report is filed."""
    return tmp_path / "report"


def run(*arguments: str) -> Result:
    """Run the command with the id of the regulation."""
    variables = {"RUDDER_MIXPANEL_URL": "https://stack.test", "RUDDER_MIXPANEL_TOKEN": "t" * 32}
    return CliRunner().invoke(app, ["regulation", "report", ID, *arguments], env=variables)


def filed_as_json(report: Any) -> str:
    """The report as JSON."""
    return json.dumps(report)


def set_field(report: Any, path: str, value: Any) -> Any:
    """A report with another value of one field."""
    changed = deepcopy(report)
    *parents, name = path.split(".")
    inner = changed
    for parent in parents:
        inner = inner[parent]
    inner[name] = value
    return changed


def test_user_is_named_in_the_body(api: FakeReports) -> None:
    """URLs are logged."""
    done = run("--user", "ann")
    assert (done.exit_code, api.requests, json.loads(done.stdout)["aboutThisUser"]) == (
        0,
        [("POST", {"user": {"userId": "ann"}})],
        True,
    )


@pytest.mark.parametrize("write", [filed_as_json, render_page])
def test_filed_report_is_verified(
    api: FakeReports, file: Path, write: Callable[[Any], str]
) -> None:
    """The API is asked about the same user again."""
    file.write_text(write(RECORDED))
    done = run("--verify", str(file))
    assert (done.exit_code, done.stdout.splitlines()[0], api.requests) == (
        0,
        "verified: the filed report agrees with the record.",
        [("POST", {"user": {"userId": "ann@example.com"}})],
    )


def test_verification_may_be_json(api: FakeReports, file: Path) -> None:
    """One document, with the same exit status."""
    file.write_text(filed_as_json(set_field(RECORDED, "regulation.state", "failed")))
    done = run("--verify", str(file), "--json")
    found = json.loads(done.stdout)
    assert (
        done.exit_code,
        found["verified"],
        "regulation.state" in found["contradictions"][0],
    ) == (
        3,
        False,
        True,
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("regulation.submittedBy", "somebody"),
        ("regulation.id", "0b0c7a52-0000-8000-8000-000000000001"),
        ("regulation.reference", "DSR-1"),
        ("regulation.state", "failed"),
        ("regulation.submittedAt", "2026-01-01T00:00:00Z"),
        ("pseudonyms", ["name-of-bob"]),
        ("suppression.eventsNotSent", 5),
        ("suppression.effectiveAt", "2026-01-01T00:00:00Z"),
        ("deletion.state", "failed"),
        ("deletion.deletes", "profile"),
        ("deletion.endedAt", None),
        ("deletion.tasks", []),
        ("deletion.history", []),
        ("deletion.history", [*RECORDED["deletion"]["history"], {"at": "2027", "what": "more"}]),
        ("reportedAt", "2099-01-01T00:00:00Z"),
        ("notCovered", []),
        ("aboutThisUser", False),
        ("more", True),
    ],
)
def test_changed_report_contradicts_the_record(
    api: FakeReports, file: Path, path: str, value: Any
) -> None:
    """The output names the field."""
    file.write_text(filed_as_json(set_field(RECORDED, path, value)))
    done = run("--verify", str(file))
    contradictions = done.stdout.partition("contradicts the record:")[2]
    assert (done.exit_code, done.stdout.startswith("CONTRADICTED"), path in contradictions) == (
        3,
        True,
        True,
    )


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("reportedAt", "2027-01-01T01:00:00Z"),
        ("suppression.eventsNotSent", -1),
        ("regulation.attributes", {"userId": "ann@example.com"}),
        ("remains.messageIdsInLogsUntil", "2099-01-01T00:00:00Z"),
    ],
)
def test_record_may_go_on(api: FakeReports, file: Path, path: str, value: Any) -> None:
    """The output says what has changed since."""
    file.write_text(filed_as_json(set_field(RECORDED, path, value)))
    done = run("--verify", str(file))
    changes = done.stdout.partition("changed since, as it may:")[2]
    assert (done.exit_code, path in changes) == (0, True)


@pytest.mark.parametrize("state", ["accepting", "waiting", "creating", "requested", "cancelling"])
def test_state_may_move_on(api: FakeReports, file: Path, state: str) -> None:
    """With what Mixpanel has answered since."""
    filed = set_field(set_field(RECORDED, "deletion.state", state), "regulation.state", state)
    filed["deletion"] |= {"tasks": [], "endedAt": None, "deletes": "", "leaves": ""}
    filed["regulation"]["deletes"] = ""
    filed["deletion"]["history"], filed["reportedAt"] = [], filed["regulation"]["submittedAt"]
    file.write_text(filed_as_json(filed))
    assert run("--verify", str(file)).exit_code == 0


@pytest.mark.parametrize("state", ["accepting", "waiting", "failed", "canceled"])
def test_state_never_goes_back(api: FakeReports, file: Path, state: str) -> None:
    """A completed deletion stays completed."""
    api.report["deletion"]["state"] = state
    file.write_text(filed_as_json(RECORDED))
    assert run("--verify", str(file)).exit_code == 3


def test_note_may_be_repeated(api: FakeReports, file: Path) -> None:
    """Its count and its last time are later."""
    api.report["deletion"]["history"][-1] |= {"times": 2, "lastAt": "2027-02-01T00:00:00Z"}
    file.write_text(filed_as_json(RECORDED))
    assert run("--verify", str(file)).exit_code == 0


def test_note_that_is_no_longer_kept_is_not_compared(api: FakeReports, file: Path) -> None:
    """Of many notes, the record keeps the first and the last."""
    note = {"at": "2027-03-01T00:00:00Z", "what": "again"}
    api.report["deletion"]["history"] = [note] * LEAST_NOTES
    file.write_text(filed_as_json(RECORDED))
    done = run("--verify", str(file))
    assert (done.exit_code, "no longer kept" in done.stdout) == (0, True)


def test_note_that_the_filed_report_leaves_out_contradicts(api: FakeReports, file: Path) -> None:
    """It was there when the report was made."""
    filed = deepcopy(RECORDED)
    del filed["deletion"]["history"][1]
    file.write_text(filed_as_json(filed))
    assert run("--verify", str(file)).exit_code == 3


def test_page_whose_words_were_changed_contradicts(api: FakeReports, file: Path) -> None:
    """Although its hidden record is right."""
    file.write_text(render_page(RECORDED).replace("holder of the access", "owner of the access"))
    done = run("--verify", str(file))
    expected = (3, True)
    assert (done.exit_code, "the words of the page" in done.stdout) == expected


def test_page_of_another_version_is_compared_without_its_words(
    api: FakeReports, file: Path
) -> None:
    """Each version has its own."""
    file.write_text(render_page({**RECORDED, "version": "0.0.1"}))
    done = run("--verify", str(file))
    assert (done.exit_code, "the words of the page: it was made by" in done.stdout) == (0, True)


def test_report_about_a_user_without_the_id_says_what_is_missing(
    api: FakeReports, file: Path
) -> None:
    """It was made with a token that may not see users."""
    file.write_text(
        filed_as_json({name: RECORDED[name] for name in RECORDED if name != "givenUser"})
    )
    without = run("--verify", str(file))
    run("--verify", str(file), "--user", "ann@example.com")
    assert ("give the id with --user" in without.stdout, api.requests) == (
        True,
        [("GET", None), ("POST", {"user": {"userId": "ann@example.com"}})],
    )


@pytest.mark.parametrize(
    "content", ["", "{}", "[]", "<html></html>", '{"regulation": {}}', "\ufffd", "<pre id=record>"]
)
def test_file_without_a_report_is_wrong_usage(api: FakeReports, file: Path, content: str) -> None:
    """No request is sent."""
    file.write_text(content)
    done = run("--verify", str(file))
    assert (done.exit_code, "expected a report" in done.stderr, api.requests) == (2, True, [])


def test_missing_file_is_wrong_usage(api: FakeReports, file: Path) -> None:
    """So are both formats at once."""
    missing = run("--verify", str(file)).exit_code
    file.write_text(filed_as_json(RECORDED))
    assert (missing, run("--verify", str(file), "--html").exit_code, api.requests) == (2, 2, [])
