"""Adoption: a parameter puts an existing resource in the place of one of the stack."""

import json
import re
from typing import Any

import pytest

from rudder_mixpanel_cli.retained.adopted import ATTRIBUTES, EXPIRES, INDEXES, REDRIVEN, RETENTION
from tests.template.adoption import ADOPTED, EVERYTHING, QUEUES, SECRETS, TABLES, arn
from tests.template.references import referenced
from tests.template.stack import PSEUDO_PARAMETERS, Stack, texts

# Each alone, and all at once
SETTINGS = [*({name: value} for name, value in ADOPTED.items()), ADOPTED]
ENVIRONMENT = {
    "EVENTS_QUEUE_URL": "EventsQueue",
    "REJECTED_QUEUE_URL": "RejectedQueue",
    "DELETIONS_QUEUE_URL": "DeletionsQueue",
    "LEDGER_TABLE": "Ledger",
    "PROFILES_TABLE": "Profiles",
    "SUPPRESSIONS_TABLE": "Suppressions",
    "REGULATIONS_TABLE": "Regulations",
    "SUPPRESSION_KEY_SECRET": "SuppressionKey",
    "DELIVERY_CREDENTIALS_SECRET": "DeliveryCredentials",
    "DELETION_CREDENTIALS_SECRET": "DeletionCredentials",
    "WEBHOOK_TOKENS_SECRET": "WebhookTokens",
    "WRITE_KEYS_SECRET": "WriteKeys",
}


@pytest.fixture(
    params=SETTINGS, ids=lambda setting: next(iter(setting)) if len(setting) == 1 else "all"
)
def adopting(expanded: dict[str, Any], request: pytest.FixtureRequest) -> Stack:
    """A stack with all optional parts that adopts one resource, or all."""
    return Stack(expanded, EVERYTHING | request.param)


def test_nothing_refers_to_a_resource_that_is_not_created(
    expanded: dict[str, Any], adopting: Stack
) -> None:
    """Neither a resource nor an output names what the stack does not have."""
    known = {*adopting.resources, *expanded["Parameters"], *PSEUDO_PARAMETERS, "AWS::StackId"}
    assert referenced([adopting.resources, adopting.outputs]) - known == set()


def test_what_is_adopted_is_not_created(expanded: dict[str, Any]) -> None:
    """Every retained resource can be adopted, except for logs."""
    created = Stack(expanded, EVERYTHING).resources.keys()
    assert created - Stack(expanded, EVERYTHING | ADOPTED).resources.keys() == {
        *(QUEUES | TABLES | SECRETS)
    }


def test_every_function_uses_what_is_adopted(expanded: dict[str, Any]) -> None:
    """Its variables name exactly the adopted queues, tables and secrets."""
    stack = Stack(expanded, EVERYTHING | ADOPTED)
    actual = {
        variable: stack.text(value)
        for function in stack.of_type("AWS::Lambda::Function").values()
        for variable, value in function["Environment"]["Variables"].items()
        if variable in ENVIRONMENT
    }
    url = "https://sqs.eu-central-1.amazonaws.com/123456789012/"
    names = {name: url + queue for name, queue in QUEUES.items()} | TABLES | SECRETS
    assert actual == {variable: names[name] for variable, name in ENVIRONMENT.items()}


def permitted(stack: Stack) -> set[tuple[str, str, str]]:
    """Role, Sid and resource of each statement about what can be adopted."""
    return {
        (role, statement["Sid"], arn_of(stack, statement["Resource"]))
        for role, properties in stack.of_type("AWS::IAM::Role").items()
        for policy in properties["Policies"]
        for statement in policy["PolicyDocument"]["Statement"]
        if not {"ssm:GetParameter", "logs:PutLogEvents", "xray:PutTraceSegments"}
        & set(texts(statement["Action"]))
    }


def arn_of(stack: Stack, resource: Any) -> str:
    """An ARN as IAM gets it, when the stack's own resources have those of the old ones."""
    text = stack.text(resource)
    name, dot, rest = text.partition(".Arn")
    own = name in QUEUES | TABLES | SECRETS
    return f"{arn(name)}{rest}" if own and (dot or name in SECRETS) else text


def test_every_role_may_use_what_is_adopted(expanded: dict[str, Any]) -> None:
    """With the same statements, on the adopted resources and on the indexes of tables."""
    own, adopted = (Stack(expanded, EVERYTHING | each) for each in ({}, ADOPTED))
    assert permitted(adopted) == permitted(own)


