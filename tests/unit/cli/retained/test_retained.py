"""`rudder-mixpanel retained`: what a removed stack has left, adopted or destroyed."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest
from moto import mock_aws
from moto.secretsmanager.models import secretsmanager_backends
from moto.sqs.models import sqs_backends
from typer.testing import CliRunner, Result

from rudder_mixpanel_cli.adoptable import ADOPTABLE
from rudder_mixpanel_cli.command import app
from rudder_mixpanel_cli.retained.resource import NAME_TAG, RESOURCE_TAG, STACK_TAG, TAG
from rudder_mixpanel_cli.times import current_time
from tests.fakes.moto_stack import deploy_stack
from tests.template.stack import read_template

STACK = "prod"
ACCOUNT, REGION = "123456789012", "us-east-1"
ALL = {"EventBusName": "default", "ReceiveEvents": "yes"}


@pytest.fixture
def deployed() -> Iterator[dict[str, str]]:
    """A stack with a suppressed user: the ids of its resources."""
    with mock_aws(config={"lambda": {"use_docker": False}}):
        deploy_stack(STACK, **ALL)
        resources = boto3.client("cloudformation").list_stack_resources(StackName=STACK)
        ids = {
            each["LogicalResourceId"]: each["PhysicalResourceId"]
            for each in resources["StackResourceSummaries"]
        }
        boto3.client("dynamodb").put_item(
            TableName=ids["Suppressions"], Item={"id": {"S": "pseudonym"}}
        )
        yield ids


def retained(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(app, ["retained", "--stack", STACK, *arguments])


def document() -> dict[str, Any]:
    """What the command prints for programs."""
    found: dict[str, Any] = json.loads(retained("--json").stdout)
    return found


def test_every_parameter_of_adoption_is_known() -> None:
    """The command and the template have the same list."""
    parameters = {name for name in read_template()["Parameters"] if name.startswith("Adopt")}
    assert parameters == {f"Adopt{name}" for name in ADOPTABLE}


@pytest.mark.usefixtures("deployed")
def test_a_living_stack_has_left_nothing() -> None:
    """What it owns is not listed."""
    assert (document()["resources"], document()["exists"]) == ([], True)


def remove(stack: str, ids: dict[str, str]) -> None:
    """Remove a stack as AWS does: moto would delete what is retained."""
    from moto.cloudformation.models import cloudformation_backends  # noqa: PLC0415

    backend = cloudformation_backends[ACCOUNT][REGION]
    [key] = [key for key, each in backend.stacks.items() if each.name == stack]
    del backend.stacks[key]
    assert ids


def test_a_removed_stack_leaves_what_can_be_adopted(deployed: dict[str, str]) -> None:
    """Every queue, table and secret has its parameter, and the table its suppressed user."""
    remove(STACK, deployed)
    found = document()
    holding = [each["logicalId"] for each in found["resources"] if each["suppressions"]]
    actual = (found["exists"], found["parameters"].keys(), holding)
    assert actual == (False, {f"Adopt{name}" for name in ADOPTABLE}, ["Suppressions"])


def test_a_stack_made_anew_forgets_unless_it_adopts(deployed: dict[str, str]) -> None:
    """Without parameters it has another, empty table; with them, the one of the removed stack."""
    remove(STACK, deployed)
    parameters = document()["parameters"]
    deploy_stack("fresh", **ALL)
    deploy_stack("again", **ALL, **parameters)
    tables = [variables(stack)["SUPPRESSIONS_TABLE"] for stack in ("fresh", "again")]
    held = [boto3.client("dynamodb").scan(TableName=table)["Count"] for table in tables]
    assert (held, tables[1]) == ([0, 1], deployed["Suppressions"])


def variables(stack: str) -> dict[str, str]:
    """The environment of a stack's function that delivers."""
    outputs = boto3.client("cloudformation").describe_stacks(StackName=stack)["Stacks"][0][
        "Outputs"
    ]
    [name] = [
        each["OutputValue"] for each in outputs if each["OutputKey"] == "DeliverEventsFunctionName"
    ]
    configuration = boto3.client("lambda").get_function_configuration(FunctionName=name)
    return configuration["Environment"]["Variables"]


def test_what_another_stack_adopts_is_not_left(deployed: dict[str, str]) -> None:
    """Only log groups are, which nobody adopts."""
    remove(STACK, deployed)
    deploy_stack("again", **ALL, **document()["parameters"])
    types = {each["type"] for each in document()["resources"]}
    assert types <= {"AWS::Logs::LogGroup"}


