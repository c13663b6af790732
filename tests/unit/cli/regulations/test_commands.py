"""`rudder-mixpanel regulation` as a privacy officer runs it."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import httpx
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.regulations import api as regulation_api

ID = "0b0c7a52-0000-8000-8000-000000000001"
TOKEN = "t" * 32


def regulation(**changes: Any) -> dict[str, Any]:
    """A regulation as the API shows it."""
    return {
        "id": ID,
        "state": "waiting",
        "regulationType": "suppress_with_delete",
        "effectiveAt": "2027-01-01T00:01:05Z",
        **changes,
    }


class Api:
    """A regulations API that remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Any]] = []
        self.urls: list[str] = []
        self.accepted: list[str] = []
        self.answer: httpx.Response | None = None
        self.fails_at = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as the API does."""
        body: Any = json.loads(request.content) if request.content else None
        self.asked.append((request.method, request.url.path, body))
        self.accepted.append(request.headers["Accept"])
        if len(self.asked) == self.fails_at:
            return httpx.Response(503, json={"code": "UNAVAILABLE", "message": "Ask again."})
        if self.answer is not None:
            return self.answer
        if request.url.path.endswith("/search"):
            following = {} if body.get("after_cursor") else {"next": "cursor"}
            return httpx.Response(200, json={"data": [regulation()], "paging": following})
        if request.method == "POST":
            return httpx.Response(201, json=[regulation() for _ in body["users"]])
        if request.method == "DELETE":
            return httpx.Response(200, json=regulation(state="cancelling"))
        return httpx.Response(200, json=regulation())


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[Api]:
    """An API in the network's place."""
    one = Api()
    with httpx.Client(transport=httpx.MockTransport(one)) as http:
        made = regulation_api.RegulationApi

        def connected(url: str, token: str) -> regulation_api.RegulationApi:
            one.urls.append(url)
            return made(url, token, http)

        monkeypatch.setattr(regulation_api, "RegulationApi", connected)
        yield one


def run(*arguments: str, **variables: str) -> Result:
    """A command, run to its end."""
    environ = {"RUDDER_MIXPANEL_URL": "https://api.test/api", "RUDDER_MIXPANEL_TOKEN": TOKEN}
    return CliRunner().invoke(app, ["regulation", *arguments], env=environ | variables)


def test_users_of_a_file_are_asked_for_in_portions(api: Api, tmp_path: Path) -> None:
    """Each with whatever else names them; empty cells name nothing."""
    file = tmp_path / "users.csv"
    rows = "".join(f"user-{index},\n" for index in range(1_200))
    file.write_text(f"userId,anonymousId\nann,device\n{rows}")
    said = run("create", str(file))
    bodies = [body for _, _, body in api.asked]
    assert (said.exit_code, [len(body["users"]) for body in bodies], bodies[0]["users"][:2]) == (
        0,
        [1_000, 201],
        [{"userId": "ann", "anonymousId": "device"}, {"userId": "user-0"}],
    )


def test_portions_of_long_names_are_smaller(api: Api, tmp_path: Path) -> None:
    """A body has a megabyte at most, however much names a user."""
    file = tmp_path / "users.csv"
    names = ",".join("\u00e9" * 490 for _ in range(5))
    head = ",".join(f"name{index}" for index in range(5))
    file.write_text(f"userId,{head}\n" + "".join(f"user-{n},{names}\n" for n in range(300)))
    said = run("create", str(file))
    sizes = [len(json.dumps(body)) for _, _, body in api.asked]
    users = [one["userId"] for _, _, body in api.asked for one in body["users"]]
    assert (said.exit_code, users, max(sizes) <= 1_048_576) == (
        0,
        [f"user-{n}" for n in range(300)],
        True,
    )


def test_file_that_comes_again_asks_for_the_same(api: Api, tmp_path: Path) -> None:
    """So a run that was stopped is resumed by running it again."""
    file = tmp_path / "users.csv"
    file.write_text("userId\nann\nbob\n")
    run("create", str(file))
    run("create", str(file))
    assert api.asked[0] == api.asked[1]


