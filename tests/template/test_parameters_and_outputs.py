"""The parameters and outputs of the stack."""

import re
from typing import Any

import pytest

from rudder_mixpanel import __version__
from tests.template.stack import Stack, texts
from tests.template.test_functions import SETTINGS_PARAMETER, functions_allowed

INTERFACE = "AWS::CloudFormation::Interface"
CONSTRAINTS = {"AllowedPattern", "AllowedValues", "MinValue"}


def test_every_parameter_is_described_and_constrained(template: dict[str, Any]) -> None:
    """A parameter has a description, and rejects invalid values."""
    incomplete = [
        name
        for name, parameter in template["Parameters"].items()
        if not parameter.get("Description") or not CONSTRAINTS & parameter.keys()
    ]
    assert incomplete == []


def test_every_parameter_is_in_one_group(template: dict[str, Any]) -> None:
    """The console and docs/deploying.md show the groups, so a parameter of none is hard to find."""
    groups = template["Metadata"][INTERFACE]["ParameterGroups"]
    grouped = [name for group in groups for name in group["Parameters"]]
    assert sorted(grouped) == sorted(template["Parameters"])


def test_every_parameter_has_a_label_of_its_own(template: dict[str, Any]) -> None:
    """The console shows it instead of the name."""
    labels = template["Metadata"][INTERFACE]["ParameterLabels"]
    texts_of_labels = {label["default"] for label in labels.values()}
    assert (labels.keys(), len(texts_of_labels)) == (template["Parameters"].keys(), len(labels))


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
def test_plain_http_is_allowed_for_localhost_only(
    template: dict[str, Any], address: str, *, allowed: bool
) -> None:
    """Events never leave the machine unencrypted."""
    pattern = template["Parameters"]["MixpanelBaseUrl"]["AllowedPattern"]
    assert (re.fullmatch(pattern, address) is not None) == allowed


def test_outputs_name_what_operators_need(template: dict[str, Any]) -> None:
    """The outputs are the interface of the stack, so their names are fixed."""
    assert set(template["Outputs"]) == {
        "AlarmsTopicArn",
        "CredentialsSecretName",
        "DashboardUrl",
        "DeletionCredentialsSecretName",
        "DeliverEventsFunctionName",
        "DeliverEventsLogGroupName",
        "EventsApiId",
        "EventsApiUrl",
        "DestinationId",
        "EventsDeadLetterQueueUrl",
        "EventsQueueArn",
        "EventsQueueUrl",
        "LedgerTableName",
        "ProfilesTableName",
        "RegulationsApiId",
        "RegulationsApiUrl",
        "RegulationsTableName",
        "RejectedQueueUrl",
        "SettingsParameterName",
        "SuppressionKeyName",
        "SuppressionsTableName",
        "UndeliveredByEventBridgeQueueUrl",
        "Version",
        "WebhookTokensSecretName",
        "WriteKeysSecretName",
    }


def test_version_is_that_of_the_package(template: dict[str, Any]) -> None:
    """A template has no code that could read it."""
    assert template["Outputs"]["Version"]["Value"] == __version__


def test_template_names_the_settings_and_does_not_create_them(template: dict[str, Any]) -> None:
    """CloudFormation would put its own value back when a property of the parameter changes."""
    types = {resource["Type"] for resource in template["Resources"].values()}
    assert (
        template["Outputs"]["SettingsParameterName"]["Value"],
        "AWS::SSM::Parameter" in types,
    ) == (
        SETTINGS_PARAMETER,
        False,
    )


def test_settings_are_read_where_they_are_named(stack: Stack) -> None:
    """Every function with the variable may read that parameter, and no other function may."""
    functions = stack.of_type("AWS::Lambda::Function")
    named = {
        name
        for name, function in functions.items()
        if "DESTINATION_SETTINGS_PARAMETER" in function["Environment"]["Variables"]
    }
    parameter = SETTINGS_PARAMETER["Fn::Sub"].replace("${", "").replace("}", "")
    assert functions_allowed(stack, "ssm:GetParameter", parameter) == named


def test_credentials_are_in_no_output(expanded: dict[str, Any]) -> None:
    """No output resolves a secret's value, and the only value in the template is a random key."""
    values = {
        name: set(resource["Properties"]) & {"SecretString", "GenerateSecretString"}
        for name, resource in expanded["Resources"].items()
        if resource["Type"] == "AWS::SecretsManager::Secret"
    }
    resolved = [text for text in texts(expanded) if "{{resolve:" in text]
    with_value = {name: keys for name, keys in values.items() if keys}
    assert (with_value, resolved) == ({"SuppressionKey": {"GenerateSecretString"}}, [])