def test_adopted_queues_start_the_functions(expanded: dict[str, Any]) -> None:
    """The event sources are the adopted queues."""
    stack = Stack(expanded, EVERYTHING | ADOPTED)
    mappings = stack.of_type("AWS::Lambda::EventSourceMapping").values()
    sources = {stack.text(mapping["EventSourceArn"]) for mapping in mappings}
    assert sources == {arn("EventsQueue"), arn("DeletionsQueue")}


def test_own_queue_uses_an_adopted_dead_letter_queue(expanded: dict[str, Any]) -> None:
    """A new queue's messages end up in the adopted one."""
    dead = {"AdoptEventsDeadLetterQueue": ADOPTED["AdoptEventsDeadLetterQueue"]}
    stack = Stack(expanded, dead)
    redrive = stack.of_type("AWS::SQS::Queue")["EventsQueue"]["RedrivePolicy"]
    assert stack.text(redrive["deadLetterTargetArn"]) == arn("EventsDeadLetterQueue")


@pytest.mark.parametrize("name", ADOPTED)
def test_parameter_accepts_what_fits(template: dict[str, Any], name: str) -> None:
    """The name of a queue or table, or the whole ARN of a secret."""
    pattern = template["Parameters"][name]["AllowedPattern"]
    matches = [bool(re.fullmatch(pattern, value)) for value in ("", ADOPTED[name])]
    assert matches == [True, True]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("AdoptEventsQueue", "old-deletions.fifo"),
        ("AdoptEventsQueue", "https://sqs.eu-central-1.amazonaws.com/123456789012/old-events"),
        ("AdoptDeletionsQueue", "old-events"),
        ("AdoptSuppressions", "arn:aws:dynamodb:eu-central-1:123456789012:table/old"),
        ("AdoptSuppressions", "*"),
        ("AdoptSuppressionKey", "old/SuppressionKey"),
        ("AdoptSuppressionKey", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:*"),
        ("AdoptSuppressionKey", "arn:aws:secretsmanager:eu-central-1:123456789012:secret:old"),
    ],
)
def test_parameter_rejects_what_does_not_fit(
    template: dict[str, Any], name: str, value: str
) -> None:
    """Nothing that IAM would read as more than one resource, and no name of another kind."""
    assert re.fullmatch(template["Parameters"][name]["AllowedPattern"], value) is None


@pytest.mark.parametrize(
    ("parameter", "needs"),
    [
        ("AdoptSuppressions", "AdoptSuppressionKey"),
        ("AdoptSuppressionKey", "AdoptSuppressions"),
        ("AdoptEventsQueue", "AdoptEventsDeadLetterQueue"),
        ("AdoptDeletionsQueue", "AdoptDeletionsDeadLetterQueue"),
    ],
)
def test_what_belongs_together_is_adopted_together(
    template: dict[str, Any], parameter: str, needs: str
) -> None:
    """A rule refuses a deployment with one of them alone."""

    def given(name: str) -> dict[str, Any]:
        return {"Fn::Not": [{"Fn::Equals": [{"Ref": name}, ""]}]}

    rules = [
        (rule["RuleCondition"], [each["Assert"] for each in rule["Assertions"]])
        for rule in template["Rules"].values()
    ]
    assert (given(parameter), [given(needs)]) in rules


def test_doctor_expects_of_adopted_queues_what_the_stack_gives_its_own(
    expanded: dict[str, Any],
) -> None:
    """Every attribute that the template sets, except for its redrive policy and name."""
    given = {
        name: {
            attribute: json.dumps(value)
            for attribute, value in queue.items()
            if attribute in RETENTION | ATTRIBUTES["EventsQueue"]
        }
        for name, queue in Stack(expanded, EVERYTHING).of_type("AWS::SQS::Queue").items()
        if name in QUEUES
    }
    assert given == {name: RETENTION | ATTRIBUTES.get(name, {}) for name in QUEUES}


def test_doctor_expects_dead_letter_queues_where_the_stack_has_them(
    expanded: dict[str, Any],
) -> None:
    """Those queues are redriven."""
    queues = Stack(expanded, EVERYTHING).of_type("AWS::SQS::Queue")
    assert {name for name, queue in queues.items() if "RedrivePolicy" in queue} == REDRIVEN


def test_doctor_expects_indexes_and_expiry_where_the_stack_has_them(
    expanded: dict[str, Any],
) -> None:
    """Of adopted tables."""
    tables = Stack(expanded, EVERYTHING).of_type("AWS::DynamoDB::Table")
    indexes = {
        name: {index["IndexName"] for index in table["GlobalSecondaryIndexes"]}
        for name, table in tables.items()
        if "GlobalSecondaryIndexes" in table
    }
    expiring = {name for name, table in tables.items() if "TimeToLiveSpecification" in table}
    assert (indexes, expiring) == (INDEXES, set(EXPIRES))
