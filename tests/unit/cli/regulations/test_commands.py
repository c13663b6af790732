"""`rudder-mixpanel regulation`, with a fake regulations API."""

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
from rudder_mixpanel_cli.regulations import client

ID = "0b0c7a52-0000-8000-8000-000000000001"
TOKEN = "t" * 32


def regulation(**changes: Any) -> dict[str, Any]:
    """A regulation as the API returns it."""
    return {
        "id": ID,
        "state": "waiting",
        "regulationType": "suppress_with_delete",
        "effectiveAt": "2027-01-01T00:01:05Z",
        **changes,
    }


class FakeApi:
    """A regulations API that records its requests."""

    def __init__(self) -> None:
        self.requests: list[tuple[str, str, Any]] = []
        self.urls: list[str] = []
        self.accepted: list[str] = []
        self.response: httpx.Response | None = None
        self.fails_at = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Respond as the API does."""
        body: Any = json.loads(request.content) if request.content else None
        self.requests.append((request.method, request.url.path, body))
        self.accepted.append(request.headers["Accept"])
        if len(self.requests) == self.fails_at:
            return httpx.Response(503, json={"code": "UNAVAILABLE", "message": "Ask again."})
        if self.response is not None:
            return self.response
        if request.url.path.endswith("/search"):
            following = {} if body.get("after_cursor") else {"next": "cursor"}
            return httpx.Response(200, json={"data": [regulation()], "paging": following})
        if request.method == "POST":
            return httpx.Response(201, json=[regulation() for _ in body["users"]])
        if request.method == "DELETE":
            return httpx.Response(200, json=regulation(state="cancelling"))
        return httpx.Response(200, json=regulation())


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeApi]:
    """A fake API that every command connects to."""
    fake = FakeApi()
    with httpx.Client(transport=httpx.MockTransport(fake)) as http:
        original = client.RegulationsClient

        def connect(url: str, token: str) -> client.RegulationsClient:
            fake.urls.append(url)
            return original(url, token, http)

        monkeypatch.setattr(client, "RegulationsClient", connect)
        yield fake


def run(*arguments: str, **variables: str) -> Result:
    """Run a command to its end."""
    environ = {"RUDDER_MIXPANEL_URL": "https://api.test/api", "RUDDER_MIXPANEL_TOKEN": TOKEN}
    return CliRunner().invoke(app, ["regulation", *arguments], env=environ | variables)


def test_users_of_a_file_are_sent_in_batches(api: FakeApi, tmp_path: Path) -> None:
    """Each with all its identifiers; empty cells are left out."""
    file = tmp_path / "users.csv"
    rows = "".join(f"user-{index},\n" for index in range(1_200))
    file.write_text(f"userId,anonymousId\nann,device\n{rows}")
    done = run("create", str(file))
    bodies = [body for _, _, body in api.requests]
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
    done = run("create", str(file))
    sizes = [len(json.dumps(body)) for _, _, body in api.requests]
    users = [user["userId"] for _, _, body in api.requests for user in body["users"]]
    assert (done.exit_code, users, max(sizes) <= 1_048_576) == (
        0,
        [f"user-{n}" for n in range(300)],
        True,
    )


def test_same_file_makes_the_same_requests(api: FakeApi, tmp_path: Path) -> None:
    """So running the command again continues after an interruption."""
    file = tmp_path / "users.csv"
    file.write_text("userId\nann\nbob\n")
    run("create", str(file))
    run("create", str(file))
    assert api.requests[0] == api.requests[1]


def test_second_run_continues_after_a_failure(api: FakeApi, tmp_path: Path) -> None:
    """The second request of the first run fails; the second run repeats both requests."""
    file = tmp_path / "users.csv"
    file.write_text("userId\n" + "".join(f"user-{index}\n" for index in range(1_500)))
    api.fails_at = 2
    first = run("create", str(file))
    second = run("create", str(file))
    assert (first.exit_code, second.exit_code, len(api.requests)) == (1, 0, 4)
    assert api.requests[:2] == api.requests[2:]


def test_progress_is_shown_on_a_terminal(api: FakeApi, tmp_path: Path) -> None:
    """On stderr, not in the list of regulations."""
    file = tmp_path / "users.csv"
    file.write_text("userId\nann\nbob\n")
    done = run("create", str(file), FORCE_COLOR="1", COLUMNS="80")
    assert (len(api.requests), "100%" in done.stderr, "%" in done.stdout) == (1, True, False)


def test_url_is_an_output_of_the_stack(api: FakeApi) -> None:
    """So is the destination's id."""
    with mock_aws():
        outputs = {
            "RegulationsApiUrl": {"Value": "https://stack.test/api"},
            "DestinationId": {"Value": "ours"},
        }
        queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
        boto3.client("cloudformation").create_stack(
            StackName="other-stack",
            TemplateBody=json.dumps({"Resources": queue, "Outputs": outputs}),
        )
        done = run("create", "--user", "ann", "--stack", "other-stack", RUDDER_MIXPANEL_URL="")
    [(_, path, body)] = api.requests
    assert (done.exit_code, api.urls, path, body["destinationIds"]) == (
        0,
        ["https://stack.test/api"],
        "/api/v2/regulations",
        ["ours"],
    )


def test_report_may_be_html(api: FakeApi) -> None:
    """A page for printing."""
    api.response = httpx.Response(200, text="<!doctype html>")
    done = run("report", ID, "--html")
    assert (done.stdout, api.accepted) == ("<!doctype html>\n", ["text/html"])


def test_user_may_be_an_option_instead_of_a_file(api: FakeApi) -> None:
    """And be only suppressed."""
    run("create", "--user", "ann", "--suppress")
    assert api.requests == [
        (
            "POST",
            "/api/v2/regulations",
            {"regulationType": "suppress", "users": [{"userId": "ann"}]},
        )
    ]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("id\nann\n", "expected a header row with one column userId"),
        ("userId,userId\nann,bob\n", "expected a header row with one column userId"),
        ("userId\nann\nSmith, John\n", "row 3 has more cells than the header row"),
        ("userId\n", "the file has no users"),
        ("userId,email\n,ann@example.com\n", "row 2 has no userId"),
    ],
)
def test_invalid_file_sends_no_request(
    api: FakeApi, tmp_path: Path, content: str, message: str
) -> None:
    """The whole file is checked first."""
    file = tmp_path / "users.csv"
    file.write_text(content)
    done = run("create", str(file))
    assert (done.exit_code, message in done.stderr, api.requests) == (2, True, [])


def test_list_shows_every_page(api: FakeApi) -> None:
    """Without personal data."""
    done = run("list", "--state", "waiting")
    assert (
        done.stdout.splitlines()
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
def test_command_requests_one_regulation(
    api: FakeApi, command: str, method: str, path: str
) -> None:
    """By its id."""
    done = run(command, ID)
    assert (done.exit_code, api.requests, ID in done.stdout) == (0, [(method, path, None)], True)


def test_error_of_the_api_prints_one_line(api: FakeApi) -> None:
    """With the API's own code and message."""
    error = {"code": "UNAUTHORIZED", "message": "The token is missing, wrong or expired."}
    api.response = httpx.Response(401, json=error)
    done = run("show", ID)
    expected = "rudder-mixpanel: UNAUTHORIZED: The token is missing, wrong or expired.\n"
    assert (done.exit_code, done.stderr) == (1, expected)


def test_missing_token_sends_no_request(api: FakeApi) -> None:
    """It is wrong usage."""
    done = run("list", RUDDER_MIXPANEL_TOKEN="")
    assert (done.exit_code, api.requests) == (2, [])
