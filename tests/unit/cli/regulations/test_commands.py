"""`rudder-mixpanel regulation`: one regulation, and connections, with a fake regulations API."""

import httpx
import pytest
from typer.testing import CliRunner

from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.options import NO_STACK
from tests.unit.cli.regulations.fake_api import ID, FakeApi, error_response, regulation, run
from tests.unit.cli.terminal import run_on_terminal


@pytest.mark.usefixtures("stacks")
def test_url_is_an_output_of_the_stack(api: FakeApi) -> None:
    """So is the destination's id."""
    done = run("create", "--yes", "--user", "ann", "--stack", "two", RUDDER_MIXPANEL_URL="")
    [(_, path, body)] = api.requests
    assert (done.exit_code, api.urls, path, body["destinationIds"]) == (
        0,
        ["two.test"],
        "/api/v2/regulations",
        ["destination-two"],
    )


def test_report_may_be_html(api: FakeApi) -> None:
    """A page for printing."""
    api.answer = lambda _: httpx.Response(200, text="<!doctype html>")
    done = run("report", ID, "--html")
    assert (done.stdout, api.accepted) == ("<!doctype html>\n", ["text/html"])


@pytest.mark.parametrize(
    ("command", "path"),
    [("show", f"/api/v2/regulations/{ID}"), ("report", f"/api/v2/regulations/{ID}/report")],
)
def test_command_requests_one_regulation(api: FakeApi, command: str, path: str) -> None:
    """By its id."""
    api.answer = lambda _: httpx.Response(200, json=regulation())
    done = run(command, ID)
    assert (done.exit_code, api.requests, ID in done.stdout) == (0, [("GET", path, None)], True)


@pytest.mark.usefixtures("stacks")
@pytest.mark.parametrize("command", ["show", "report"])
def test_regulation_is_requested_from_the_named_stack(api: FakeApi, command: str) -> None:
    """Whose output has the API's address."""
    api.answer = lambda _: httpx.Response(200, json=regulation())
    done = run(command, ID, "--stack", "one", RUDDER_MIXPANEL_URL="")
    assert (done.exit_code, api.urls) == (0, ["one.test"])


def test_error_of_the_api_prints_one_line(api: FakeApi) -> None:
    """With the API's own code and message."""
    api.answer = lambda _: error_response(401, "UNAUTHORIZED")
    done = run("show", ID)
    assert (done.exit_code, done.stderr) == (1, "rudder-mixpanel: UNAUTHORIZED: Its message.\n")


def test_missing_token_sends_no_request(api: FakeApi) -> None:
    """It is wrong usage."""
    done = run("list", RUDDER_MIXPANEL_TOKEN="")
    assert (done.exit_code, api.requests) == (2, [])


def test_one_regulation_is_at_one_stack(api: FakeApi) -> None:
    """The variable may name several for other commands."""
    done = run("show", ID, RUDDER_MIXPANEL_STACK="one,two")
    assert (done.exit_code, done.stderr, api.requests) == (
        2,
        "rudder-mixpanel: --stack: expected one stack, got one,two\n",
        [],
    )


def test_show_on_a_terminal_is_text(api: FakeApi) -> None:
    """A line for each field that is not empty."""
    api.answer = lambda _: httpx.Response(200, json={"id": ID, "state": "failed", "attributes": {}})
    options = ("--url", "https://api.test/api", "--token", "t" * 32)
    assert run_on_terminal("regulation", "show", ID, *options) == [
        f"id     {ID}",
        "state  failed",
    ]


def test_missing_stack_is_named_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """In the sentence that every command has."""
    monkeypatch.delenv("RUDDER_MIXPANEL_STACK", raising=False)
    done = CliRunner().invoke(app, ["regulation", "list"])
    expected = f"rudder-mixpanel: {NO_STACK}, or --url URL\n"
    assert (done.exit_code, done.output) == (2, expected)
