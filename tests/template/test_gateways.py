"""The two APIs: one stage each, throttled; what they log; and their own errors."""

import json
from typing import Any
from unittest.mock import Mock

import pytest

from rudder_mixpanel.regulations.requests import ErrorCode
from rudder_mixpanel.regulations.routes import RegulationsApi
from tests.template.stack import Stack, target

RATES = {
    "RegulationsApi": ("RegulationsRateLimit", "RegulationsBurstLimit"),
    "EventsApi": ("EventsRateLimit", "EventsBurstLimit"),
}
# The last one is a template of the path; none says who sent a request, or what.
LOGGED = {
    "time": "$context.requestTime",
    "request_id": "$context.extendedRequestId",
    "status": "$context.status",
    "latency": "$context.responseLatency",
    "integration_latency": "$context.integrationLatency",
    "method": "$context.httpMethod",
    "resource_path": "$context.resourcePath",
}


def test_no_deployment_makes_a_stage(stack: Stack) -> None:
    """SAM's second stage would be as public as ours, and without a throttle."""
    deployments = stack.of_type("AWS::ApiGateway::Deployment")
    made = {name for name, deployment in deployments.items() if "StageName" in deployment}
    assert (len(deployments), made) == (2, set())


def test_every_api_has_one_stage(stack: Stack) -> None:
    """That of the outputs."""
    stages = [
        (target(stage["RestApiId"]), stage["StageName"])
        for stage in stack.of_type("AWS::ApiGateway::Stage").values()
    ]
    assert sorted(stages) == [("EventsApi", "api"), ("RegulationsApi", "api")]


def test_every_permission_is_for_one_route(stack: Stack) -> None:
    """API, method and path. SAM names no stage in them, so that there must be one stage only."""
    granted = sorted(map(source_of, stack.of_type("AWS::Lambda::Permission").values()))
    apis = stack.of_type("AWS::ApiGateway::RestApi")
    assert granted == sorted(
        ("apigateway.amazonaws.com", api, f"*/{method.upper()}{path_pattern(path)}")
        for api, rest_api in apis.items()
        for path, methods in rest_api["Body"]["paths"].items()
        for method in methods
    )


def source_of(permission: dict[str, Any]) -> tuple[str, str, str]:
    """Who may call a function, from which API, and from which stage, method and path of it."""
    text, variables = permission["SourceArn"]["Fn::Sub"]
    own = text.partition(":${__ApiId__}/")[2].replace("${__Stage__}", variables["__Stage__"])
    return permission["Principal"], target(variables["__ApiId__"]), own


def path_pattern(path: str) -> str:
    """A path as permissions spell it."""
    segments = path.split("/")
    return "/".join("*" if segment.startswith("{") else segment for segment in segments)


def test_every_method_is_throttled_by_parameters(stack: Stack) -> None:
    """All methods of all paths, and no method has another throttle."""
    actual = {
        target(stage["RestApiId"]): [
            (
                settings["HttpMethod"],
                settings["ResourcePath"],
                target(settings["ThrottlingRateLimit"]),
                target(settings["ThrottlingBurstLimit"]),
            )
            for settings in stage["MethodSettings"]
        ]
        for stage in stack.of_type("AWS::ApiGateway::Stage").values()
    }
    assert actual == {api: [("*", "/*", *rates)] for api, rates in RATES.items()}


def test_a_throttle_cannot_be_switched_off(template: dict[str, Any]) -> None:
    """A rate of 0 would refuse everything; both have a most."""
    parameters = {
        name: (parameter["Default"], parameter["MinValue"], parameter["MaxValue"])
        for name, parameter in template["Parameters"].items()
        if name.endswith(("RateLimit", "BurstLimit"))
    }
    assert parameters == {
        "EventsRateLimit": (1000, 1, 100_000),
        "EventsBurstLimit": (2000, 1, 100_000),
        "RegulationsRateLimit": (10, 1, 100_000),
        "RegulationsBurstLimit": (20, 1, 100_000),
    }


@pytest.mark.parametrize(
    ("function", "parameter"),
    [
        ("RegulationsApiFunction", "RegulationsApiConcurrency"),
        ("ReceiveEventsFunction", "ReceiveEventsConcurrency"),
    ],
)
def test_concurrency_is_reserved_on_request(
    expanded: dict[str, Any], function: str, parameter: str
) -> None:
    """A reservation takes from what the account has, so that there is none by default."""
    reserved = [
        Stack(expanded, {"ReceiveEvents": "yes", parameter: count})
        .of_type("AWS::Lambda::Function")[function]
        .get("ReservedConcurrentExecutions")
        for count in ("0", "5")
    ]
    assert reserved == [None, {"Ref": parameter}]


