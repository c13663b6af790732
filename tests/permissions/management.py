"""What calls of an operator's commands ask of IAM, beside those that functions make, too."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final

from tests.permissions.names import REGION, arn
from tests.permissions.policy import Request


def of_cloudformation(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """A stack is named by its name; all stacks are described by who may list them."""
    stack = arn("cloudformation", f"stack/{call['StackName']}/id") if "StackName" in call else "*"
    yield Request(f"cloudformation:{operation}", stack)
    if stack == "*":
        yield Request("cloudformation:ListStacks", "*")


def of_logs(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """A log group is named by its name; a list of groups is on all of them."""
    name = call.get("logGroupName")
    yield Request(f"logs:{operation}", arn("logs", f"log-group:{name}:*") if name else "*")


def of_lambda(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """A function by its name, an event source mapping by its id, or the account."""
    if "FunctionName" in call:
        yield Request(f"lambda:{operation}", arn("lambda", f"function:{call['FunctionName']}"))
    elif "UUID" in call:
        mapping = arn("lambda", f"event-source-mapping:{call['UUID']}")
        yield Request(f"lambda:{operation}", mapping)
    else:
        yield Request(f"lambda:{operation}", "*")


def of_events(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """A rule of the default bus, or of another one."""
    bus = call.get("EventBusName", "default")
    name = call["Name"] if bus == "default" else f"{bus}/{call['Name']}"
    yield Request(f"events:{operation}", arn("events", f"rule/{name}"))


def of_api_gateway(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """Actions are HTTP methods, on paths. Raises NotImplementedError for an unknown one."""
    if operation != "GetStages":
        raise NotImplementedError(f"apigateway:{operation}")
    path = f"/restapis/{call['restApiId']}/stages"
    yield Request("apigateway:GET", f"arn:aws:apigateway:{REGION}::{path}")


def of_sns(operation: str, call: Mapping[str, Any]) -> Iterator[Request]:
    """A topic is named by its ARN."""
    yield Request(f"sns:{operation}", call["TopicArn"])


def of_sts(operation: str, _: Mapping[str, Any]) -> Iterator[Request]:
    """Who one is may be asked without a permission. Raises NotImplementedError for more."""
    if operation != "GetCallerIdentity":
        raise NotImplementedError(f"sts:{operation}")
    yield from ()


def of_every_resource(service: str) -> Callable[[str, Mapping[str, Any]], Iterator[Request]]:
    """The requests of a service whose calls are not for one resource."""

    def requests(operation: str, _: Mapping[str, Any]) -> Iterator[Request]:
        yield Request(f"{service}:{operation}", "*")

    return requests


MANAGEMENT: Final[Mapping[str, Callable[[str, Mapping[str, Any]], Iterator[Request]]]] = {
    "apigateway": of_api_gateway,
    "cloudformation": of_cloudformation,
    "cloudwatch": of_every_resource("cloudwatch"),
    "events": of_events,
    "lambda": of_lambda,
    "logs": of_logs,
    "resourcegroupstaggingapi": of_every_resource("tag"),
    "sns": of_sns,
    "sts": of_sts,
}
