"""`rudder-mixpanel regulation create`, with a fake regulations API."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import httpx
import pytest

from tests.unit.cli.regulations.fake_api import ID, FakeApi, error_response, regulation, run


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """A file with two users, one of them known by the anonymousId alone."""
    file = tmp_path / "users.csv"
    file.write_text("userId,anonymousId\nannabel,device-of-ann\n,device-of-nobody\n")
    return file


def at(stack: str) -> str:
    """How a plan names a stack."""
    return f"at {stack}, https://{stack}.test/api: destination destination-{stack}"


def write_users(folder: Path, count: int) -> str:
    """A file with this many users."""
    file = folder / "many.csv"
    file.write_text("userId\n" + "".join(f"user-{index}\n" for index in range(count)))
    return str(file)


def test_users_of_a_file_are_sent_in_batches(api: FakeApi, tmp_path: Path) -> None:
    """Each with all its identifiers; empty cells are left out."""
    file = tmp_path / "users.csv"
    rows = "".join(f"user-{index},\n" for index in range(1_200))
    file.write_text(f"userId,anonymousId\nann,device\n{rows}")
    done = run("create", "--yes", str(file))
    bodies = api.bodies
    assert (done.exit_code, [len(body["users"]) for body in bodies], bodies[0]["users"][:2]) == (
        0,
        [1_000, 201],
        [{"userId": "ann", "anonymousId": "device"}, {"userId": "user-0"}],
    )


def test_batches_of_long_identifiers_are_smaller(api: FakeApi, tmp_path: Path) -> None:
    """A body has at most 1 MiB, however long a user's identifiers are."""
    file = tmp_path / "users.csv"
    names = ",".join("\u00e9" * 490 for _ in range(5))
    head = ",".join(f"name{index}" for index in range(5))
    file.write_text(f"userId,{head}\n" + "".join(f"user-{n},{names}\n" for n in range(300)))
    done = run("create", "--yes", str(file))
    sizes = [len(json.dumps(body)) for body in api.bodies]
    users = [user["userId"] for body in api.bodies for user in body["users"]]
    assert (done.exit_code, users, max(sizes) <= 1_048_576) == (
        0,
        [f"user-{n}" for n in range(300)],
        True,
    )


def test_same_file_makes_the_same_requests(api: FakeApi, file: Path) -> None:
    """So running the command again continues after an interruption."""
    run("create", "--yes", str(file))
    run("create", "--yes", str(file))
    assert api.requests[0] == api.requests[1]


def test_rows_are_grouped_by_reference(api: FakeApi, tmp_path: Path) -> None:
    """Into requests, so that the answer and each printed line have row and reference."""
    file = tmp_path / "users.csv"
    file.write_text("userId,reference\nann,T-1\nbob,\ncy,T-1\n")
    done = run("create", "--yes", str(file), "--reference", "T-0")
    assert [(body["reference"], body["users"]) for body in api.bodies] == [
        ("T-1", [{"userId": "ann"}, {"userId": "cy"}]),
        ("T-0", [{"userId": "bob"}]),
    ]
    assert [line.partition("05Z  ")[2] for line in done.stdout.splitlines()] == [
        "row 2  reference T-1",
        "row 4  reference T-1",
        "row 3  reference T-0",
    ]


def test_json_has_row_reference_and_id(api: FakeApi, file: Path) -> None:
    """One line for each user, without the user."""
    done = run("create", "--yes", "--json", str(file), "--reference", "T-1")
    shown = [json.loads(line) for line in done.stdout.splitlines()]
    assert [(line["row"], line["reference"], line["attributes"]) for line in shown] == [
        (2, "T-1", {}),
        (3, "T-1", {}),
    ]
    assert shown[0]["id"] == ID


@pytest.mark.parametrize(
    ("option", "user"),
    [("--user", {"userId": "ann"}), ("--anonymous", {"anonymousId": "ann"})],
)
def test_user_may_be_an_option_instead_of_a_file(
    api: FakeApi, option: str, user: dict[str, str]
) -> None:
    """And be only suppressed."""
    run("create", "--yes", option, "ann", "--suppress")
    assert api.bodies == [{"regulationType": "suppress", "users": [user]}]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id\nann\n", "expected a header row with a column userId or anonymousId"),
        ("userId,userId\nann,bob\n", "expected one column userId"),
        ("userId,reference,reference\nann,a,b\n", "expected one column reference"),
        ("userId\nann\nSmith, John\n", "row 3 has more cells than the header row"),
        ("userId\n", "the file has no users"),
        ("userId,email\n,ann@example.com\n", "row 2 has no userId and no anonymousId"),
        (f"userId,reference\nann,{'r' * 101}\n", "row 2: expected a reference of at most 100"),
    ],
)
def test_invalid_file_sends_no_request(
    api: FakeApi, tmp_path: Path, content: str, message: str
) -> None:
    """The whole file is checked first."""
    file = tmp_path / "users.csv"
    file.write_text(content)
    done = run("create", "--yes", str(file))
    assert (done.exit_code, message in done.stderr, api.requests) == (2, True, [])


