"""Functions: what they run, where they log, and what they may touch."""

import ast
import json
from pathlib import Path
from typing import Any
from unittest.mock import Mock

from rudder_mixpanel.delivery.bootstrap import DeliveryEnvironment
from rudder_mixpanel.regulations.requests import ErrorCode
from rudder_mixpanel.regulations.routes import RegulationsApi
from tests.template.stack import Stack, target, texts

ROOT = Path(__file__).parents[2]

# X-Ray knows no resource that these two could be narrowed to.
TRACES = {
    "Sid": "WriteTraces",
    "Effect": "Allow",
    "Action": ["xray:PutTraceSegments", "xray:PutTelemetryRecords"],
    "Resource": "*",
}


def test_every_handler_exists(template: dict[str, Any]) -> None:
    """The file is in the function's folder, and the function is in the file."""
    functions = {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    found = {
        name: function["Handler"].split(".")[1]
        in functions_in(ROOT / function["CodeUri"] / f"{function['Handler'].split('.')[0]}.py")
        for name, function in functions.items()
    }
    assert found == dict.fromkeys(functions, True)


def functions_in(file: Path) -> set[str]:
    """The names of the functions that a file defines."""
    return {
        node.name for node in ast.parse(file.read_text()).body if isinstance(node, ast.FunctionDef)
    }


def test_every_function_logs_where_retention_is_limited(stack: Stack) -> None:
    """A function writes JSON to a log group of this stack, which forgets after some days."""
    functions = stack.of_type("AWS::Lambda::Function")
    groups = stack.of_type("AWS::Logs::LogGroup")
    found = {
        name: (
            function["LoggingConfig"]["LogFormat"],
            groups[target(function["LoggingConfig"]["LogGroup"])]["RetentionInDays"],
        )
        for name, function in functions.items()
    }
    assert found == dict.fromkeys(functions, ("JSON", {"Ref": "LogRetentionDays"}))


def test_every_function_runs_on_the_layer(stack: Stack) -> None:
    """Runtime, processor and layer are the same for all."""
    layer = next(iter(stack.of_type("AWS::Lambda::LayerVersion")))
    functions = stack.of_type("AWS::Lambda::Function")
    found = {
        name: (function["Runtime"], function["Architectures"], function["Layers"])
        for name, function in functions.items()
    }
    expected = ("python3.13", [{"Ref": "Architecture"}], [{"Ref": layer}])
    assert found == dict.fromkeys(functions, expected)


def test_deliver_events_finds_its_surroundings(stack: Stack) -> None:
    """The environment says where everything is, and holds no secret."""
    function = stack.of_type("AWS::Lambda::Function")["DeliverEventsFunction"]
    assert function["Environment"]["Variables"] == {
        "DESTINATION_ID": {"Ref": "DestinationId"},
        "DESTINATION_SETTINGS_PARAMETER": {"Ref": "DestinationSettings"},
        "DELIVERY_CREDENTIALS_SECRET": {"Ref": "DeliveryCredentials"},
        "EVENTS_QUEUE_URL": {"Ref": "EventsQueue"},
        "REJECTED_QUEUE_URL": {"Ref": "RejectedQueue"},
        "LEDGER_TABLE": {"Ref": "Ledger"},
        "SUPPRESSIONS_TABLE": {"Ref": "Suppressions"},
        "SUPPRESSION_KEY_SECRET": {"Ref": "SuppressionKey"},
        "MIXPANEL_BASE_URL": {"Ref": "MixpanelBaseUrl"},
        "POWERTOOLS_SERVICE_NAME": "deliver_events",
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        "MALLOC_ARENA_MAX": "1",
    }


def test_deliver_events_needs_no_more_than_it_gets(stack: Stack) -> None:
    """Whatever the function reads from its environment is set."""
    function = stack.of_type("AWS::Lambda::Function")["DeliverEventsFunction"]
    variables = function["Environment"]["Variables"]
    assert (
        DeliveryEnvironment.of({name: name for name in variables}).destination_id
        == "DESTINATION_ID"
    )


def test_credentials_are_encrypted(stack: Stack) -> None:
    """Every secret says which key it is encrypted with."""
    secrets = stack.of_type("AWS::SecretsManager::Secret").values()
    assert {secret["KmsKeyId"] for secret in secrets} == {"alias/aws/secretsmanager"}


def test_no_policy_has_a_wildcard(stack: Stack) -> None:
    """Every statement names its actions and its resources; traces are the one exception."""
    wild = [
        statement
        for statement in stack.statements()
        if statement != TRACES and any("*" in text for text in texts(statement))
    ]
    assert wild == []


def test_every_policy_grants_and_says_what_for(stack: Stack) -> None:
    """A statement has a name, and none grants everything but something."""
    odd = [
        statement
        for statement in stack.statements()
        if not statement.get("Sid")
        or {"NotAction", "NotResource", "NotPrincipal"} & statement.keys()
    ]
    assert (odd, len(stack.statements()) >= 7) == ([], True)


def test_no_role_borrows_a_managed_policy(stack: Stack) -> None:
    """Nobody else's policy decides what a function may do."""
    roles = stack.of_type("AWS::IAM::Role").values()
    borrowed = [arn for role in roles for arn in role.get("ManagedPolicyArns", [])]
    assert (borrowed, stack.of_type("AWS::IAM::ManagedPolicy")) == ([], {})


def test_every_function_has_a_role_of_its_own(stack: Stack) -> None:
    """No function can do what only another has to."""
    functions = stack.of_type("AWS::Lambda::Function").values()
    roles = [target(function["Role"]) for function in functions]
    assert sorted(roles) == sorted(stack.of_type("AWS::IAM::Role"))


def granted(stack: Stack, role: str) -> dict[str, set[str]]:
    """What a role may do, by the logical id of what it may do it to."""
    found: dict[str, set[str]] = {}
    for policy in stack.of_type("AWS::IAM::Role")[role]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            actions = statement["Action"]
            named = [actions] if isinstance(actions, str) else actions
            found.setdefault(resource_of(statement["Resource"]), set()).update(named)
    return found


def resource_of(resource: Any) -> str:
    """What a statement is about, in a word."""
    match resource:
        case {"Fn::Sub": str(text)}:
            return text.replace("${", "").replace("}", "").rpartition("parameter")[2]
        case "*":
            return "*"
        case _:
            return target(resource)


def who_may(stack: Stack, action: str, resource: str) -> set[str]:
    """The functions whose role has an action on a resource."""
    functions = stack.of_type("AWS::Lambda::Function")
    return {
        name
        for name, function in functions.items()
        if action in granted(stack, target(function["Role"])).get(resource, set())
    }


def test_every_secret_is_read_by_who_needs_it(stack: Stack) -> None:
    """Word for word: one function each, but the key of the pseudonyms, which two need."""
    secrets = stack.of_type("AWS::SecretsManager::Secret")
    found = {name: who_may(stack, "secretsmanager:GetSecretValue", name) for name in secrets}
    assert found == {
        "DeliveryCredentials": {"DeliverEventsFunction"},
        "DeletionCredentials": {"DeleteUsersFunction"},
        "WebhookTokens": {"RegulationsApiFunction"},
        "WriteKeys": {"ReceiveEventsFunction"},
        "SuppressionKey": {"DeliverEventsFunction", "RegulationsApiFunction"},
    }


def test_every_table_is_touched_by_who_needs_it(stack: Stack) -> None:
    """Word for word."""
    tables = stack.of_type("AWS::DynamoDB::Table")
    found = {
        (name, role): sorted(action.removeprefix("dynamodb:") for action in actions)
        for role in stack.of_type("AWS::IAM::Role")
        for name, actions in granted(stack, role).items()
        if name.removesuffix("/index/due").removesuffix("/index/made").removesuffix(".Arn")
        in tables
    }
    assert found == {
        ("Ledger", "DeliverEventsRole"): ["BatchWriteItem", "DeleteItem", "PutItem"],
        ("Suppressions", "DeliverEventsRole"): ["BatchGetItem", "UpdateItem"],
        ("Suppressions", "DeleteUsersRole"): ["UpdateItem"],
        ("Suppressions", "RegulationsApiRole"): ["GetItem", "UpdateItem"],
        ("Regulations", "DeleteUsersRole"): ["BatchGetItem", "GetItem", "PutItem"],
        ("Regulations.Arn/index/due", "DeleteUsersRole"): ["Query"],
        ("Regulations", "RegulationsApiRole"): ["BatchGetItem", "GetItem", "PutItem"],
        ("Regulations.Arn/index/made", "RegulationsApiRole"): ["Query"],
    }


def test_regulations_know_how_long_a_delivery_may_take(stack: Stack) -> None:
    """No request that began before a suppression is on its way after it holds."""
    functions = stack.of_type("AWS::Lambda::Function")
    told = {
        name: int(function["Environment"]["Variables"]["DELIVERY_TIMEOUT"])
        for name, function in functions.items()
        if "DELIVERY_TIMEOUT" in function["Environment"]["Variables"]
    }
    timeout = functions["DeliverEventsFunction"]["Timeout"]
    assert told == {"DeleteUsersFunction": timeout, "RegulationsApiFunction": timeout}


def test_gateways_log_nothing_and_are_throttled(stack: Stack) -> None:
    """Requests and bodies name people."""
    stages = stack.of_type("AWS::ApiGateway::Stage").values()
    found = [
        (
            "AccessLogSetting" in stage,
            settings["LoggingLevel"],
            settings["DataTraceEnabled"],
            settings["ThrottlingRateLimit"] > 0,
        )
        for stage in stages
        for settings in stage["MethodSettings"]
    ]
    assert found == [(False, "OFF", False, True)] * 2


def test_gateway_refuses_in_the_shape_of_the_api(stack: Stack) -> None:
    """Code and message, under codes that the API itself has."""
    api = stack.of_type("AWS::ApiGateway::RestApi")["RegulationsApi"]
    told = {
        name: json.loads(one["responseTemplates"]["application/json"])
        for name, one in api["Body"]["x-amazon-apigateway-gateway-responses"].items()
    }
    found = {name: (one.keys(), one["code"] in set(ErrorCode)) for name, one in told.items()}
    assert found == dict.fromkeys(
        [
            "DEFAULT_4XX",
            "DEFAULT_5XX",
            "MISSING_AUTHENTICATION_TOKEN",
            "REQUEST_TOO_LARGE",
            "THROTTLED",
        ],
        ({"code", "message"}, True),
    )


def test_delivery_counts_and_cannot_lift(stack: Stack) -> None:
    """Of the table of suppressed users it may change the counts of a report, and nothing else."""
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


def test_gateway_knows_every_path_of_the_api(stack: Stack) -> None:
    """What the function answers, and nothing else, reaches it."""
    api = stack.of_type("AWS::ApiGateway::RestApi")["RegulationsApi"]
    opened = {
        (method.upper(), path)
        for path, methods in api["Body"]["paths"].items()
        for method in methods
    }
    known = (
        RegulationsApi(Mock(), Mock()).app._static_routes
        + RegulationsApi(Mock(), Mock()).app._dynamic_routes
    )
    answered = {(route.method, route.path.replace("<", "{").replace(">", "}")) for route in known}
    assert opened == answered
