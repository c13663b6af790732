"""The function that deletes users, as whoever operates it sees it: its logs and metrics."""

import json
import logging
from datetime import UTC, timedelta
from typing import Any

import boto3
import pytest

from mixpanel_emulator import Emulator
from tests.build import TOKEN
from tests.functions.conftest import NOW
from tests.functions.regulations import RegulationsFunctions, deletion


def put_secret(**secret: str) -> None:
    """Let this be the secret for deletions."""
    boto3.client("secretsmanager").put_secret_value(
        SecretId="deletion", SecretString=json.dumps(secret)
    )


def metrics_of(text: str) -> dict[str, Any]:
    """The metrics of the last invocation."""
    lines = [json.loads(line) for line in text.splitlines() if '"_aws"' in line]
    return {name: value for name, value in lines[-1].items() if name[0].isupper()}


def test_logs_name_nobody(
    regulations: RegulationsFunctions,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Nor do metrics; and nothing in them is a secret, whatever libraries have to tell."""
    caplog.set_level(logging.INFO)
    with Emulator(now=lambda: NOW) as mixpanel:
        regulations.app("delete_users")["workshop"]().base_url = mixpanel.url
        regulations.request_deletion("ann-of-green-gables")
        regulations.call("POST", "/v2/regulations", deletion("ann-of-green-gables", "null"))
        regulations.set_clock(NOW + timedelta(hours=1))
        regulations.run_worker()
        asked = len(mixpanel.deletions())
    told = "".join(capsys.readouterr()) + caplog.text
    secrets = [one for one in ("green-gables", TOKEN, "gdpr-f00dfeed") if one in told]
    assert (asked, secrets) == (1, [])


@pytest.mark.parametrize(
    ("secret", "told"), [({"token": TOKEN, "gdprApiToken": "one"}, True), ({"token": TOKEN}, False)]
)
def test_age_of_the_token_is_told(
    regulations: RegulationsFunctions,
    capsys: pytest.CaptureFixture[str],
    secret: Any,
    *,
    told: bool,
) -> None:
    """It lives for a year; where there is none, no alarm is to ring."""
    put_secret(**secret)
    made = boto3.client("secretsmanager").get_secret_value(SecretId="deletion")["CreatedDate"]
    regulations.set_clock(made.astimezone(UTC) + timedelta(days=340))
    regulations.run_worker()
    ages = metrics_of(capsys.readouterr().out).get("GdprTokenAgeDays", [])
    assert [round(age) for age in ages] == ([340] if told else [])


def test_token_that_is_gone_while_a_task_runs_rings(
    regulations: RegulationsFunctions, capsys: pytest.CaptureFixture[str]
) -> None:
    """Profiles can be deleted without it; what Mixpanel was asked before cannot be followed."""
    with Emulator(now=lambda: NOW) as mixpanel:
        regulations.app("delete_users")["workshop"]().base_url = mixpanel.url
        [one] = regulations.request_deletion("ann").json()
        regulations.set_clock(NOW + timedelta(hours=1))
        regulations.run_worker()
        put_secret(token=TOKEN)
        regulations.set_settings(userDeletionApi="engage")
        regulations.app("delete_users")["workshop"]().secrets.clear_cache()
        regulations.set_clock(NOW + timedelta(hours=2))
        regulations.run_worker()
    state = regulations.call("GET", f"/v2/regulations/{one['id']}").json()["state"]
    refused = metrics_of(capsys.readouterr().out)["DeletionTokenRefused"]
    assert (state, refused) == ("requested", [1])