@pytest.mark.parametrize("arguments", [(), ("users.csv", "--user", "ann")], ids=["none", "both"])
def test_users_come_from_one_source(api: FakeApi, arguments: tuple[str, ...]) -> None:
    """A file, or options."""
    done = run("create", "--yes", *arguments)
    assert (done.exit_code, api.requests) == (2, [])


@pytest.mark.usefixtures("stacks")
def test_dry_run_shows_the_plan_and_sends_nothing(api: FakeApi, file: Path) -> None:
    """Which users, at which stacks, what each deletes, and no full id."""
    arguments = ("--stack", "one,two", "--reference", "T-1")
    done = run("create", "--dry-run", str(file), *arguments, RUDDER_MIXPANEL_URL="")
    assert done.stdout.splitlines() == [
        f"suppress and delete 2 users (1 by anonymousId alone) of {file}",
        "reference: T-1",
        "  row 2: userId an…, anonymousId dev…",
        "  row 3: anonymousId dev…",
        f"{at('one')}, deletes the profile and all events (userDeletionApi: task)",
        f"{at('two')}, deletes the profile only: events remain (userDeletionApi: engage)",
        "Nothing was requested: this is a dry run.",
    ]
    assert (done.exit_code, api.requests) == (0, [])


def test_plan_of_a_url_cannot_name_the_deletion_api(api: FakeApi) -> None:
    """The settings are those of a stack."""
    done = run("create", "--dry-run", "--user", "annabel")
    assert (
        "userDeletionApi says, which this command cannot read" in done.stdout,
        api.requests,
    ) == (
        True,
        [],
    )


def test_plan_of_a_suppression_deletes_nothing(api: FakeApi) -> None:
    """And suppresses everywhere."""
    done = run("create", "--dry-run", "--suppress", *[f"--user=user-{n}" for n in range(5)])
    assert done.stdout.splitlines() == [
        "suppress 5 users",
        "reference: none",
        *["  userId us…"] * 3,
        "  and 2 more",
        "at https://api.test/api: suppresses for all destinations, deletes nothing",
        "Nothing was requested: this is a dry run.",
    ]
    assert api.requests == []


