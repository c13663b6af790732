"""Functions: what they run, where they log, and what they have access to."""

import ast
from pathlib import Path
from typing import Any

from rudder_mixpanel.delivery.bootstrap import DeliveryEnvironment
from tests.template.stack import Stack, target, texts

ROOT = Path(__file__).parents[2]
SETTINGS_PARAMETER = {"Fn::Sub": "/rudder-mixpanel/${AWS::StackName}/destination-settings"}

# X-Ray supports no resources for these two actions.
TRACES = {
    "Sid": "WriteTraces",
    "Effect": "Allow",
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}


def test_every_handler_exists(template: dict[str, Any]) -> None:
    """The file is in the function's folder, and defines the handler."""
    functions = {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    actual = {
        name: function["Handler"].split(".")[1]
        in functions_in(ROOT / function["CodeUri"] / f"{function['Handler'].split('.')[0]}.py")
        for name, function in functions.items()
    }
    assert actual == dict.fromkeys(functions, True)


def functions_in(file: Path) -> set[str]:
    """The names of the functions that a file defines."""
    return {
        node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)
    }


def test_every_function_logs_where_retention_is_limited(stack: Stack) -> None:
    """A function writes JSON to a log group of this stack, which has a retention period."""
    functions = stack.of_type("AWS::Lambda::Function")
    groups = stack.of_type("AWS::Logs::LogGroup")
    actual = {
        name: (
            function["LoggingConfig"]["LogFormat"],
            groups[target(function["LoggingConfig"]["LogGroup"])]["RetentionInDays"],
        )
        for name, function in functions.items()
    }
    assert actual == dict.fromkeys(functions, ("JSON", {"Ref": "LogRetentionDays"}))


def test_every_function_runs_on_the_layer(stack: Stack) -> None:
    """Runtime, architecture and layer are the same for all."""
    layer = next(iter(stack.of_type("AWS::Lambda::LayerVersion")))
    functions = stack.of_type("AWS::Lambda::Function")
    actual = {
        name: (function["Runtime"], function["Architectures"], function["Layers"])
        for name, function in functions.items()
    }
    expected = ("python3.13", [{"Ref": "Architecture"}], [{"Ref": layer}])
    assert actual == dict.fromkeys(functions, expected)


def test_deliver_events_has_its_environment(stack: Stack) -> None:
    """The variables name all its resources, and contain no secret."""
    function = stack.of_type("AWS::Lambda::Function")["DeliverEventsFunction"]
    assert function["Environment"]["Variables"] == {
        "DESTINATION_ID": {"Ref": "DestinationId"},
        "DESTINATION_SETTINGS_PARAMETER": SETTINGS_PARAMETER,
        "DELIVERY_CREDENTIALS_SECRET": {"Ref": "DeliveryCredentials"},
        "EVENTS_QUEUE_URL": {"Ref": "EventsQueue"},
        "REJECTED_QUEUE_URL": {"Ref": "RejectedQueue"},
        "LEDGER_TABLE": {"Ref": "Ledger"},
        "PROFILES_TABLE": {"Ref": "Profiles"},
        "SUPPRESSIONS_TABLE": {"Ref": "Suppressions"},
        "SUPPRESSION_KEY_SECRET": {"Ref": "SuppressionKey"},
        "MIXPANEL_BASE_URL": {"Ref": "MixpanelBaseUrl"},
        "POWERTOOLS_SERVICE_NAME": "deliver_events",
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        "MALLOC_ARENA_MAX": "1",
        "RES_OPTIONS": "timeout:1 attempts:3",
    }


def test_deliver_events_reads_only_variables_that_are_set(stack: Stack) -> None:
    """Reading its environment raises no KeyError."""
    function = stack.of_type("AWS::Lambda::Function")["DeliverEventsFunction"]
    variables = function["Environment"]["Variables"]
    assert (
        DeliveryEnvironment.of({name: name for name in variables}).destination_id
        == "DESTINATION_ID"
    )


def test_credentials_are_encrypted(stack: Stack) -> None:
    """Every secret names the key that encrypts it."""
    secrets = stack.of_type("AWS::SecretsManager::Secret").values()
    assert {secret["KmsKeyId"] for secret in secrets} == {"alias/aws/secretsmanager"}


def test_no_policy_has_a_wildcard(stack: Stack) -> None:
    """Every statement that allows something names its actions and resources, except for traces."""
    wildcards = [
        statement
        for statement in stack.statements()
        if statement["Effect"] == "Allow" and statement != TRACES
        if any("*" in text for text in texts(statement))
    ]
    assert wildcards == []


def test_every_policy_grants_named_permissions(stack: Stack) -> None:
    """A statement has a Sid, and none grants everything except something."""
    invalid = [
        statement
        for statement in stack.statements()
        if not statement.get("Sid")
        or {"NotAction", "NotResource", "NotPrincipal"} & statement.keys()
    ]
    assert (invalid, len(stack.statements()) >= 7) == ([], True)


