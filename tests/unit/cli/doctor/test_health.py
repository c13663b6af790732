"""A healthy stack, and what doctor prints about others."""

import re

import pytest
from botocore.exceptions import ClientError

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Check, Finding, Level, ok
from rudder_mixpanel_cli.doctor.checks import ordered_checks
from rudder_mixpanel_cli.doctor.run import run_checks
from tests.unit.cli.doctor.account import CREDENTIALS, DELETION, STACK, Account, doctor, lines


def test_healthy_stack_is_fine(account: Account) -> None:
    """Every line is ok, and the exit status 0."""
    done = doctor()
    levels = [line.split()[0] for line in done.stdout.splitlines()[: len(ordered_checks())]]
    assert (set(levels), done.stdout.splitlines()[-1], done.exit_code) == (
        {"ok"},
        f"Everything is fine: {len(ordered_checks())} ok.",
        0,
    )


@pytest.mark.parametrize(
    ("count", "tokens", "status"), [(0, "p" * 32, 0), (1, "p" * 32, 1), (1, "short", 2)]
)
def test_exit_status_is_that_of_the_worst_line(
    account: Account, count: int, tokens: str, status: int
) -> None:
    """0 for fine, 1 for warnings, 2 for failures."""
    account.send("RejectedQueue", count)
    entry = {"name": "privacy", "token": tokens, "scopes": ["read"]}
    account.put_secret("WebhookTokensSecretName", {"tokens": [entry]})
    assert doctor().exit_code == status


def test_text_and_json_say_the_same(account: Account) -> None:
    """In a pipe, a line of text for each object, without colour."""
    account.send("RejectedQueue")
    text = doctor().stdout.splitlines()[: len(ordered_checks())]
    found = [
        (line["level"], line["name"], f"{line['text']} {line['advice']}".rstrip())
        for line in lines()
    ]
    columns = (re.match(r"(\w+) +(.*?)  +(.*)", line) for line in text)
    assert [column.groups() for column in columns if column] == found


def test_no_secret_is_shown(account: Account) -> None:
    """Nor the address of who gets the alarms."""
    account.put_credentials(serviceAccountSecret="wr0ng", token="beef" * 8)
    output = doctor().stdout + doctor("--json").stdout
    hidden = ["wr0ng", "beef" * 8, DELETION["gdprApiToken"], "k" * 20, "on-call@example.com"]
    assert [text for text in (*hidden, CREDENTIALS["token"]) if text in output] == []


def test_missing_stack_is_status_2(account: Account) -> None:
    """One line on stderr says which, and where."""
    done = doctor("--stack", "other")
    assert (
        done.exit_code,
        done.stdout,
        "stack other does not exist in us-east-1" in done.stderr,
    ) == (
        2,
        "",
        True,
    )


def denied(message: str) -> Check:
    """A check whose call is not allowed."""

    def run(_: DeployedStack) -> list[Finding]:
        error = {"Code": "AccessDeniedException", "Message": message}
        raise ClientError({"Error": error}, "GetParameter")  # type: ignore[typeddict-item]

    return Check("denied", run)


def crash(_: DeployedStack) -> list[Finding]:
    """Crash with a text that is not for the output."""
    raise KeyError("s3cret")


@pytest.mark.parametrize(
    ("check", "text"),
    [
        (
            denied("User: arn:aws:sts::1:x is not authorized to perform: ssm:GetParameter on *"),
            "Your AWS credentials do not allow ssm:GetParameter.",
        ),
        (denied("no"), "Your AWS credentials do not allow GetParameter."),
        (Check("crash", crash), "The check itself failed: KeyError."),
    ],
)
def test_check_that_cannot_look_is_skipped(check: Check, text: str) -> None:
    """And the others look all the same."""
    fine = Check("fine", lambda _: [ok("Fine.")])
    found = run_checks(DeployedStack(STACK), [check, fine])
    assert [(line.finding.level, line.finding.text) for line in found] == [
        (Level.SKIPPED, text),
        (Level.OK, "Fine."),
    ]


def test_every_check_explains_itself() -> None:
    """Its docstring says what it checks and what to do, from which the documentation is printed."""
    assert [check.name for check in ordered_checks() if not all(check.explanation)] == []