def test_nobody_is_asked_without_a_terminal(api: FakeApi, file: Path) -> None:
    """A script must say --yes."""
    done = run("create", str(file), answer="y\n")
    assert (done.exit_code, "confirm with --yes" in done.stderr, api.requests) == (2, True, [])


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1), ("", 1)])
def test_confirmation_is_asked_on_a_terminal(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """On stderr; no answer is no."""
    monkeypatch.setattr("rudder_mixpanel_cli.confirmation.is_terminal", lambda: True)
    done = run("create", "--user", "ann", answer=answer)
    asked = "Request this?" in done.stderr
    assert (done.exit_code, len(api.requests), asked) == (code, 1 - code, True)


def test_pipe_shows_no_progress(api: FakeApi, file: Path) -> None:
    """Not even one that wants colour."""
    done = run("create", "--yes", str(file), FORCE_COLOR="1", COLUMNS="80")
    assert (len(api.requests), "%" in done.output) == (1, False)


@pytest.mark.usefixtures("stacks")
def test_every_stack_is_asked(api: FakeApi) -> None:
    """At its URL, for its destination, with its own token if it has one."""
    arguments = ("--user", "ann", "--stack", "one", "--stack", "two")
    own = {"RUDDER_MIXPANEL_URL": "", "RUDDER_MIXPANEL_TOKEN_TWO": "2" * 32}
    done = run("create", "--yes", *arguments, **own)
    destinations = [body["destinationIds"] for body in api.bodies]
    assert (done.exit_code, api.urls, destinations, api.tokens) == (
        0,
        ["one.test", "two.test"],
        [["destination-one"], ["destination-two"]],
        ["Bearer " + "t" * 32, "Bearer " + "2" * 32],
    )


@pytest.mark.usefixtures("stacks")
def test_stacks_of_the_variable_are_separated_by_commas(api: FakeApi) -> None:
    """Each once."""
    stacks = {"RUDDER_MIXPANEL_URL": "", "RUDDER_MIXPANEL_STACK": "one, two,one"}
    run("create", "--yes", "--user", "ann", **stacks)
    assert api.urls == ["one.test", "two.test"]


@pytest.mark.usefixtures("stacks")
def test_failure_at_one_stack_does_not_keep_the_others(api: FakeApi, tmp_path: Path) -> None:
    """The last line and the exit status say what to run again."""
    api.answer = lambda request: (
        error_response(401, "UNAUTHORIZED") if request.url.host == "one.test" else None
    )
    file = write_users(tmp_path, 1_500)
    stacks = ("--stack", "one", "--stack", "two")
    done = run("create", "--yes", file, *stacks, RUDDER_MIXPANEL_URL="")
    assert (done.exit_code, api.urls) == (1, ["one.test", "two.test", "two.test"])
    assert done.stderr.splitlines()[-4:] == [
        "one: 0 requested",
        "one: UNAUTHORIZED: Its message.",
        "two: 1,500 requested",
        (
            "one: 1,500 NOT requested (rows 2-1501): "
            "resolve this, and run the command again for this stack"
        ),
    ]


def test_invalid_users_do_not_keep_those_of_other_requests(api: FakeApi, tmp_path: Path) -> None:
    """A response about the body is not about the next one."""
    api.answer = lambda _: error_response(400, "INVALID_FIELD") if len(api.requests) == 1 else None
    done = run("create", "--yes", write_users(tmp_path, 2_000))
    last = done.stderr.splitlines()[-1]
    assert (done.exit_code, len(api.requests), "1,000 NOT requested (rows 2-1001)" in last) == (
        1,
        2,
        True,
    )


def test_reference_that_is_not_taken_is_said(api: FakeApi) -> None:
    """A regulation that exists keeps its first one."""
    api.answer = lambda _: httpx.Response(201, json=[regulation(reference="T-1")])
    done = run("create", "--yes", "--user", "ann", "--reference", "T-2")
    kept = "1 of them have this regulation already, and keep its first reference"
    assert (done.exit_code, kept in done.stderr) == (0, True)


def test_busy_api_is_asked_again_when_it_says(api: FakeApi) -> None:
    """With progress on stderr."""
    api.answer = lambda _: (
        error_response(503, "UNAVAILABLE", Retry_After="7") if len(api.requests) < 3 else None
    )
    done = run("create", "--yes", "--user", "ann")
    assert (done.exit_code, api.waits, done.stderr.count("is repeated in 7 s")) == (0, [7, 7], 2)
    assert api.requests == api.requests[:1] * 3


def test_waiting_for_a_busy_api_is_bounded(api: FakeApi) -> None:
    """Ten minutes in all, and a minute at a time."""
    api.answer = lambda _: error_response(503, "UNAVAILABLE", Retry_After="3600")
    done = run("create", "--yes", "--user", "ann")
    assert (done.exit_code, api.waits) == (1, [60] * 10)


def test_error_without_a_time_is_not_repeated(api: FakeApi) -> None:
    """The API says when a repetition would help."""
    api.answer = lambda _: httpx.Response(503, text="<html>")
    done = run("create", "--yes", "--user", "ann")
    assert (done.exit_code, len(api.requests), api.waits) == (1, 1, [])


def test_second_run_continues_after_a_failure(api: FakeApi, tmp_path: Path) -> None:
    """The second request of the first run fails; the second run repeats both requests."""
    file = write_users(tmp_path, 1_500)
    api.answer = lambda _: error_response(503, "UNAVAILABLE") if len(api.requests) == 2 else None
    first = run("create", "--yes", file)
    second = run("create", "--yes", file)
    assert (first.exit_code, second.exit_code, len(api.requests)) == (1, 0, 4)
    assert api.requests[:2] == api.requests[2:]


@pytest.mark.usefixtures("stacks")
def test_missing_token_of_one_stack_sends_no_request(api: FakeApi) -> None:
    """Nothing is requested before every stack can be."""
    variables = {"RUDDER_MIXPANEL_TOKEN_ONE": "1" * 32, "RUDDER_MIXPANEL_TOKEN": ""}
    stacks = ("--stack", "one,two")
    done = run("create", "--yes", "--user", "ann", *stacks, RUDDER_MIXPANEL_URL="", **variables)
    expected = "expected a token in RUDDER_MIXPANEL_TOKEN or RUDDER_MIXPANEL_TOKEN_TWO"
    assert (done.exit_code, expected in done.stderr, api.requests) == (2, True, [])


def test_several_stacks_have_no_common_url(api: FakeApi) -> None:
    """Each has its own."""
    done = run("create", "--yes", "--user", "ann", "--stack", "one,two")
    assert (done.exit_code, api.requests) == (2, [])


def test_question_is_asked_on_a_real_terminal() -> None:
    """And answered with no."""
    person, terminal = pty.openpty()
    os.write(person, b"n\n")
    command = [sys.executable, "-m", "rudder_mixpanel_cli.command", "regulation", "create"]
    options = ["--user", "annabel", "--url", "http://127.0.0.1:9", "--token", "t" * 32]
    done = subprocess.run(  # noqa: S603 - ours
        [*command, *options], stdin=terminal, capture_output=True, check=False, timeout=60
    )
    os.close(person)
    os.close(terminal)
    *_, question = done.stderr.decode().splitlines()
    assert (done.returncode, done.stdout, question.partition("[y/N] ")[2]) == (
        1,
        b"",
        (
            "rudder-mixpanel: nothing was requested; to go on, run the command again and answer y, "
            "or add --yes"
        ),
    )
