"""`rudder-mixpanel regulation list`, with a fake regulations API."""

import csv
import io
import json
from typing import Any

import pytest

from rudder_mixpanel_cli.regulations.output import COLUMNS, safe_cell
from tests.unit.cli.regulations.fake_api import ID, FakeApi, error_response, regulation, run


def csv_rows(text: str) -> list[dict[str, str]]:
    """The rows of a CSV by column."""
    return list(csv.DictReader(io.StringIO(text)))


def test_list_shows_every_page(api: FakeApi) -> None:
    """A line each, without personal data."""
    api.regulations = [
        regulation(1, attributes={"userId": "ann"}, expectedCompletionAt="2027-01-31T00:00:00Z"),
        regulation(2, reference="T-1", state="requested", expectedCompletionAt="2027-01-09T00:00Z"),
    ]
    done = run("list")
    kind = "suppress_with_delete  effective 2027-01-01T00:01:05Z"
    assert done.stdout.splitlines() == [
        f"{ID}  waiting      {kind}  19 days left",
        f"{ID[:-1]}2  requested    {kind}  3 days late  reference T-1",
    ]


def test_one_day_is_a_day(api: FakeApi) -> None:
    """Left or late."""
    api.regulations = [
        regulation(1, expectedCompletionAt="2027-01-13T00:00:00Z"),
        regulation(2, expectedCompletionAt="2027-01-11T00:00:00Z"),
    ]
    shown = [line.rpartition("  ")[2] for line in run("list").stdout.splitlines()]
    assert shown == ["1 day left", "1 day late"]


def test_list_of_nothing_says_so(api: FakeApi) -> None:
    """On stderr, so that a file stays empty."""
    api.regulations = []
    done = run("list", "--user", "ann")
    said = done.stderr.endswith(": no regulation matches\n")
    assert (done.exit_code, done.stdout, said) == (0, "", True)


def test_unknown_state_sends_no_request(api: FakeApi) -> None:
    """The message has the states."""
    done = run("list", "--state", "done")
    states = "expected one of accepting, " in done.stderr
    assert (done.exit_code, api.requests, states) == (2, [], True)


def test_completed_says_that_events_remain(api: FakeApi) -> None:
    """On the same line, in every format, when only the profile was deleted."""
    api.regulations = [regulation(state="completed", deletes="profile")]
    line, table, as_json = run("list"), run("list", "--csv"), run("list", "--json")
    assert "completed (profile only: events remain)" in line.stdout
    assert csv_rows(table.stdout)[0]["deletes"] == "profile only: events remain"
    assert json.loads(as_json.stdout)["eventsRemain"] is True


def test_completed_of_everything_says_no_more(api: FakeApi) -> None:
    """Nothing remains that was asked for."""
    api.regulations = [regulation(state="completed", deletes="profile and events")]
    assert "remain" not in run("list").stdout + run("list", "--json").stdout


def test_csv_has_a_line_for_each_regulation(api: FakeApi) -> None:
    """With a stable header."""
    api.regulations = [
        regulation(
            reference="T-1",
            attributes={"userId": "ann", "anonymousId": "device"},
            expectedCompletionAt="2027-01-31T00:00:00Z",
            completedAt=None,
        ),
        regulation(2, regulationType="suppress", state="canceled", canceled=True),
    ]
    done = run("list", "--csv")
    header, first, second = done.stdout.splitlines()
    assert header == ",".join(COLUMNS)
    assert first == (
        f"{ID},T-1,suppress_with_delete,waiting,,no,privacy,2027-01-01T00:00:00Z,"
        "2027-01-01T00:01:05Z,2027-01-31T00:00:00Z,19,,ann,device,f00d feed,"
    )
    assert second == (
        f"{ID[:-1]}2,,suppress,canceled,,yes,privacy,2027-01-01T00:00:00Z,"
        "2027-01-01T00:01:05Z,,,,,,f00d feed,"
    )


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        ("=1+1", "'=1+1"),
        (" =1+1", " '=1+1"),
        ("+49 30", "'+49 30"),
        ("-1", "'-1"),
        ("@SUM(A1)", "'@SUM(A1)"),
        ("\t=1", "\t'=1"),
        ("\uff1d1", "'\uff1d1"),
        ("a;=1", "a;'=1"),
        ("a@example.com", "a@example.com"),
        ("2027-01-01", "2027-01-01"),
        (-3, -3),
        (None, None),
    ],
)
def test_cell_is_no_formula(value: Any, cell: Any) -> None:
    """A ' stands before what a spreadsheet would calculate."""
    assert safe_cell(value) == cell


def test_conditions_are_sent_to_the_api(api: FakeApi) -> None:
    """Those that are given; the second day is included."""
    states = ("--state", "waiting", "--state", "failed")
    period = ("--from", "2027-01-01", "--to", "2027-01-31")
    run("list", *states, "--user", "ann", "--reference", "T-1", *period)
    assert api.bodies == [
        {
            "state": ["waiting", "failed"],
            "userId": "ann",
            "reference": "T-1",
            "from": "2027-01-01T00:00:00Z",
            "to": "2027-02-01T00:00:00Z",
        }
    ]


def test_times_are_exact(api: FakeApi) -> None:
    """A time of day excludes what was submitted then; the API reads UTC."""
    run("list", "--state", "failed", "--to", "2027-01-31T12:00:00+01:00", "--anonymous", "device")
    assert api.bodies == [
        {"state": "failed", "to": "2027-01-31T11:00:00Z", "anonymousId": "device"}
    ]


@pytest.mark.parametrize(
    "options",
    [
        ("--from", "yesterday"),
        ("--to", "9999-12-31"),
        ("--csv", "--json"),
        ("--user", "ann", "--anonymous", "device"),
    ],
    ids=" ".join,
)
def test_invalid_option_sends_no_request(api: FakeApi, options: tuple[str, ...]) -> None:
    """It is wrong usage."""
    done = run("list", *options)
    assert (done.exit_code, api.requests) == (2, [])


def test_regulation_without_a_record_is_named(api: FakeApi) -> None:
    """And the list is not complete."""
    api.missing = [ID]
    done = run("list", "--user", "ann")
    assert (done.exit_code, f"regulation {ID} is about this user" in done.stderr) == (1, True)


@pytest.mark.usefixtures("stacks")
def test_list_of_several_stacks_names_them(api: FakeApi) -> None:
    """A failure at one does not keep the others."""
    api.answer = lambda request: (
        error_response(401, "UNAUTHORIZED") if request.url.host == "one.test" else None
    )
    done = run("list", "--csv", "--stack", "one,two", RUDDER_MIXPANEL_URL="")
    assert (done.exit_code, [row["stack"] for row in csv_rows(done.stdout)]) == (1, ["two"])
    assert done.stderr == "one: the list is not complete: UNAUTHORIZED: Its message.\n"
