"""The function that deletes users: its logs and its metrics."""

import json
import logging
from datetime import UTC, timedelta
from typing import Any

import boto3
import pytest

from mixpanel_emulator import Emulator
from tests.build import TOKEN
from tests.functions.conftest import NOW
from tests.functions.logs import metrics
from tests.functions.regulations import RegulationsFunctions, deletion


def put_secret(**secret: str) -> None:
    """Write the secret for deletions."""
    boto3.client("secretsmanager").put_secret_value(
        SecretId="deletion", SecretString=json.dumps(secret)
    )


def metrics_of(text: str) -> dict[str, Any]:
    """The metrics of the last invocation."""
    lines = [json.loads(line) for line in text.splitlines() if '"_aws"' in line]
    return {name: value for name, value in lines[-1].items() if name[0].isupper()}


def test_logs_contain_no_user_and_no_secret(
    regulations: RegulationsFunctions,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Neither do the metrics; the logs of libraries count as well."""
    caplog.set_level(logging.INFO)
    with Emulator(now=lambda: NOW) as mixpanel:
        regulations.app("delete_users")["dependencies"]().base_url = mixpanel.url
        regulations.request_deletion("ann-of-green-gables")
        regulations.call("POST", "/v2/regulations", deletion("ann-of-green-gables", "null"))
        regulations.set_clock(NOW + timedelta(hours=1))
        regulations.run_worker()
        deletions = len(mixpanel.deletions())
    log = "".join(capsys.readouterr()) + caplog.text
    secrets = [text for text in ("green-gables", TOKEN, "gdpr-f00dfeed") if text in log]
    assert (deletions, secrets) == (1, [])


@pytest.mark.parametrize(
    ("secret", "has_age"),
    [({"token": TOKEN, "gdprApiToken": "one"}, True), ({"token": TOKEN}, False)],
)
def test_age_of_the_token_is_a_metric(
    regulations: RegulationsFunctions,
    capsys: pytest.CaptureFixture[str],
    secret: Any,
    *,
    has_age: bool,
) -> None:
    """The token expires after a year; without a token there is no metric."""
    put_secret(**secret)
    created = boto3.client("secretsmanager").get_secret_value(SecretId="deletion")["CreatedDate"]
    regulations.set_clock(created.astimezone(UTC) + timedelta(days=340))
    regulations.run_worker()
    ages = metrics_of(capsys.readouterr().out).get("GdprTokenAgeDays", [])
    assert [round(age) for age in ages] == ([340] if has_age else [])


def test_open_regulations_are_metrics(
    regulations: RegulationsFunctions, capsys: pytest.CaptureFixture[str]
) -> None:
    """While there are any: the states as counts and as metadata, and the days that are left."""
    regulations.run_worker()
    without = metrics_of(capsys.readouterr().out).keys()
    regulations.request_deletion("ann", "bob")
    regulations.set_clock(NOW + timedelta(days=10))
    put_secret()
    regulations.run_worker()
    [line] = metrics(capsys.readouterr().out)
    expected = {
        "RegulationsWaiting": [2],
        "RegulationsAtMixpanel": [0],
        "RegulationsCancelling": [0],
        "DeletionDaysLeft": [20],
        "regulations": {"waiting": 2},
    }
    assert (expected.keys() & without, {name: line[name] for name in expected}) == (set(), expected)


def test_token_that_is_missing_while_a_task_runs_is_a_metric(
    regulations: RegulationsFunctions, capsys: pytest.CaptureFixture[str]
) -> None:
    """Profiles can be deleted without it, but an earlier task cannot be followed."""
    with Emulator(now=lambda: NOW) as mixpanel:
        regulations.app("delete_users")["dependencies"]().base_url = mixpanel.url
        [regulation] = regulations.request_deletion("ann").json()
        regulations.set_clock(NOW + timedelta(hours=1))
        regulations.run_worker()
        put_secret(token=TOKEN)
        regulations.set_settings(userDeletionApi="engage")
        regulations.app("delete_users")["dependencies"]().secrets.clear_cache()
        regulations.set_clock(NOW + timedelta(hours=2))
        regulations.run_worker()
    state = regulations.call("GET", f"/v2/regulations/{regulation['id']}").json()["state"]
    refused = metrics_of(capsys.readouterr().out)["DeletionTokenRefused"]
    assert (state, refused) == ("requested", [1])


def test_project_that_events_select_is_not_deleted_from(
    regulations: RegulationsFunctions, caplog: pytest.LogCaptureFixture
) -> None:
    """The user is suppressed, and the deletion waits until the secret names one project."""
    states: list[str] = []
    with Emulator(now=lambda: NOW) as mixpanel:
        regulations.app("delete_users")["dependencies"]().base_url = mixpanel.url
        regulations.set_settings(dataResidency="{{ event.context.region || us }}")
        [regulation] = regulations.request_deletion("ann").json()
        for secret in ({}, {"dataResidency": "us"}):
            put_secret(token=TOKEN, gdprApiToken="gdpr-f00dfeed", **secret)
            regulations.app("delete_users")["dependencies"]().secrets.clear_cache()
            regulations.set_clock(NOW + timedelta(hours=1 + len(states)))
            regulations.run_worker()
            path = f"/v2/regulations/{regulation['id']}"
            states.append(regulations.call("GET", path).json()["state"])
    reasons = [record.reason for record in caplog.records if hasattr(record, "reason")]
    expected = "expected one value in the secret for deletions, got one that events select"
    assert (states, regulations.suppressed("ann")) == (["waiting", "requested"], {"ann": True})
    assert reasons == [f"dataResidency: {expected}"]