def test_what_is_left_is_destroyed_on_request(deployed: dict[str, str]) -> None:
    """Protected tables, too; nothing is left after it."""
    remove(STACK, deployed)
    boto3.client("dynamodb").update_table(
        TableName=deployed["Suppressions"], DeletionProtectionEnabled=True
    )
    done = retained("--destroy", "--yes")
    assert (done.exit_code, document()["resources"]) == (0, [])


def test_nothing_is_destroyed_unasked(deployed: dict[str, str]) -> None:
    """In a pipeline, --yes is needed."""
    remove(STACK, deployed)
    before = document()["resources"]
    done = retained("--destroy")
    assert (done.exit_code, document()["resources"]) == (2, before)


@pytest.mark.usefixtures("deployed")
def test_nothing_of_a_living_stack_is_destroyed() -> None:
    """Also when told not to ask."""
    done = retained("--destroy", "--yes")
    tables = boto3.client("dynamodb").list_tables()["TableNames"]
    assert (done.exit_code, len(tables)) == (0, 4)


def test_destroyed_secret_can_be_restored(deployed: dict[str, str]) -> None:
    """For seven days; the settings are gone at once."""
    name = f"/rudder-mixpanel/{STACK}/destination-settings"
    boto3.client("ssm").put_parameter(Name=name, Value="{}", Type="String")
    remove(STACK, deployed)
    retained("--destroy", "--yes")
    secret = boto3.client("secretsmanager").describe_secret(SecretId=deployed["SuppressionKey"])
    days = round((secret["DeletedDate"] - current_time()).total_seconds() / 86_400)
    assert (days, boto3.client("ssm").describe_parameters()["Parameters"]) == (7, [])


def test_key_without_a_value_is_listed_and_not_adopted(deployed: dict[str, str]) -> None:
    """It was made by hand, and never written."""
    remove(STACK, deployed)
    secretsmanager_backends[ACCOUNT][REGION].secrets[deployed["SuppressionKey"]].versions.clear()
    found = document()
    names = {each["logicalId"] for each in found["resources"]}
    assert ("SuppressionKey" in names, "AdoptSuppressionKey" in found["parameters"]) == (
        True,
        False,
    )


def test_tag_of_cloudformation_is_enough(deployed: dict[str, str]) -> None:
    """A stack of an earlier version has no other."""
    remove(STACK, deployed)
    queue = sqs_backends[ACCOUNT][REGION].get_queue(deployed["RejectedQueue"].rpartition("/")[2])
    queue.tags = {STACK_TAG: STACK, NAME_TAG: "RejectedQueue"}
    assert document()["parameters"]["AdoptRejectedQueue"] == queue.name


def test_restored_table_of_a_removed_stack_is_adopted(deployed: dict[str, str]) -> None:
    """Its two tags, written by hand, say whose and which it is."""
    client = boto3.client("dynamodb")
    client.create_table(
        TableName="prod-restored",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
        Tags=[{"Key": TAG, "Value": STACK}, {"Key": RESOURCE_TAG, "Value": "Suppressions"}],
    )
    client.put_item(TableName="prod-restored", Item={"id": {"S": "pseudonym"}})
    client.delete_table(TableName=deployed["Suppressions"])
    remove(STACK, deployed)
    assert document()["parameters"]["AdoptSuppressions"] == "prod-restored"


def test_table_that_another_stack_uses_is_named(deployed: dict[str, str]) -> None:
    """A new stack of this name would be empty, and what it must not forget is not left."""
    remove(STACK, deployed)
    deploy_stack("again", **ALL, **document()["parameters"])
    [taken] = document()["taken"]
    line = f"The stack again uses {deployed['Suppressions']}, whose users prod has suppressed."
    assert (taken["adoptedBy"], taken["id"], line in retained().stdout) == (
        "again",
        deployed["Suppressions"],
        True,
    )


@pytest.mark.parametrize(
    ("environment", "argument"),
    [("default", ""), ("live", "ENVIRONMENT=live "), (None, "ENVIRONMENT=<that of prod in ")],
)
def test_printed_command_deploys_the_stack_of_that_name(
    deployed: dict[str, str],
    environment: str | None,
    argument: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Without its environment, `make deploy` would have another stack adopt everything."""
    monkeypatch.chdir(tmp_path)
    if environment:
        text = f'version = 0.1\n[{environment}.global.parameters]\nstack_name = "{STACK}"\n'
        (tmp_path / "samconfig.toml").write_text(text)
    remove(STACK, deployed)
    last = retained().stdout.splitlines()[-1]
    command = f"make deploy {argument}"
    assert (last.startswith(command), "PARAMETERS=" in last) == (True, True)