def test_run_that_was_stopped_is_resumed(api: Api, tmp_path: Path) -> None:
    """The second portion fails; whoever runs it again asks for both, and in the same words."""
    file = tmp_path / "users.csv"
    file.write_text("userId\n" + "".join(f"user-{index}\n" for index in range(1_500)))
    api.fails_at = 2
    stopped = run("create", str(file))
    resumed = run("create", str(file))
    found = (stopped.exit_code, resumed.exit_code, len(api.asked), api.asked[:2] == api.asked[2:])
    assert found == (1, 0, 4, True)


def test_progress_is_shown_on_a_terminal(api: Api, tmp_path: Path) -> None:
    """Beside the list of what was asked for, not in it."""
    file = tmp_path / "users.csv"
    file.write_text("userId\nann\nbob\n")
    said = run("create", str(file), FORCE_COLOR="1", COLUMNS="80")
    found = (len(api.asked), "100%" in said.stderr, "%" in said.stdout)
    assert found == (1, True, False)


def test_stack_is_asked_for_its_api(api: Api) -> None:
    """And for the destination that it serves."""
    with mock_aws():
        outputs = {
            "RegulationsApiUrl": {"Value": "https://stack.test/api"},
            "DestinationId": {"Value": "ours"},
        }
        queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
        boto3.client("cloudformation").create_stack(
            StackName="there", TemplateBody=json.dumps({"Resources": queue, "Outputs": outputs})
        )
        said = run("create", "--user", "ann", "--stack", "there", RUDDER_MIXPANEL_URL="")
    [(_, path, body)] = api.asked
    assert (said.exit_code, api.urls, path, body["destinationIds"]) == (
        0,
        ["https://stack.test/api"],
        "/api/v2/regulations",
        ["ours"],
    )


def test_report_may_be_a_page(api: Api) -> None:
    """To print."""
    api.answer = httpx.Response(200, text="<!doctype html>")
    said = run("report", ID, "--html")
    assert (said.stdout, api.accepted) == ("<!doctype html>\n", ["text/html"])


def test_user_may_be_named_in_a_files_place(api: Api) -> None:
    """And be suppressed only."""
    run("create", "--user", "ann", "--suppress")
    assert api.asked == [
        (
            "POST",
            "/api/v2/regulations",
            {"regulationType": "suppress", "users": [{"userId": "ann"}]},
        )
    ]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        ("id\nann\n", "expected a first row with one column userId"),
        ("userId,userId\nann,bob\n", "expected a first row with one column userId"),
        ("userId\nann\nSmith, John\n", "row 3 has more cells than the first row has columns"),
        ("userId\n", "it names nobody"),
        ("userId,email\n,ann@example.com\n", "row 2 has no userId"),
    ],
)
def test_wrong_file_asks_for_nothing(
    api: Api, tmp_path: Path, content: str, complaint: str
) -> None:
    """It is read as a whole before."""
    file = tmp_path / "users.csv"
    file.write_text(content)
    said = run("create", str(file))
    assert (said.exit_code, complaint in said.stderr, api.asked) == (2, True, [])


def test_list_shows_every_page(api: Api) -> None:
    """Without naming anybody."""
    said = run("list", "--state", "waiting")
    assert (
        said.stdout.splitlines()
        == [f"{ID}  waiting     suppress_with_delete effective 2027-01-01T00:01:05Z"] * 2
    )


@pytest.mark.parametrize(
    ("command", "method", "path"),
    [
        ("show", "GET", f"/api/v2/regulations/{ID}"),
        ("cancel", "DELETE", f"/api/v2/regulations/{ID}"),
        ("report", "GET", f"/api/v2/regulations/{ID}/report"),
    ],
)
def test_one_regulation_is_asked_about(api: Api, command: str, method: str, path: str) -> None:
    """By its id."""
    said = run(command, ID)
    assert (said.exit_code, api.asked, ID in said.stdout) == (0, [(method, path, None)], True)


def test_refusal_is_said_in_the_apis_words(api: Api) -> None:
    """In one line."""
    told = {"code": "UNAUTHORIZED", "message": "The token is missing, wrong or expired."}
    api.answer = httpx.Response(401, json=told)
    said = run("show", ID)
    words = "rudder-mixpanel: UNAUTHORIZED: The token is missing, wrong or expired.\n"
    assert (said.exit_code, said.stderr) == (1, words)


def test_token_is_needed(api: Api) -> None:
    """And nobody is asked without."""
    said = run("list", RUDDER_MIXPANEL_TOKEN="")
    assert (said.exit_code, api.asked) == (2, [])
