"""The command over a stack in moto and a Mixpanel with given answers."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from moto import mock_aws
from typer.testing import CliRunner, Result

from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.raw_export import download
from rudder_mixpanel_cli.raw_export.options import SECRET_VARIABLE
from rudder_mixpanel_cli.times import current_time
from tests.fakes.hostile_server import HostileServer
from tests.fakes.moto_stack import deploy_stack
from tests.reconciliation.environment import put_line, put_settings
from tests.unit.cli.raw_export.mixpanel import Exporting, error, ok, row, scripted

STACK = "prod"
NOW = current_time()
DAY = (NOW - timedelta(days=3)).date()
NOON = datetime(DAY.year, DAY.month, DAY.day, 12, tzinfo=UTC)
ACCOUNT = {
    "token": "f00dfeed",
    "serviceAccountUserName": "ann",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}


class Reconciling:
    """A stack, and the answers of Mixpanel."""

    def __init__(self, server: HostileServer, answers: list[bytes], mixpanel: Exporting) -> None:
        self.answers = answers
        self.mixpanel = mixpanel
        deploy_stack(STACK, MixpanelBaseUrl=server.url, LogRetentionDays="30")
        self.stack = DeployedStack(STACK)
        self.put_credentials(**ACCOUNT)
        put_settings(self.stack, {"dataResidency": "us"})

    def put_credentials(self, **credentials: str) -> None:
        """Write the delivery secret."""
        boto3.client("secretsmanager").put_secret_value(
            SecretId=self.stack.output("CredentialsSecretName"),
            SecretString=json.dumps(credentials),
        )

    def deliver(self, *ids: str, at: datetime = NOON, **line: Any) -> None:
        """Write receipts of events of the day."""
        hashes = "".join(map(receipt_hash, ids))
        fields = {"message": "receipts", "delivered": {str(DAY): hashes}}
        put_line(self.stack, at, {**fields, **line})

    def run(self, *arguments: str, first: str = str(DAY), **environ: str) -> Result:
        """Run the command for the day."""
        words = ["reconcile", "--stack", STACK, "--from", first, "--to", str(DAY), *arguments]
        return CliRunner().invoke(app, words, env=environ)


@pytest.fixture
def reconciling(monkeypatch: pytest.MonkeyPatch) -> Iterator[Reconciling]:
    """A stack that has delivered nothing."""
    monkeypatch.setattr(download, "BETWEEN_REQUESTS", 0)
    answers: list[bytes] = []
    mixpanel = Exporting()
    with (
        HostileServer(scripted(mixpanel, iter(answers))) as server,
        mock_aws(config={"lambda": {"use_docker": False}}),
    ):
        yield Reconciling(server, answers, mixpanel)


def exported(*ids: str, **properties: Any) -> bytes:
    """An answer with events of the day."""
    return ok(*(row("Signed Up", one, milliseconds(NOON), **properties) for one in ids))


def milliseconds(time: datetime) -> int:
    """A time in milliseconds."""
    return round(time.timestamp() * 1000)


def test_report_says_what_was_found(reconciling: Reconciling) -> None:
    """An event that was delivered twice is one event."""
    reconciling.deliver("a", "b")
    reconciling.deliver("a", at=NOON + timedelta(hours=1))
    reconciling.answers += [ok(), exported("a", "b", "c", mp_lib="web"), ok()]
    done = reconciling.run()
    lines = done.stdout.splitlines()
    assert (done.exit_code, [line.split("  ")[0] for line in lines if "  " in line]) == (
        0,
        ["delivered", "found", "missing", "copies", "doubled", "unknown", ""],
    ), done.output
    assert "100.0000 % complete: 2 of 2 events are in Mixpanel." in lines
    assert lines[-1].split() == ["1", "Signed", "Up", "(sent", "by", "web)"]


def test_missing_event_is_status_1(reconciling: Reconciling) -> None:
    """Its hash is on stdout, and what may explain it on stderr."""
    reconciling.deliver("a", "b", "c")
    reconciling.answers += [ok(), exported("b", "c")]
    done = reconciling.run("--missing")
    assert (done.exit_code, done.stdout) == (1, f"{receipt_hash('a')}\n")
    assert "66.6666 % complete" in done.stderr
    assert "users who were deleted since" in done.stderr


def test_doubled_event_is_status_1(reconciling: Reconciling) -> None:
    """Its hash is on stdout, once, whatever the number of its rows."""
    reconciling.deliver("a", "b")
    others = (row(name, "a", milliseconds(NOON)) for name in ("Other", "Third"))
    reconciling.answers += [ok(), ok(*others, row("Signed Up", "b", milliseconds(NOON)))]
    done = reconciling.run("--doubled")
    assert (done.exit_code, done.stdout) == (1, f"{receipt_hash('a')}\n"), done.stderr


def test_two_lists_are_told_apart_in_json(reconciling: Reconciling) -> None:
    """In text, nobody could say which hash is of which."""
    reconciling.deliver("a", "b")
    others = (row(name, "b", milliseconds(NOON)) for name in ("Other", "Third"))
    reconciling.answers += [ok(), ok(*others)]
    done = reconciling.run("--missing", "--doubled", "--json")
    _, *lines = map(json.loads, done.stdout.splitlines())
    day = str(DAY)
    assert (lines, reconciling.run("--missing", "--doubled").exit_code) == (
        [
            {"missing": receipt_hash("a"), "day": day},
            {"doubled": receipt_hash("b"), "day": day},
        ],
        2,
    )


def test_partly_delivered_event_must_be_there(reconciling: Reconciling) -> None:
    """Its event is in Mixpanel, whatever becomes of its profile update."""
    reconciling.deliver(partly_delivered={str(DAY): receipt_hash("p")}, delivered={})
    assert reconciling.run("--missing").stdout == f"{receipt_hash('p')}\n"


def test_identity_events_are_not_judged(reconciling: Reconciling) -> None:
    """Neither their receipts nor their rows, which Mixpanel may export or not."""
    merged = {str(DAY): receipt_hash("m") + receipt_hash("n")}
    reconciling.deliver("a", merged=merged, partly_merged={str(DAY): receipt_hash("o")})
    merges = [row(name, "m", milliseconds(NOON)) for name in ("$merge", "$create_alias")]
    reconciling.answers += [ok(), ok(row("Signed Up", "a", milliseconds(NOON)), *merges), ok()] * 2
    done, as_json = reconciling.run(), reconciling.run("--json")
    report = json.loads(as_json.stdout)
    assert (done.exit_code, report["delivered"], report["identityEvents"], report["rows"]) == (
        0,
        1,
        2,
        3,
    )
    assert " 2  rows of identity events, not judged" in done.stdout
    assert "identity" not in reconciling.run("--missing").stderr


def test_identity_events_alone_are_no_sign_of_another_stack(reconciling: Reconciling) -> None:
    """Although Mixpanel has rows, and there are no receipts to compare them with."""
    reconciling.deliver(delivered={}, merged={str(DAY): receipt_hash("m")})
    reconciling.answers += [ok(), ok(row("$merge", "m", milliseconds(NOON)))]
    done = reconciling.run()
    assert (done.exit_code, "is this the right stack" in done.stdout) == (2, False)


@pytest.mark.parametrize("name", ["token", "projectId", "dataResidency"])
def test_missing_events_may_be_those_of_another_project(
    reconciling: Reconciling, name: str
) -> None:
    """Where events name their project, the receipts are about all of them."""
    values = {**ACCOUNT, "dataResidency": "us"}
    dynamic = {name: f"{{{{ event.context.own || {values[name]} }}}}"}
    reconciling.deliver("a", "b")
    reconciling.answers += [ok(), exported("b"), ok(), ok(), exported("a", "b")]
    put_settings(reconciling.stack, {"dataResidency": "us", **dynamic})
    credentials = {key: value for key, value in ACCOUNT.items() if key != name}
    reconciling.put_credentials(**credentials)
    done = reconciling.run()
    words = f"NOT CONCLUSIVE: events can name their project (dynamic: {name})"
    assert (done.exit_code, words in done.stdout) == (2, True), done.output
    assert reconciling.run().exit_code == 0


def test_event_of_the_last_hour_is_not_judged(reconciling: Reconciling) -> None:
    """Neither is a row of it."""
    reconciling.deliver("a", at=NOW - timedelta(minutes=30))
    arrived = milliseconds(NOW - timedelta(minutes=30))
    reconciling.answers += [ok(), exported("x", **{"$mp_api_timestamp_ms": arrived})]
    done = reconciling.run("--json")
    report = json.loads(done.stdout)
    assert (done.exit_code, report["tooNew"], report["unknownTooNew"], report["unknown"]) == (
        2,
        1,
        1,
        0,
    )
    assert "NOT CONCLUSIVE: no delivered event" in reconciling.run().stdout


def test_log_that_is_too_short_is_not_conclusive(reconciling: Reconciling) -> None:
    """Even if everything that it has is found."""
    reconciling.deliver("a")
    reconciling.answers += [ok()] * 3 + [exported("a")] + [ok()] * 60
    boto3.client("logs").put_retention_policy(
        logGroupName=reconciling.stack.output("DeliverEventsLogGroupName"), retentionInDays=3
    )
    done = reconciling.run()
    assert (done.exit_code, "NOT CONCLUSIVE: the log is kept for 3 days" in done.stdout) == (
        2,
        True,
    )
    report = json.loads(reconciling.run("--json").stdout)
    assert (report["conclusive"], report["completeness"]) == (False, None)


def test_error_is_status_2(reconciling: Reconciling) -> None:
    """As everything that leaves the question open."""
    reconciling.answers += [error("401 No")]
    done = reconciling.run()
    assert (done.exit_code, "does not let ann export project 1" in done.stderr) == (2, True)


def test_incomplete_account_is_status_2(reconciling: Reconciling) -> None:
    """With one line that says what was expected."""
    done = [reconciling.run("--project-id", "x y"), reconciling.run("--service-account", "bob")]
    assert [each.exit_code for each in done] == [2, 2]
    assert "--project-id: expected the number of a project" in done[0].stderr
    assert f"expected the service account's secret in {SECRET_VARIABLE}" in done[1].stderr


def test_other_service_account_exports(reconciling: Reconciling) -> None:
    """With the secret of the environment, where the stack has none."""
    reconciling.put_credentials(token="f00dfeed")
    refused = reconciling.run()
    assert (refused.exit_code, "does not accept a project token" in refused.stderr) == (2, True)
    named = ["--service-account", "bob", "--project-id", "7"]
    reconciling.deliver("a")
    reconciling.answers += [ok(), exported("a"), ok()]
    done = reconciling.run(*named, **{SECRET_VARIABLE: "b0b"})
    assert (done.exit_code, "project_id=7" in reconciling.mixpanel.requests[0]) == (0, True)
    assert "Basic Ym9iOmIwYg==" in reconciling.mixpanel.requests[0]


def test_settings_that_cannot_be_read_are_an_error(reconciling: Reconciling) -> None:
    """It names the check of doctor that explains them."""
    put_settings(reconciling.stack, {"dataResidency": "moon"})
    done = reconciling.run()
    assert (done.exit_code, "the settings cannot be read" in done.stderr) == (2, True)
