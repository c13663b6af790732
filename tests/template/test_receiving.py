"""Receiving events: optional, and with no more permissions than it needs."""

from typing import Any

from rudder_mixpanel.receiving.bootstrap import ReceivingEnvironment
from rudder_mixpanel.receiving.requests import BODY_BYTES
from tests.template.stack import Stack, texts
from tests.template.test_functions import granted

LAMBDA_LIMIT = 6 * 1024 * 1024
MOST_HEADER_BYTES = 64 * 1024  # several times API Gateway's limit


def test_events_api_is_off_by_default(expanded: dict[str, Any]) -> None:
    """By default the stack has no such endpoint, function, secret or alarm."""
    with_api = Stack(expanded, {"ReceiveEvents": "yes"}).resources
    without = Stack(expanded, {}).resources
    types = sorted(
        {resource["Type"] for resource in (with_api[name] for name in with_api - without.keys())}
    )
    references = [
        name
        for name, resource in without.items()
        if {"EventsApi", "WriteKeys"} & set(texts(resource))
    ]
    assert (types, references) == (
        [
            "AWS::ApiGateway::Deployment",
            "AWS::ApiGateway::RestApi",
            "AWS::ApiGateway::Stage",
            "AWS::CloudWatch::Alarm",
            "AWS::IAM::Role",
            "AWS::Lambda::Function",
            "AWS::Lambda::Permission",
            "AWS::Logs::LogGroup",
            "AWS::SecretsManager::Secret",
        ],
        [],
    )


def test_receive_events_may_send_and_read_its_keys(stack: Stack) -> None:
    """Exactly this, and traces: it can read neither the queue nor any other secret."""
    assert granted(stack, "ReceiveEventsRole") == {
        "EventsQueue": {"sqs:SendMessage"},
        "WriteKeys": {"secretsmanager:GetSecretValue"},
        "ReceiveEventsLogGroup": {"logs:CreateLogStream", "logs:PutLogEvents"},
        "*": {"xray:PutTraceSegments", "xray:PutTelemetryRecords"},
    }


def test_receive_events_reads_only_variables_that_are_set(stack: Stack) -> None:
    """Reading its environment raises no KeyError, and no variable is a secret."""
    function = stack.of_type("AWS::Lambda::Function")["ReceiveEventsFunction"]
    variables = function["Environment"]["Variables"]
    ReceivingEnvironment.of({name: name for name in variables})
    assert variables == {
        "WRITE_KEYS_SECRET": {"Ref": "WriteKeys"},
        "EVENTS_QUEUE_URL": {"Ref": "EventsQueue"},
        "BROWSER_ORIGINS": {"Ref": "BrowserOrigins"},
        "POWERTOOLS_SERVICE_NAME": "receive_events",
        "POWERTOOLS_METRICS_NAMESPACE": "RudderMixpanel",
        "MALLOC_ARENA_MAX": "1",
        "RES_OPTIONS": "timeout:1 attempts:3",
    }


def test_longest_body_fits_into_an_invocation(stack: Stack) -> None:
    """All bodies come as base64, and the longest that is allowed is within Lambda's limit."""
    api = stack.of_type("AWS::ApiGateway::RestApi")["EventsApi"]
    in_base64 = (BODY_BYTES + 2) // 3 * 4
    fits = in_base64 + MOST_HEADER_BYTES <= LAMBDA_LIMIT
    assert (api["Body"]["x-amazon-apigateway-binary-media-types"], fits) == (["*/*"], True)


def test_gateway_has_no_other_route(stack: Stack) -> None:
    """Only those of the function, and the preflight requests of browsers."""
    paths = stack.of_type("AWS::ApiGateway::RestApi")["EventsApi"]["Body"]["paths"]
    routes = {path: set(methods) for path, methods in paths.items()}
    assert routes == {
        "/v1/{call}": {"post", "options"},
        "/beacon/v1/batch": {"post", "options"},
        "/webhook": {"post"},
        "/health": {"get"},
    }