def test_gateways_log_no_request(stack: Stack) -> None:
    """Neither in their own log nor in a trace: a beacon's query has a write key."""
    stages = stack.of_type("AWS::ApiGateway::Stage").values()
    actual = [
        (settings["LoggingLevel"], settings["DataTraceEnabled"], stage.get("TracingEnabled"))
        for stage in stages
        for settings in stage["MethodSettings"]
    ]
    assert actual == [("OFF", False, None)] * 2


def test_access_logs_are_off_by_default(expanded: dict[str, Any]) -> None:
    """There are neither logs nor a group for them: an account without the role refuses both."""
    stack = Stack(expanded, {"ReceiveEvents": "yes"})
    stages = stack.of_type("AWS::ApiGateway::Stage").values()
    logged = [stage.get("AccessLogSetting") for stage in stages]
    assert (logged, "AccessLogGroup" in stack.resources) == ([None, None], False)


def test_access_logs_say_nothing_about_who_sent_a_request(stack: Stack) -> None:
    """No address, user agent, query or path, and no id that the client may choose."""
    formats = {
        target(stage["RestApiId"]): json.loads(stage["AccessLogSetting"]["Format"])
        for stage in stack.of_type("AWS::ApiGateway::Stage").values()
    }
    assert formats == {
        "RegulationsApi": {"api": "regulations", **LOGGED},
        "EventsApi": {"api": "events", **LOGGED},
    }


def test_access_logs_are_one_line_in_the_group_of_the_stack(stack: Stack) -> None:
    """API Gateway writes a format as it is, with its line breaks."""
    settings = [
        stage["AccessLogSetting"] for stage in stack.of_type("AWS::ApiGateway::Stage").values()
    ]
    actual = [
        (target(setting["DestinationArn"]), "\n" in setting["Format"]) for setting in settings
    ]
    assert actual == [("AccessLogGroup", False)] * 2


def test_template_does_not_change_the_account(expanded: dict[str, Any]) -> None:
    """The role with which API Gateway writes logs belongs to all stacks of the account."""
    types = {resource["Type"] for resource in expanded["Resources"].values()}
    assert "AWS::ApiGateway::Account" not in types


def gateway_responses(stack: Stack, api: str) -> dict[str, dict[str, Any]]:
    """The gateway's own errors of an API, by their kind."""
    body = stack.of_type("AWS::ApiGateway::RestApi")[api]["Body"]
    responses: dict[str, dict[str, Any]] = body["x-amazon-apigateway-gateway-responses"]
    return responses


def test_pages_may_read_every_error_of_the_events_gateway(stack: Stack) -> None:
    """Without the header, an SDK in a browser could not tell a 429 from a broken network."""
    responses = gateway_responses(stack, "EventsApi")
    headers = {name: response["responseParameters"] for name, response in responses.items()}
    allowed = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}
    kinds = [
        *("DEFAULT_4XX", "DEFAULT_5XX", "INTEGRATION_TIMEOUT"),
        *("MISSING_AUTHENTICATION_TOKEN", "REQUEST_TOO_LARGE", "THROTTLED"),
    ]
    assert headers == dict.fromkeys(kinds, allowed)


def test_errors_of_the_gateway_have_the_format_of_the_api(stack: Stack) -> None:
    """With code and message; the API has the same codes."""
    api = stack.of_type("AWS::ApiGateway::RestApi")["RegulationsApi"]
    bodies = {
        name: json.loads(response["responseTemplates"]["application/json"])
        for name, response in api["Body"]["x-amazon-apigateway-gateway-responses"].items()
    }
    formats = {name: (body.keys(), body["code"] in set(ErrorCode)) for name, body in bodies.items()}
    assert formats == dict.fromkeys(
        [
            "DEFAULT_4XX",
            "DEFAULT_5XX",
            "MISSING_AUTHENTICATION_TOKEN",
            "REQUEST_TOO_LARGE",
            "THROTTLED",
        ],
        ({"code", "message"}, True),
    )


def test_gateway_has_every_route_of_the_api(stack: Stack) -> None:
    """And no other route."""
    api = stack.of_type("AWS::ApiGateway::RestApi")["RegulationsApi"]
    routed = {
        (method.upper(), path)
        for path, methods in api["Body"]["paths"].items()
        for method in methods
    }
    routes = (
        RegulationsApi(Mock(), Mock()).app._static_routes
        + RegulationsApi(Mock(), Mock()).app._dynamic_routes
    )
    implemented = {
        (route.method, route.path.replace("<", "{").replace(">", "}")) for route in routes
    }
    assert routed == implemented
