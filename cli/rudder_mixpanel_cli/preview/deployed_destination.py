"""The destination of a stack, from its deployed settings, and no credential but the token."""

import json
from typing import Any, Final

import typer
from botocore.exceptions import ClientError

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.secret_settings import is_secret_setting, refuse_credentials
from rudder_mixpanel.destination.setting_warnings import setting_warnings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.aws import report_aws_errors
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import CommandError

# What stands for a credential that is not read, or not kept
STAND_IN: Final = "not-read"
SET_UP: Final = "run rudder-mixpanel setup"


def read_deployed_destination(stack_name: str) -> tuple[Destination, str | None]:
    """The destination of a stack and its id; prints on stderr what was read.

    Raises UsageError when there is no such stack, CommandError when its settings cannot be read or
    are not valid.
    """
    stack = DeployedStack(stack_name)
    with report_aws_errors():
        settings = read_settings(stack)
        credentials = read_credentials(stack)
    config = {"token": STAND_IN, **settings, **credentials}
    for warning in setting_warnings(config):
        typer.echo(f"{stack_name}: warning: {warning}", err=True)
    try:
        refuse_credentials(settings, "the secret")
        destination = Destination.from_config(config)
    except ConfigurationError as error:
        raise CommandError(f"stack {stack_name}: {error}") from None
    return destination, stack.outputs.get("DestinationId")


def read_settings(stack: DeployedStack) -> dict[str, Any]:
    """The settings in the parameter of a stack; raises CommandError when there are none."""
    name = stack.output("SettingsParameterName")
    ssm = stack.client("ssm")
    try:
        text = ssm.get_parameter(Name=name)["Parameter"]["Value"]
    except ssm.exceptions.ParameterNotFound:
        raise CommandError(f"parameter {name} does not exist yet: {SET_UP}") from None
    typer.echo(f"settings: parameter {name}", err=True)
    return json_object(text, f"parameter {name}")


def read_credentials(stack: DeployedStack) -> dict[str, Any]:
    """What a preview needs of the secret of a stack: the token, and how requests are addressed.

    Secrets are replaced by a text as soon as they are read. Without permission to read, all of it
    is: then the token is a text, too. Raises CommandError when the secret is not JSON.
    """
    name = stack.output("CredentialsSecretName")
    try:
        text = stack.client("secretsmanager").get_secret_value(SecretId=name)["SecretString"]
    except ClientError as error:
        code = error.response["Error"]["Code"]
        typer.echo(
            f"token: shown as {STAND_IN}, because the secret cannot be read ({code})", err=True
        )
        return {}
    typer.echo(f"token: secret {name}", err=True)
    content = json_object(text, f"secret {name}")
    return {
        key: STAND_IN if value and is_secret_setting(key) else value
        for key, value in content.items()
    }


def json_object(text: str, source: str) -> dict[str, Any]:
    """A JSON object; raises CommandError, without any of the text, when it is not one."""
    try:
        content = json.loads(text)
    except ValueError:
        content = None
    if not isinstance(content, dict):
        raise CommandError(f"{source} does not hold a JSON object: {SET_UP}")
    return content
