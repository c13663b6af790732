"""What an operator puts into the stack, and gets out of it."""

import json
import re
from typing import Any

import pytest

from rudder_mixpanel import __version__
from tests.template.stack import texts

CONSTRAINTS = {"AllowedPattern", "AllowedValues", "MinValue"}


def test_every_parameter_is_described_and_constrained(template: dict[str, Any]) -> None:
    """A parameter says what it is for, and refuses what it cannot be."""
    bare = [
        name
        for name, parameter in template["Parameters"].items()
        if not parameter.get("Description") or not CONSTRAINTS & parameter.keys()
    ]
    assert bare == []


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("", True),
        ("https://mixpanel.example.com", True),
        ("https://mixpanel.example.com:8443", True),
        ("http://127.0.0.1:8123", True),
        ("http://localhost:8123", True),
        ("http://mixpanel.example.com", False),
        ("http://127.0.0.1.example.com:80", False),
        ("http://localhost:80@example.com", False),
        ("ftp://127.0.0.1:21", False),
    ],
)
def test_events_leave_this_machine_encrypted(
    template: dict[str, Any], address: str, *, allowed: bool
) -> None:
    """Plain http is allowed to this machine and to no other."""
    pattern = template["Parameters"]["MixpanelBaseUrl"]["AllowedPattern"]
    assert (re.fullmatch(pattern, address) is not None) == allowed


def test_outputs_name_what_operators_need(template: dict[str, Any]) -> None:
    """The outputs are the whole interface to the stack, so their names stay."""
    assert set(template["Outputs"]) == {
        "AlarmsTopicArn",
        "CredentialsSecretName",
        "DeletionCredentialsSecretName",
        "DeliverEventsFunctionName",
        "DeliverEventsLogGroupName",
        "EventsApiId",
        "EventsApiUrl",
        "DestinationId",
        "EventsDeadLetterQueueUrl",
        "EventsQueueArn",
        "EventsQueueUrl",
        "RegulationsApiId",
        "RegulationsApiUrl",
        "RejectedQueueUrl",
        "SettingsParameterName",
        "UndeliveredByEventBridgeQueueUrl",
        "Version",
        "WebhookTokensSecretName",
        "WriteKeysSecretName",
    }


def test_version_is_that_of_the_package(template: dict[str, Any]) -> None:
    """A template has no code that could read it."""
    assert template["Outputs"]["Version"]["Value"] == __version__


def test_nothing_is_delivered_before_somebody_put_the_settings(template: dict[str, Any]) -> None:
    """A new stack's settings count as a configuration error: an empty Config would be valid."""
    placeholder = template["Resources"]["DestinationSettings"]["Properties"]["Value"]
    with pytest.raises(json.JSONDecodeError):
        json.loads(placeholder)


def test_credentials_are_in_no_output(expanded: dict[str, Any]) -> None:
    """No output resolves a secret's value, and the template gives none but a key by chance."""
    given = {
        name: set(resource["Properties"]) & {"SecretString", "GenerateSecretString"}
        for name, resource in expanded["Resources"].items()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    }
    resolved = [text for text in texts(expanded) if "{{resolve:" in text]
    made = {name: keys for name, keys in given.items() if keys}
    assert (made, resolved) == ({"SuppressionKey": {"GenerateSecretString"}}, [])
