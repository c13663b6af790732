"""The raw export: who may export, and which events."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mixpanel_emulator.state.project import Project, ServiceAccount
from tests.unit.emulator.asgi_client import (
    ACCOUNT,
    DAY,
    EXPORTED,
    NOW,
    OTHER,
    SECONDS,
    TODAY,
    TOKEN,
    AsgiClient,
    event,
)

ANALYST = replace(
    EXPORTED,
    service_accounts=(ServiceAccount(username=ACCOUNT[0], secret=ACCOUNT[1], role="consumer"),),
)
SECRET = (EXPORTED.api_secret or "", "")
VIENNA = replace(EXPORTED, timezone="Europe/Vienna", created=date(2023, 1, 1))


def filled(project: Project = EXPORTED) -> AsgiClient:
    """A project with three events: two today, and one of the day before."""
    client = AsgiClient(project)
    events = [
        event({"n": 1}),
        event({"n": 2, "$insert_id": "i-2"}, name="Signed Up"),
        event({"n": 3, "$insert_id": "i-3", "time": SECONDS - DAY}),
    ]
    assert client.import_events(events).status_code == 200
    return client


def outcome(client: AsgiClient, **query: Any) -> tuple[int, str, list[tuple[str, int | None]]]:
    """The status and error of an export, and the violations so far."""
    response = client.export(**query)
    return response.status_code, response.json()["error"], client.violations()


@pytest.mark.parametrize(
    ("project", "query"),
    [
        (EXPORTED, {}),
        (ANALYST, {}),
        (EXPORTED, {"auth": SECRET}),
        (EXPORTED, {"auth": SECRET, "project_id": None}),
        (EXPORTED, {"path": "/us/api/2.0/export/"}),
    ],
)
def test_x1_lines_of_json(project: Project, query: Any) -> None:
    """An account of any role, or the secret, gets text in which each line is an event."""
    client = filled(project)
    response = client.export(**query)
    names = [row["event"] for row in client.rows(**query)]
    assert (response.status_code, response.headers["content-type"], names) == (
        200,
        "text/plain; charset=utf-8",
        ["Order Completed", "Signed Up"],
    )


def test_x1_days_without_events() -> None:
    """The body is empty."""
    response = AsgiClient(EXPORTED).export()
    assert (response.status_code, response.content) == (200, b"")


@pytest.mark.parametrize(
    "query",
    [
        {"auth": None},
        {"auth": (TOKEN, "")},
        {"auth": (ACCOUNT[0], "wrong")},
        {"auth": ("nobody.mp-service-account", "s3cret")},
        {"project_id": None},
        {"project_id": "2"},
        {"auth": SECRET, "project_id": "2"},
    ],
)
def test_x2_other_credentials(query: Any) -> None:
    """Neither the token of a project nor an account outside of it may export."""
    client = AsgiClient(EXPORTED, OTHER)
    assert outcome(client, **query) == (401, "Invalid credentials", [])


def test_e12_region_of_an_export() -> None:
    """In another region, a project's credentials are invalid."""
    client = AsgiClient(EXPORTED)
    assert outcome(client, path="/eu/api/2.0/export") == (401, "Invalid credentials", [])


def test_e2_export_by_post() -> None:
    """An export is for GET alone."""
    client = AsgiClient(EXPORTED)
    status = client.call("POST", "/api/2.0/export", auth=ACCOUNT).status_code
    assert (status, client.violations()) == (405, [("E2", None)])


@pytest.mark.parametrize("name", ["from_date", "to_date"])
@pytest.mark.parametrize("text", [None, "", "20260115", "2026-1-15", "2026-02-30", "2026-W03-4"])
def test_x3_malformed_day(name: str, text: str | None) -> None:
    """Both days are required, in one format."""
    error = f"{name} must be a date as 2026-01-31"
    assert outcome(AsgiClient(EXPORTED), **{name: text}) == (400, error, [("X3", None)])


def test_x3_range_that_ends_before_it_begins() -> None:
    """No day is in such a range."""
    query = {"from_date": TODAY, "to_date": "2026-01-14"}
    error = "to_date must not be before from_date"
    assert outcome(AsgiClient(EXPORTED), **query) == (400, error, [("X3", None)])