def test_no_role_uses_a_managed_policy(stack: Stack) -> None:
    """Permissions are defined in this template only."""
    roles = stack.of_type("AWS::IAM::Role").values()
    managed = [arn for role in roles for arn in role.get("ManagedPolicyArns", [])]
    assert (managed, stack.of_type("AWS::IAM::ManagedPolicy")) == ([], {})


def test_every_function_has_a_role_of_its_own(stack: Stack) -> None:
    """No function has the permissions of another one."""
    functions = stack.of_type("AWS::Lambda::Function").values()
    roles = [target(function["Role"]) for function in functions]
    assert sorted(roles) == sorted(stack.of_type("AWS::IAM::Role"))


def granted(stack: Stack, role: str) -> dict[str, set[str]]:
    """The actions that a role is granted, by resource."""
    by_resource: dict[str, set[str]] = {}
    for policy in stack.of_type("AWS::IAM::Role")[role]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            named = [actions] if isinstance(actions, str) else actions
            by_resource.setdefault(resource_of(statement["Resource"]), set()).update(named)
    return by_resource


def resource_of(resource: Any) -> str:
    """The resource of a statement as text."""
    match resource:
        case {"Fn::Sub": str(text)}:
            return text.replace("${", "").replace("}", "").rpartition("parameter")[2]
        case "*":
            return "*"
        case _:
            return target(resource)


def functions_allowed(stack: Stack, action: str, resource: str) -> set[str]:
    """The functions whose role is granted an action on a resource."""
    functions = stack.of_type("AWS::Lambda::Function")
    return {
        name
        for name, function in functions.items()
        if action in granted(stack, target(function["Role"])).get(resource, set())
    }


def test_every_secret_is_read_only_where_it_is_needed(stack: Stack) -> None:
    """By one function each; by two for the key of the pseudonyms."""
    secrets = stack.of_type("AWS::SecretsManager::Secret")
    actual = {
        name: functions_allowed(stack, "secretsmanager:GetSecretValue", name) for name in secrets
    }
    assert actual == {
        "DeliveryCredentials": {"DeliverEventsFunction"},
        "DeletionCredentials": {"DeleteUsersFunction"},
        "WebhookTokens": {"RegulationsApiFunction"},
        "WriteKeys": {"ReceiveEventsFunction"},
        "SuppressionKey": {"DeliverEventsFunction", "RegulationsApiFunction"},
    }


def test_every_table_is_accessed_only_where_it_is_needed(stack: Stack) -> None:
    """Each role has exactly these actions."""
    tables = stack.of_type("AWS::DynamoDB::Table")
    actual = {
        (name, role): sorted(action.removeprefix("dynamodb:") for action in actions)
        for role in stack.of_type("AWS::IAM::Role")
        for name, actions in granted(stack, role).items()
        if name.removesuffix("/index/due").removesuffix("/index/made").removesuffix(".Arn")
        in tables
    }
    assert actual == {
        ("Ledger", "DeliverEventsRole"): [
            *("BatchGetItem", "BatchWriteItem"),
            *("PartiQLDelete", "PartiQLInsert", "PartiQLUpdate"),
        ],
        ("Profiles", "DeliverEventsRole"): ["BatchGetItem", "PartiQLInsert", "PartiQLUpdate"],
        ("Profiles", "DeleteUsersRole"): ["BatchWriteItem"],
        ("Suppressions", "DeliverEventsRole"): ["BatchGetItem", "UpdateItem"],
        ("Suppressions", "DeleteUsersRole"): ["BatchGetItem", "GetItem", "UpdateItem"],
        ("Suppressions", "RegulationsApiRole"): ["BatchGetItem", "GetItem", "Scan", "UpdateItem"],
        ("Regulations", "DeleteUsersRole"): ["BatchGetItem", "GetItem", "PutItem"],
        ("Regulations.Arn/index/due", "DeleteUsersRole"): ["Query"],
        ("Regulations", "RegulationsApiRole"): ["BatchGetItem", "GetItem", "PutItem"],
        ("Regulations.Arn/index/made", "RegulationsApiRole"): ["Query"],
    }


def test_regulations_know_the_timeout_of_delivery(stack: Stack) -> None:
    """No delivery that started before a suppression is still running when it takes effect."""
    functions = stack.of_type("AWS::Lambda::Function")
    timeouts = {
        name: int(function["Environment"]["Variables"]["DELIVERY_TIMEOUT"])
        for name, function in functions.items()
        if "DELIVERY_TIMEOUT" in function["Environment"]["Variables"]
    }
    timeout = functions["DeliverEventsFunction"]["Timeout"]
    assert timeouts == {"DeleteUsersFunction": timeout, "RegulationsApiFunction": timeout}


def test_delivery_can_count_but_not_change_suppressions(stack: Stack) -> None:
    """In the table of suppressed users, it may write the counts for reports and nothing else."""
    role = stack.of_type("AWS::IAM::Role")["DeliverEventsRole"]
    [condition] = [
        statement["Condition"]
        for policy in role["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if statement["Action"] == "dynamodb:UpdateItem"
    ]
    assert condition == {
        "ForAllValues:StringEquals": {"dynamodb:Attributes": ["id", "events", "last_event_at"]},
        "StringEqualsIfExists": {"dynamodb:ReturnValues": "NONE"},
    }
