"""The roles of the functions, from the expanded template, for the resources of a test."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from tests.permissions.policy import Permission, Policy, Statement
from tests.permissions.requests import ACCOUNT, REGION, arn, secret_arn
from tests.template.stack import Stack, expand_template, target

# The parts of the template that are optional, too.
PARAMETERS: Final = {
    "ReceiveEvents": "yes",
    "EventBusName": "rudderstack",
    "Tracing": "Active",
}
STACK_NAME: Final = "test"
LAMBDA: Final = "https://docs.aws.amazon.com/lambda/latest/dg"
POLLER: Final = f"the event source reads the queue ({LAMBDA}/services-sqs-configure.html)"
LOGS: Final = f"Lambda writes the log ({LAMBDA}/monitoring-cloudwatchlogs.html)"
TRACES: Final = f"Lambda sends the traces ({LAMBDA}/services-xray.html)"


class DeployedStack(Stack):
    """A stack whose resources have the names that a test gave them."""

    def __init__(self, expanded: dict[str, Any], names: Mapping[str, str]) -> None:
        super().__init__(expanded, PARAMETERS)
        self._parameters |= {
            "AWS::Region": REGION,
            "AWS::AccountId": ACCOUNT,
            "AWS::StackName": STACK_NAME,
        }
        self._names = names

    def text(self, value: Any) -> str:
        """A text with its references resolved to names and ARNs."""
        match value:
            case {"Fn::GetAtt": [str(name), "Arn"]}:
                return self._arn(name)
            case _:
                return super().text(value)

    def _reference(self, name: str) -> str:
        resource, _, attribute = name.partition(".")
        if name in self._parameters:
            return self._parameters[name]
        if resource not in self.resources:
            return super()._reference(name)
        refers_to_arn = self.resources[resource]["Type"] == "AWS::SecretsManager::Secret"
        return self._arn(resource) if attribute == "Arn" or refers_to_arn else self._name(resource)

    def _name(self, name: str) -> str:
        return self._names.get(name, name).rpartition("/queue/")[2]

    def _arn(self, name: str) -> str:
        physical = self._names.get(name, name)
        match self.resources[name]["Type"]:
            case "AWS::SQS::Queue":
                return arn("sqs", physical.rpartition("/")[2])
            case "AWS::DynamoDB::Table":
                return arn("dynamodb", f"table/{physical}")
            case "AWS::SecretsManager::Secret":
                return secret_arn(physical)
            case "AWS::Logs::LogGroup":
                return arn("logs", f"log-group:{physical}:*")
            case unknown:
                raise NotImplementedError(unknown)


@cache
def template_stack() -> Stack:
    """The stack with every optional part, whose resources have their names in the template."""
    return Stack(expand_template(), PARAMETERS)


def role_of(function: str) -> str:
    """The role of a function."""
    return target(template_stack().of_type("AWS::Lambda::Function")[function]["Role"])


def policy_of(function: str, environment: Mapping[str, str]) -> Policy:
    """The policy of a function's role, for the resources that its environment names."""
    variables = template_stack().of_type("AWS::Lambda::Function")[function]["Environment"]
    names = {
        chosen["Ref"]: environment[variable]
        for variable, value in variables["Variables"].items()
        if isinstance(chosen := template_stack().chosen(value), dict) and chosen.keys() == {"Ref"}
        if variable in environment
    }
    return read_policy(role_of(function), tuple(sorted(names.items())))


@cache
def read_policy(role: str, names: tuple[tuple[str, str], ...] = ()) -> Policy:
    """The statements of a role, for resources of these names."""
    deployed = DeployedStack(expand_template(), dict(names))
    statements = [
        statement_of(deployed, statement)
        for policy in policies_of(deployed, role)
        for statement in policy["PolicyDocument"]["Statement"]
    ]
    return Policy(role, tuple(statements))


def policies_of(deployed: Stack, role: str) -> list[dict[str, Any]]:
    """The policies of a role: its own, and those that name it."""
    own: list[dict[str, Any]] = deployed.of_type("AWS::IAM::Role")[role]["Policies"]
    shared = deployed.of_type("AWS::IAM::Policy").values()
    return own + [policy for policy in shared if role in map(target, policy["Roles"])]


def statement_of(deployed: Stack, statement: dict[str, Any]) -> Statement:
    """A statement with its resources as ARNs, each with its name in the template."""
    resource = deployed.chosen(statement["Resource"])
    resources = (
        [deployed.chosen(one) for one in resource] if isinstance(resource, list) else [resource]
    )
    names = {deployed.text(one): template_stack().text(one) for one in resources}
    return Statement.of({**statement, "Resource": list(names)}, names)


def granted() -> set[Permission]:
    """Every permission of every role of a function."""
    functions = template_stack().of_type("AWS::Lambda::Function")
    return {
        permission
        for function in functions
        for permission in read_policy(role_of(function)).granted()
    }


def needed_by_lambda() -> dict[tuple[str, str, str], str]:
    """What Lambda itself needs of a role: role, action and resource, with the reason."""
    stack = template_stack()
    needed = {
        (
            role_of(target(mapping["FunctionName"])),
            action,
            stack.text(mapping["EventSourceArn"]),
        ): POLLER
        for mapping in stack.of_type("AWS::Lambda::EventSourceMapping").values()
        for action in ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes")
    }
    for function, properties in stack.of_type("AWS::Lambda::Function").items():
        group = f"{target(properties['LoggingConfig']['LogGroup'])}.Arn"
        for action in ("logs:CreateLogStream", "logs:PutLogEvents"):
            needed[role_of(function), action, group] = LOGS
        for action in ("xray:PutTraceSegments", "xray:PutTelemetryRecords"):
            needed[role_of(function), action, "*"] = TRACES
    return needed
