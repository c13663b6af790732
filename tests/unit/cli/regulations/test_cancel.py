"""`rudder-mixpanel regulation cancel`, with a fake regulations API."""

import json
from typing import Any

import httpx
import pytest

from tests.unit.cli.regulations.fake_api import ID, FakeApi, error_response, regulation, run

OTHER = f"{ID[:-1]}2"


def deleted(api: FakeApi) -> list[str]:
    """The ids of the regulations that were cancelled."""
    return [path.rpartition("/")[2] for method, path, _ in api.requests if method == "DELETE"]


def test_regulations_are_cancelled_by_id(api: FakeApi) -> None:
    """Without looking them up, which needs another scope; each once."""
    api.regulations.append(regulation(2))
    done = run("cancel", "--yes", ID, OTHER, ID)
    assert (done.exit_code, api.requests) == (
        0,
        [("DELETE", f"/api/v2/regulations/{id_}", None) for id_ in (ID, OTHER)],
    )


def test_everything_open_about_a_user_is_cancelled(api: FakeApi) -> None:
    """Also what is completed, which still suppresses; not what was cancelled."""
    api.regulations = [
        regulation(1, state="suppressed", regulationType="suppress"),
        regulation(2, state="completed"),
        regulation(3, state="canceled", canceled=True),
    ]
    done = run("cancel", "--yes", "--user", "ann")
    assert (done.exit_code, deleted(api)) == (0, [ID, OTHER])
    assert api.bodies[0] == {"userId": "ann"}


@pytest.mark.parametrize(
    ("view", "message"),
    [
        ({"deletionContinues": True}, "  the deletion goes on"),
        ({"state": "canceled"}, "  the deletion is called off"),
        ({"state": "completed"}, "  the deletion is over: only the suppression is lifted"),
        ({}, "  the deletion is called off, unless Mixpanel has started it: see regulation show"),
        ({"regulationType": "suppress"}, "Z"),
    ],
)
def test_cancellation_says_what_becomes_of_the_deletion(
    api: FakeApi, view: dict[str, Any], message: str
) -> None:
    """On the line of each regulation."""
    api.answer = lambda _: httpx.Response(200, json=regulation(**{"state": "cancelling", **view}))
    done = run("cancel", "--yes", ID)
    assert done.stdout.removesuffix("\n").endswith(message)


def test_deletion_that_is_over_does_not_go_on(api: FakeApi) -> None:
    """Also while the cancellation is under way."""
    over: dict[str, Any] = {"completedAt": "2027-01-02T00:00:00Z", "deletionContinues": True}
    view = regulation(state="cancelling", expectedCompletionAt="2027-01-31T00:00:00Z", **over)
    api.answer = lambda _: httpx.Response(200, json=view)
    shown = run("cancel", "--yes", ID).stdout
    assert ("left" in shown, shown.removesuffix("\n").rpartition("  ")[2]) == (
        False,
        "the deletion is over: only the suppression is lifted",
    )


def test_dry_run_shows_what_would_be_cancelled(api: FakeApi) -> None:
    """And cancels nothing."""
    done = run("cancel", "--dry-run", "--anonymous", "device")
    assert (done.exit_code, ID in done.stdout, deleted(api)) == (0, True, [])


def test_user_without_open_regulations_has_nothing_to_cancel(api: FakeApi) -> None:
    """Nobody is asked."""
    api.regulations = [regulation(canceled=True)]
    done = run("cancel", "--user", "ann")
    assert (done.exit_code, done.stderr, deleted(api)) == (
        0,
        "Nothing was cancelled: the user has no regulation that is not cancelled.\n",
        [],
    )


@pytest.mark.parametrize(("answer", "code"), [("y\n", 0), ("n\n", 1)])
def test_cancellation_is_confirmed_on_a_terminal(
    api: FakeApi, monkeypatch: pytest.MonkeyPatch, answer: str, code: int
) -> None:
    """After the regulations are shown."""
    monkeypatch.setattr("rudder_mixpanel_cli.confirmation.is_terminal", lambda: True)
    done = run("cancel", "--user", "ann", answer=answer)
    assert (done.exit_code, done.stderr.startswith(ID), len(deleted(api))) == (code, True, 1 - code)


def test_cancellation_without_a_terminal_needs_yes(api: FakeApi) -> None:
    """A script must say it."""
    done = run("cancel", ID, answer="y\n")
    assert (done.exit_code, "--yes" in done.stderr, deleted(api)) == (2, True, [])


def test_failure_does_not_keep_the_others(api: FakeApi) -> None:
    """It is named, and the exit status says so."""
    api.answer = lambda request: (
        error_response(409, "STILL_ACCEPTING") if request.url.path.endswith(ID) else None
    )
    api.regulations.append(regulation(2))
    done = run("cancel", "--yes", "--json", ID, OTHER)
    assert (done.exit_code, json.loads(done.stdout)["id"], done.stderr.splitlines()[-2:]) == (
        1,
        OTHER,
        [
            f"{ID}: STILL_ACCEPTING: Its message.",
            "1 NOT cancelled: resolve this, and run the command again",
        ],
    )


@pytest.mark.usefixtures("stacks")
def test_regulation_is_looked_for_at_every_stack(api: FakeApi) -> None:
    """Until one has it."""
    api.answer = lambda request: (
        error_response(404, "NOT_FOUND") if request.url.host == "one.test" else None
    )
    done = run("cancel", "--yes", ID, "--stack", "one,two", RUDDER_MIXPANEL_URL="")
    assert (done.exit_code, api.urls, " two " in done.stdout) == (0, ["one.test", "two.test"], True)


@pytest.mark.parametrize(
    "arguments", [(), (ID, "--user", "ann"), ("../x",)], ids=["none", "both", "no UUID"]
)
def test_invalid_arguments_send_no_request(api: FakeApi, arguments: tuple[str, ...]) -> None:
    """They are wrong usage."""
    done = run("cancel", "--yes", *arguments)
    assert (done.exit_code, api.requests) == (2, [])
