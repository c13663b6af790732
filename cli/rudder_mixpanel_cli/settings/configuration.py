"""Reads the settings and secrets of a deployed stack."""

import shlex
from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson
from botocore.exceptions import ClientError

from rudder_mixpanel.delivery.bootstrap import EXPECTED_IN_SECRET
from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.dynamic import fill_defaults, templates_in
from rudder_mixpanel.destination.settings import read_settings
from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import WaitsFor
from rudder_mixpanel_cli.doctor.shared import shared

# The names of two checks that others wait for.
SETTINGS: Final = "settings"
DELIVERY_SECRET: Final = "delivery secret"  # noqa: S105 - a name
# The outputs that name the secrets.
CREDENTIALS: Final = "CredentialsSecretName"
DELETION: Final = "DeletionCredentialsSecretName"
WEBHOOK_TOKENS: Final = "WebhookTokensSecretName"
WRITE_KEYS: Final = "WriteKeysSecretName"
# The errors of a parameter or secret that does not exist, or has no value yet.
MISSING: Final = frozenset({"ParameterNotFound", "ResourceNotFoundException"})
# What to do about one that is not a JSON object, which setup leaves alone
REPAIR: Final = "correct it, or put {} in its place"
NOT_SET_YET: Final = "not set yet"


class NotSet(Exception):
    """A parameter or a secret has no value yet."""


class NotJson(Exception):
    """A parameter or a secret is not a JSON object; the text says what it is instead."""


class Secret(NamedTuple):
    """The content of a secret's current version, and when that was written."""

    content: dict[str, Any]
    written_at: datetime


@shared
def settings_of(stack: DeployedStack) -> dict[str, Any]:
    """The content of the settings parameter. Raises NotSet or NotJson."""
    name = stack.output("SettingsParameterName")
    try:
        parameter = stack.client("ssm").get_parameter(Name=name)["Parameter"]
    except ClientError as error:
        raise missing(error) from None
    if parameter["Value"] == NOT_SET_YET:
        raise NotSet
    return json_object(parameter["Value"])


@shared
def secret_of(stack: DeployedStack, output: str) -> Secret:
    """The secret that an output names. Raises NotSet or NotJson."""
    try:
        version = stack.client("secretsmanager").get_secret_value(SecretId=stack.output(output))
    except ClientError as error:
        raise missing(error) from None
    return Secret(json_object(text_of(version)), version["CreatedDate"])


def text_of(secret: Mapping[str, Any]) -> str:
    """The text of a version of a secret; raises NotJson when it is bytes."""
    if "SecretBinary" in secret:
        raise NotJson("bytes, and not text")
    return str(secret.get("SecretString", ""))


def missing(error: ClientError) -> Exception:
    """NotSet for what does not exist, else the error itself."""
    return NotSet() if error.response["Error"]["Code"] in MISSING else error


def json_object(text: str) -> dict[str, Any]:
    """The JSON object in a text. Raises NotSet for an empty text, and NotJson for another one."""
    if not text.strip():
        raise NotSet
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise NotJson(f"invalid JSON at line {error.lineno}, column {error.colno}") from None
    if not isinstance(content, dict):
        raise NotJson("JSON, but not an object")
    return content


def repair_of(stack: DeployedStack, name: str) -> str:
    """The advice about a parameter or a secret that is not a JSON object."""
    return f"In {name}, {REPAIR}; then run rudder-mixpanel setup --stack {stack.name}."


def secret_name(stack: DeployedStack, output: str) -> str:
    """A secret's name as the console shows it, without the end that Secrets Manager adds."""
    name = stack.output(output).rpartition(":secret:")[2] or stack.output(output)
    return name.rpartition("-")[0] if ":secret:" in stack.output(output) else name


def required_settings(stack: DeployedStack) -> dict[str, Any]:
    """The settings. Raises WaitsFor when they cannot be read."""
    try:
        return settings_of(stack)
    except (NotSet, NotJson, ClientError):
        raise WaitsFor(SETTINGS) from None


def config_of(stack: DeployedStack) -> dict[str, Any]:
    """The settings with the credentials merged over them. Raises WaitsFor."""
    settings = required_settings(stack)
    try:
        return {**settings, **secret_of(stack, CREDENTIALS).content}
    except (NotSet, NotJson, ClientError):
        raise WaitsFor(DELIVERY_SECRET) from None


def values_of(stack: DeployedStack, names: Collection[str]) -> dict[str, Any]:
    """The values of some settings or credentials, with their defaults. Raises WaitsFor."""
    config = config_of(stack)
    try:
        return read_settings(fill_defaults(config, templates_in(config)), names)
    except ConfigurationError as error:
        raise WaitsFor(line_of(error, required_settings(stack))) from None


def dynamic_settings(stack: DeployedStack, names: Collection[str]) -> tuple[str, ...]:
    """Those of some settings or credentials whose values events can provide. Raises WaitsFor."""
    by_event = {each.setting for each in templates_in(config_of(stack)) if each.source}
    dynamic = set(map(camel_case, by_event))
    return tuple(name for name in names if name in dynamic)


@shared
def destination_of(stack: DeployedStack) -> Destination:
    """The destination as the functions read it. Raises WaitsFor when it is not valid."""
    try:
        return Destination.from_config(config_of(stack))
    except ConfigurationError as error:
        raise WaitsFor(line_of(error, required_settings(stack))) from None


def line_of(error: ConfigurationError, settings: dict[str, Any]) -> str:
    """The check that shows an invalid setting or credential."""
    in_settings = error.setting in map(camel_case, settings)
    is_credential = error.setting in EXPECTED_IN_SECRET and not in_settings
    return DELIVERY_SECRET if is_credential else SETTINGS


def readable_secret(stack: DeployedStack, output: str) -> dict[str, Any]:
    """The content of a secret, or nothing when another check shows that it cannot be read."""
    try:
        return secret_of(stack, output).content
    except (NotSet, NotJson, ClientError):
        return {}


def set_command(stack: DeployedStack, name: str, value: str) -> str:
    """The command that changes a setting, to be copied into a shell."""
    return f"rudder-mixpanel setup --set {shlex.quote(f'{name}={value}')} --stack {stack.name}"
