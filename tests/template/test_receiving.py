"""Receiving events: there only when asked for, and allowed no more than it needs."""

from typing import Any

from rudder_mixpanel.receiving.bootstrap import ReceivingEnvironment
from rudder_mixpanel.receiving.requests import BODY_BYTES
from tests.template.stack import Stack, texts
from tests.template.test_functions import TRACES, granted

LAMBDA_TAKES = 6 * 1024 * 1024
HEADERS_AT_MOST = 64 * 1024  # several times what API Gateway lets through


def test_nobody_can_send_events_unless_asked_for(expanded: dict[str, Any]) -> None:
    """By default the stack has no such address, function, secret or alarm."""
    with_it = Stack(expanded, {"ReceiveEvents": "yes"}).resources
    without = Stack(expanded, {}).resources
    kinds = sorted(
        {resource["Type"] for resource in (with_it[n] for n in with_it - without.keys())}
    )
    left = [name for name, one in without.items() if {"EventsApi", "WriteKeys"} & set(texts(one))]
    assert (kinds, left) == (
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
    """Word for word: it can neither read the queue nor any other secret."""
    assert granted(stack, "ReceiveEventsRole") == {
        "EventsQueue": {"sqs:SendMessage"},
        "WriteKeys": {"secretsmanager:GetSecretValue"},
        "ReceiveEventsLogGroup": {"logs:CreateLogStream", "logs:PutLogEvents"},
        "*": set(TRACES["Action"]),
    }


def test_receive_events_needs_no_more_than_it_gets(stack: Stack) -> None:
    """Whatever the function reads from its environment is set, and no secret is."""
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
    }


def test_longest_body_fits_an_invocation(stack: Stack) -> None:
    """All bodies come in base64, and the longest that is allowed is within Lambda's limit."""
    api = stack.of_type("AWS::ApiGateway::RestApi")["EventsApi"]
    in_base64 = (BODY_BYTES + 2) // 3 * 4
    taken = in_base64 + HEADERS_AT_MOST <= LAMBDA_TAKES
    assert (api["Body"]["x-amazon-apigateway-binary-media-types"], taken) == (["*/*"], True)


def test_gateway_opens_no_other_path(stack: Stack) -> None:
    """What the function answers, and what browsers ask of it before."""
    paths = stack.of_type("AWS::ApiGateway::RestApi")["EventsApi"]["Body"]["paths"]
    # Each is there if the function is, which SAM asks although the API has the same condition.
    opened = {path: set(methods["Fn::If"][1]) for path, methods in paths.items()}
    assert opened == {
        "/v1/{call}": {"post", "options"},
        "/webhook": {"post"},
        "/health": {"get"},
    }
