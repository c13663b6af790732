"""What a stack stores: the parameter with its settings, and the secrets with its credentials."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import orjson
from botocore.exceptions import ClientError

from rudder_mixpanel.aws.text_store import MISSING
from rudder_mixpanel_cli.aws import AWS_ERRORS
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.settings.configuration import (
    NOT_SET_YET,
    REPAIR,
    NotJson,
    NotSet,
    json_object,
    text_of,
)
from rudder_mixpanel_cli.setup.parameter_text import parameter_text

SETTINGS: Final = "SettingsParameterName"
DELIVERY: Final = "CredentialsSecretName"
DELETION: Final = "DeletionCredentialsSecretName"
WEBHOOKS: Final = "WebhookTokensSecretName"
WRITE_KEYS: Final = "WriteKeysSecretName"
SECRETS: Final = (DELIVERY, DELETION, WEBHOOKS, WRITE_KEYS)
# Lists in secrets, to which setup appends
LISTS: Final = {WEBHOOKS: ("tokens",), WRITE_KEYS: ("writeKeys", "webhookTokens")}


class Unreadable(Exception):
    """A parameter or secret cannot be read; the text says why."""


@dataclass(frozen=True, slots=True)
class StoredObject:
    """A JSON object in the parameter or in a secret of a stack, by the output that names it.

    `content` is None when nothing is stored that a function could read, and `unreadable` says why
    it is not known.
    """

    output: str
    name: str
    content: dict[str, Any] | None = None
    unreadable: str = ""

    @property
    def kind(self) -> str:
        """Parameter or secret."""
        return "parameter" if self.output == SETTINGS else "secret"

    @property
    def short_name(self) -> str:
        """Its name as the console of AWS shows it; a secret's output is its ARN."""
        return self.name.rpartition(":")[2]


@dataclass(frozen=True, slots=True)
class StoredObjects:
    """Everything that `setup` writes for a stack, as it is now."""

    stack: DeployedStack
    objects: Mapping[str, StoredObject] = field(default_factory=dict)

    def content(self, output: str) -> dict[str, Any]:
        """What is stored, empty when nothing is."""
        stored = self.objects.get(output)
        return (stored.content if stored else None) or {}

    def write(self, stored: StoredObject, content: Mapping[str, Any]) -> None:
        """Write a JSON object; raises botocore's errors."""
        if stored.kind == "secret":
            secrets = self.stack.client("secretsmanager")
            text = orjson.dumps(content).decode()
            secrets.put_secret_value(SecretId=stored.name, SecretString=text)
            return
        # A Config may be longer than the 4 KB of a standard parameter.
        self.stack.client("ssm").put_parameter(
            Name=stored.name,
            Value=parameter_text(content),
            Type="String",
            Tier="Intelligent-Tiering",
            Overwrite=True,
        )


def read_stored(stack: DeployedStack) -> StoredObjects:
    """Read the parameter and the secrets. Raises UsageError when the stack does not exist."""
    outputs = [SETTINGS, *(name for name in SECRETS if name in stack.outputs)]
    return StoredObjects(stack, {name: read_object(stack, name) for name in outputs})


def read_object(stack: DeployedStack, output: str) -> StoredObject:
    """One of them. Raises UsageError when the stack has no such output."""
    name = stack.output(output)
    try:
        content = object_in(fetch(stack, name, secret=output in SECRETS))
        check_lists(content, LISTS.get(output, ()))
    except Unreadable as error:
        return StoredObject(output, name, unreadable=str(error))
    except NotJson as error:
        # It may be one that is used, with one sign too many.
        return StoredObject(output, name, unreadable=f"{error}: {REPAIR}")
    return StoredObject(output, name, content)


def fetch(stack: DeployedStack, name: str, *, secret: bool) -> str:
    """The stored text, empty when there is none; raises Unreadable, and NotJson for bytes."""
    try:
        if secret:
            return text_of(stack.client("secretsmanager").get_secret_value(SecretId=name))
        return str(stack.client("ssm").get_parameter(Name=name)["Parameter"]["Value"])
    except AWS_ERRORS as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] in MISSING:
            return ""
        raise Unreadable(aws_message(error)) from None


def object_in(text: str) -> dict[str, Any] | None:
    """The JSON object that a text is, or None for no text; raises NotJson for any other."""
    try:
        return None if text == NOT_SET_YET else json_object(text)
    except NotSet:
        return None


def check_lists(content: Mapping[str, Any] | None, names: Iterable[str]) -> None:
    """Raise Unreadable when something in a list of tokens or keys is not one."""
    for name in names:
        listed = (content or {}).get(name) or []
        if not isinstance(listed, list) or not all(isinstance(item, dict) for item in listed):
            raise Unreadable(f"{name} is not a list of objects: correct it")


def aws_message(error: Exception) -> str:
    """An error of AWS in its own words."""
    if isinstance(error, ClientError):
        return str(error.response["Error"]["Message"])
    return str(error)
