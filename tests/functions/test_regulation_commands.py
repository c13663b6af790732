"""`rudder-mixpanel regulation` against the functions for regulations."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.regulations import client
from tests.functions.regulations import TOKENS, RegulationsFunctions


@pytest.fixture
def stack(
    regulations: RegulationsFunctions, monkeypatch: pytest.MonkeyPatch
) -> Iterator[RegulationsFunctions]:
    """The functions behind the URL that the commands call."""

    def call(request: httpx.Request) -> httpx.Response:
        """Call the function as the gateway does."""
        path = request.url.path.removeprefix("/api")
        body = request.content.decode() or None
        token = request.headers["Authorization"]
        return regulations.call(request.method, path, body, authorization=token)

    with httpx.Client(transport=httpx.MockTransport(call)) as http:
        original = client.RegulationsClient
        monkeypatch.setattr(
            client, "RegulationsClient", lambda url, token: original(url, token, http)
        )
        yield regulations


def run(*arguments: str, token: str = "privacy") -> Result:  # noqa: S107 - a name
    """Run a command to its end."""
    variables = {"RUDDER_MIXPANEL_TOKEN": TOKENS[token], "RUDDER_MIXPANEL_URL": "https://x/api"}
    return CliRunner().invoke(app, ["regulation", *arguments], env=variables)


@pytest.mark.usefixtures("stack")
def test_rows_of_a_file_are_matched_to_regulations(tmp_path: Path) -> None:
    """By the row that `create` prints, and by reference in the CSV of the list."""
    file = tmp_path / "users.csv"
    file.write_text("userId,anonymousId,reference\nann,,T-1\n,device,T-2\nbob,,T-1\n")
    created = run("create", "--yes", "--json", str(file))
    rows = {json.loads(line)["id"]: json.loads(line)["row"] for line in created.stdout.splitlines()}
    listed = run("list", "--csv", "--from", "2027-01-01", "--to", "2027-01-01", token="viewer")
    table = csv.DictReader(io.StringIO(listed.stdout))
    assert sorted(
        (rows[line["id"]], line["reference"], line["userId"], line["anonymousId"]) for line in table
    ) == [(2, "T-1", "ann", ""), (3, "T-2", "", "device"), (4, "T-1", "bob", "")]


def test_everything_about_a_user_is_cancelled(stack: RegulationsFunctions) -> None:
    """Suppressions and deletions; others stay."""
    run("create", "--yes", "--user", "ann", "--user", "bob")
    run("create", "--yes", "--suppress", "--user", "ann")
    done = run("cancel", "--yes", "--user", "ann")
    stack.run_worker()
    states = [line.split()[1] for line in run("list").stdout.splitlines()]
    assert (done.exit_code, stack.suppressed("ann", "bob")) == (0, {"ann": False, "bob": True})
    assert sorted(states) == ["canceled", "canceled", "waiting"]


@pytest.mark.usefixtures("stack")
def test_states_and_references_select() -> None:
    """A regulation must match every option."""
    run("create", "--yes", "--user", "ann", "--reference", "T-1")
    run("create", "--yes", "--suppress", "--user", "bob", "--reference", "T-1")
    run("create", "--yes", "--user", "cy")
    states = ("--state", "waiting", "--state", "suppressed")
    counts = [
        len(run("list", *options).stdout.splitlines())
        for options in (states, ("--reference", "T-1", "--state", "waiting"), ("--state", "failed"))
    ]
    assert counts == [3, 1, 0]


@pytest.mark.usefixtures("stack")
def test_unknown_state_is_named() -> None:
    """With those that exist, before anything is requested."""
    done = run("list", "--state", "done")
    assert (done.exit_code, "expected one of accepting, suppressed" in done.stderr) == (2, True)