def test_x4_day_after_today() -> None:
    """It is refused, as for clients whose clocks are ahead."""
    error = "to_date cannot be later than today"
    assert outcome(AsgiClient(EXPORTED), to_date="2026-01-16") == (400, error, [])


@pytest.mark.parametrize(
    ("timezone", "seconds", "to_date", "status"),
    [
        ("Pacific/Auckland", 0, "2026-01-16", 200),
        ("America/Los_Angeles", -6 * 3600, "2026-01-15", 400),
        ("America/Los_Angeles", -6 * 3600, "2026-01-14", 200),
    ],
)
def test_x4_today_of_an_older_project(
    timezone: str, seconds: int, to_date: str, status: int
) -> None:
    """Today is what a calendar shows in the project's time zone."""
    client = AsgiClient(replace(VIENNA, timezone=timezone))
    client.advance(seconds)
    response = client.export(from_date="2026-01-01", to_date=to_date)
    assert response.status_code == status


@pytest.mark.parametrize(
    ("name", "text", "error"),
    [
        *(
            ("limit", text, "limit must be a number from 1 to 100000")
            for text in ("0", "100001", "-1", "1.5", "all", "")
        ),
        *(
            ("event", text, "event must be a JSON array of names")
            for text in ("Signed Up", '"Signed Up"', "[1]", "[]", "")
        ),
        ("time_in_ms", "yes", "time_in_ms must be true or false"),
    ],
)
def test_x5_malformed_parameter(name: str, text: str, error: str) -> None:
    """The error names the parameter."""
    assert outcome(AsgiClient(EXPORTED), **{name: text}) == (400, error, [("X5", None)])


def test_x6_expression() -> None:
    """The emulator evaluates none."""
    error = "where is not supported by the emulator"
    query = {"where": 'properties["n"] == 1'}
    assert outcome(AsgiClient(EXPORTED), **query) == (400, error, [("X6", None)])


@pytest.mark.parametrize(
    ("query", "numbers"),
    [
        ({"event": '["Signed Up"]'}, [2]),
        ({"event": '["Signed Up","Order Completed"]'}, [1, 2]),
        ({"event": '["signed up"]'}, []),
        ({"limit": "1"}, [1]),
        ({"limit": "100000"}, [1, 2]),
    ],
)
def test_x7_names_and_limit(query: dict[str, str], numbers: list[int]) -> None:
    """Only some events are exported."""
    assert filled().exported(**query) == numbers


@pytest.mark.parametrize(
    ("first", "last", "numbers"),
    [
        ("2026-01-14", "2026-01-15", [1, 2, 3]),
        ("2026-01-14", "2026-01-14", [3]),
        ("0001-01-01", "2026-01-13", []),
    ],
)
def test_x8_days_of_events(first: str, last: str, numbers: list[int]) -> None:
    """Both days count, and the day of an event is that of its time, not of its arrival."""
    assert filled().exported(from_date=first, to_date=last) == numbers


@pytest.mark.parametrize(
    ("created", "days"),
    [(date(2023, 1, 1), ["2026-01-15", "2026-01-14"]), (date(2023, 1, 2), ["2026-01-14"] * 2)],
)
def test_x8_days_of_a_time_zone(created: date, days: list[str]) -> None:
    """For an older project, midnight is that of its time zone."""
    client = AsgiClient(replace(VIENNA, created=created))
    before_midnight = int(datetime(2026, 1, 14, 22, 59, 59, tzinfo=UTC).timestamp())
    times = {"after": before_midnight + 1, "before": before_midnight}
    client.import_events([event({"n": n, "time": time}) for n, time in times.items()])
    rows = {
        n: day
        for day in ("2026-01-13", "2026-01-14", "2026-01-15")
        for n in client.exported(from_date=day, to_date=day)
    }
    assert [rows["after"], rows["before"]] == days


@given(st.dates(max_value=NOW.date()), st.dates(max_value=NOW.date()))
def test_any_days(first: date, last: date) -> None:
    """Days of any year, in any order, get a response."""
    client = AsgiClient(VIENNA)
    response = client.export(from_date=first.isoformat(), to_date=last.isoformat())
    assert response.status_code == (200 if first <= last else 400)
