"""`rudder-mixpanel preview --stack`, with moto as AWS."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from tests.build import TOKEN, config, track

STACK = "settings"
OUTPUTS = {
    "SettingsParameterName": "/settings",
    "CredentialsSecretName": "credentials",
    "DestinationId": "destination-1",
}
SECRET = {
    "token": TOKEN,
    "serviceAccountUserName": "account",
    "serviceAccountSecret": "s3cret",
    "projectId": "7",
}


@pytest.fixture(autouse=True)
def stack() -> Iterator[None]:
    """A deployed stack with settings and credentials."""
    with mock_aws():
        queue = {"Queue": {"Type": "AWS::SQS::Queue"}}
        outputs = {name: {"Value": text} for name, text in OUTPUTS.items()}
        boto3.client("cloudformation").create_stack(
            StackName=STACK, TemplateBody=json.dumps({"Resources": queue, "Outputs": outputs})
        )
        put_settings('{"dataResidency": "eu"}')
        boto3.client("secretsmanager").create_secret(
            Name="credentials", SecretString=json.dumps(SECRET)
        )
        yield


def put_settings(text: str) -> None:
    """Store the settings of the stack."""
    boto3.client("ssm").put_parameter(Name="/settings", Value=text, Type="String", Overwrite=True)


def preview(body: Any, *arguments: str, **variables: str) -> Result:
    """Preview one event."""
    options = ("--now", "2027-01-01", *(arguments or ("--stack", STACK)))
    return CliRunner().invoke(
        app, ["preview", *options], input=json.dumps(body) + "\n", env=variables
    )


def test_stack_has_settings_and_token() -> None:
    """And its service account decides the address; what was read is printed."""
    done = preview(track())
    (request,) = json.loads(done.stdout)["requests"]
    assert (request["url"], request["payload"]["properties"]["token"]) == (
        "https://api-eu.mixpanel.com/import?strict=1&verbose=1&ip=0&project_id=7",
        TOKEN,
    )
    assert done.stderr.splitlines()[:2] == [
        "settings: parameter /settings",
        "token: secret credentials",
    ]
    assert "s3cret" not in done.output


def test_variable_may_name_the_stack() -> None:
    """As for other commands."""
    done = preview(track(), "--json", RUDDER_MIXPANEL_STACK=STACK)
    assert json.loads(done.stdout)["requests"]


def test_event_for_another_destination_is_rejected() -> None:
    """As the stack rejects it."""
    envelope = {"message": track(), "destination": {"ID": "destination-2"}}
    assert json.loads(preview(envelope).stdout)["rejected"]["code"] == "WRONG_DESTINATION"


def test_token_is_replaced_when_the_secret_may_not_be_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever maps events need not see credentials."""

    class Refusing:
        """Secrets Manager for somebody without permission."""

        def get_secret_value(self, **_: str) -> None:
            """Refuse, as AWS does. Raises ClientError."""
            error: Any = {"Error": {"Code": "AccessDeniedException", "Message": "no"}}
            raise ClientError(error, "GetSecretValue")

    original = DeployedStack.client
    monkeypatch.setattr(
        DeployedStack,
        "client",
        lambda stack, name: Refusing() if name == "secretsmanager" else original(stack, name),
    )
    done = preview(track())
    (request,) = json.loads(done.stdout)["requests"]
    assert (request["payload"]["properties"]["token"], done.stderr.splitlines()[1]) == (
        "not-read",
        "token: shown as not-read, because the secret cannot be read (AccessDeniedException)",
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            "not set yet",
            "parameter /settings does not hold a JSON object: run rudder-mixpanel setup",
        ),
        ('{"dataResidency": "mars"}', f"stack {STACK}: dataResidency: expected one of us, eu, in"),
        (
            '{"apiSecret": "x"}',
            f"stack {STACK}: apiSecret: expected in the secret, not in settings",
        ),
    ],
    ids=["no JSON", "wrong", "credential"],
)
def test_invalid_settings_print_one_line(settings: str, message: str) -> None:
    """Without a value of them."""
    put_settings(settings)
    done = preview(track())
    assert (done.exit_code, done.stdout, done.stderr.splitlines()[-1]) == (
        1,
        "",
        f"rudder-mixpanel: {message}",
    )


def test_missing_settings_print_what_to_do() -> None:
    """A new stack has none."""
    boto3.client("ssm").delete_parameter(Name="/settings")
    done = preview(track())
    assert (done.exit_code, done.stderr) == (
        1,
        "rudder-mixpanel: parameter /settings does not exist yet: run rudder-mixpanel setup\n",
    )


@pytest.mark.parametrize(
    ("options", "status"), [(("--stack", STACK), 2), ((), 0)], ids=["option", "variable"]
)
def test_file_and_stack_exclude_each_other(
    tmp_path: Path, options: tuple[str, ...], status: int
) -> None:
    """A file wins over a stack that only the variable names."""
    file = tmp_path / "destination.json"
    file.write_text(json.dumps(config()))
    done = preview(track(), "--destination", str(file), *options, RUDDER_MIXPANEL_STACK=STACK)
    assert done.exit_code == status
