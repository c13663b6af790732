"""A stack as the template makes it: its secrets have no values, and its parameter is missing."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.command import app

NAME = "rudder-mixpanel-test"
PARAMETER = f"/rudder-mixpanel/{NAME}/destination-settings"
SECRETS = {
    "CredentialsSecretName": "delivery-credentials",
    "DeletionCredentialsSecretName": "deletion-credentials",
    "WebhookTokensSecretName": "webhook-tokens",
    "WriteKeysSecretName": "write-keys",
}
# One of each, which no output may show.
TOKEN = "f00dfeedf00dfeedf00dfeedf00dfeed"
ACCOUNT = {
    "serviceAccountUserName": "bot.1.mp-service-account",
    "serviceAccountSecret": "account-s3cret",
    "projectId": "12345",
}
GDPR_TOKEN = "gdpr-s3cret"
API_SECRET = "api-s3cret"
HIDDEN = (TOKEN, ACCOUNT["serviceAccountSecret"], GDPR_TOKEN, API_SECRET)

SETTINGS = {
    "dataResidency": "eu",
    "identityMergeApi": "simplified",
    "userDeletionApi": "task",
    "groupKeySettings": [{"groupKey": "company_id"}],
    "connectionMode": {"web": "device", "cloud": "cloud"},
}
CONFIG = {**SETTINGS, "token": TOKEN, "gdprApiToken": GDPR_TOKEN}
CREDENTIALS = json.dumps({"token": TOKEN, "gdprApiToken": GDPR_TOKEN})


@dataclass(frozen=True, slots=True)
class NewStack:
    """What is stored for the stack, read through an endpoint of its own if there is one."""

    endpoint: str | None = None

    def client(self, service: Any) -> Any:
        """A client of the account."""
        return boto3.client(service, endpoint_url=self.endpoint)

    def settings(self) -> dict[str, Any] | None:
        """The settings, or None."""
        try:
            parameter = self.client("ssm").get_parameter(Name=PARAMETER)["Parameter"]
        except ClientError:
            return None
        settings: dict[str, Any] = json.loads(parameter["Value"])
        return settings

    def secret(self, name: str) -> dict[str, Any] | None:
        """The content of a secret, or None."""
        secrets = self.client("secretsmanager")
        try:
            value = secrets.get_secret_value(SecretId=f"rudder-mixpanel/{NAME}/{name}")
        except ClientError:
            return None
        content: dict[str, Any] = json.loads(value["SecretString"])
        return content

    def put_secret(self, name: str, content: Any) -> None:
        """Write a secret."""
        self.put_value(name, SecretString=json.dumps(content))

    def put_value(self, name: str, **value: Any) -> None:
        """Write a secret as a text, or as bytes."""
        self.client("secretsmanager").put_secret_value(
            SecretId=f"rudder-mixpanel/{NAME}/{name}", **value
        )

    def value(self, name: str) -> Any:
        """A secret as it is."""
        secrets = self.client("secretsmanager")
        value = secrets.get_secret_value(SecretId=f"rudder-mixpanel/{NAME}/{name}")
        return {kind: value[kind] for kind in ("SecretString", "SecretBinary") if kind in value}

    def everything(self) -> dict[str, Any]:
        """All that is stored."""
        return {
            "settings": self.settings(),
            **{name: self.secret(name) for name in SECRETS.values()},
        }


def write(folder: Path, content: Any) -> str:
    """A file with this JSON."""
    file = folder / "exported.json"
    file.write_text(json.dumps(content))
    return str(file)


def deploy_new_stack(endpoint: str | None = None, *, receives: bool = True) -> NewStack:
    """Create the secrets, and a stack whose outputs name them."""
    stack = NewStack(endpoint)
    secrets = stack.client("secretsmanager")
    outputs = {
        output: secrets.create_secret(Name=f"rudder-mixpanel/{NAME}/{name}")["ARN"]
        for output, name in SECRETS.items()
        if receives or name != "write-keys"
    }
    outputs |= {"SettingsParameterName": PARAMETER, "DestinationId": "2abc"}
    template = {
        "Resources": {"Queue": {"Type": "AWS::SQS::Queue"}},
        "Outputs": {name: {"Value": value} for name, value in outputs.items()},
    }
    stack.client("cloudformation").create_stack(StackName=NAME, TemplateBody=json.dumps(template))
    return stack


def run_setup(*arguments: str, stdin: str = "") -> Result:
    """Run the command without a terminal, and without the checks at the end."""
    return CliRunner().invoke(
        app, ["setup", "--stack", NAME, "--no-check", *arguments], input=stdin
    )


@contextmanager
def denied(operation: str, part: str = "") -> Iterator[None]:
    """Let AWS deny calls of an operation on whatever has this in its name."""

    def deny(params: dict[str, Any], **_: Any) -> None:
        if part in str(params):
            raise ClientError(
                {"Error": {"Code": "AccessDeniedException", "Message": "You may not."}}, operation
            )

    boto3.setup_default_session()
    assert boto3.DEFAULT_SESSION
    boto3.DEFAULT_SESSION.events.register(f"provide-client-params.*.{operation}", deny)
    try:
        yield
    finally:
        boto3.setup_default_session()
