"""What each command does in AWS: the permissions of who runs it.

docs/permissions.md prints policies from here, and tests refuse everything else to each command.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final, NamedTuple


class Need(NamedTuple):
    """Actions on resources; `sid` names them in a policy, `resources` are ARNs, or `*` for all."""

    sid: str
    actions: tuple[str, ...]
    resources: tuple[str, ...] = ("*",)


def of(service: str, name: str) -> tuple[str, ...]:
    """The ARN of resources in the account and the region."""
    return (f"arn:aws:{service}:${{Region}}:${{Account}}:{name}",)


STACK: Final = of("cloudformation", "stack/${Stack}/*")
QUEUES: Final = of("sqs", "${Stack}-*")
TABLES: Final = of("dynamodb", "table/${Stack}-*")
SECRETS: Final = of("secretsmanager", "secret:rudder-mixpanel/${Stack}/*")
SETTINGS_PARAMETER: Final = of("ssm", "parameter/rudder-mixpanel/${Stack}/destination-settings")
LOG_GROUPS: Final = of("logs", "log-group:${Stack}-*")
FUNCTIONS: Final = of("lambda", "function:${Stack}-*")

DESCRIBE: Final = Need("DescribeStack", ("cloudformation:DescribeStacks",), STACK)
LIST: Final = Need("ListStackResources", ("cloudformation:ListStackResources",), STACK)
READ_SETTINGS: Final = Need("ReadSettings", ("ssm:GetParameter",), SETTINGS_PARAMETER)
READ_SECRETS: Final = Need("ReadSecrets", ("secretsmanager:GetSecretValue",), SECRETS)
COUNT_MESSAGES: Final = Need("CountMessages", ("sqs:GetQueueAttributes",), QUEUES)
# A message that was received is hidden until its visibility is changed back.
RECEIVE: Final = Need("Receive", ("sqs:ReceiveMessage", "sqs:ChangeMessageVisibility"), QUEUES)
SEND: Final = Need("Send", ("sqs:SendMessage",), QUEUES)
DELETE: Final = Need("DeleteMessages", ("sqs:DeleteMessage",), QUEUES)
FIND_QUEUES: Final = Need("FindQueues", ("sqs:GetQueueUrl",), QUEUES)
READ_LOGS: Final = Need("ReadLogs", ("logs:FilterLogEvents",), LOG_GROUPS)
READ_AGES: Final = Need("ReadAges", ("cloudwatch:GetMetricStatistics",))
DESCRIBE_LOGS: Final = Need("DescribeLogs", ("logs:DescribeLogGroups",))
READ_FUNCTIONS: Final = Need("ReadFunctions", ("lambda:GetFunctionConfiguration",), FUNCTIONS)
# The project that a stack delivers to, and a service account of it
READ_EXPORT: Final = (DESCRIBE, READ_SETTINGS, READ_SECRETS, READ_FUNCTIONS)
LIST_OBJECTS: Final = Need("ListObjects", ("s3:ListBucket",), ("arn:aws:s3:::${Bucket}",))
READ_OBJECTS: Final = Need("ReadObjects", ("s3:GetObject",), ("arn:aws:s3:::${Bucket}/*",))
LOOK_AT_QUEUE: Final = (DESCRIBE, COUNT_MESSAGES, RECEIVE)
FOLLOW_EVENTS: Final = (DESCRIBE, COUNT_MESSAGES, RECEIVE, READ_LOGS, READ_AGES)

DIAGNOSE: Final = (
    READ_FUNCTIONS,
    Need("ReadConcurrency", ("lambda:GetFunctionConcurrency",), FUNCTIONS),
    Need(
        "ReadEventSources",
        ("lambda:GetEventSourceMapping",),
        of("lambda", "event-source-mapping:*"),
    ),
    Need("ReadAccountLimits", ("lambda:GetAccountSettings",)),
    Need("ReadRules", ("events:DescribeRule",), of("events", "rule/*${Stack}-*")),
    Need(
        "ReadAdoptedTables",
        ("dynamodb:DescribeContinuousBackups", "dynamodb:DescribeTimeToLive"),
        TABLES,
    ),
    Need("ReadStages", ("apigateway:GET",), ("arn:aws:apigateway:${Region}::/restapis/*/stages",)),
    Need("ReadSubscriptions", ("sns:ListSubscriptionsByTopic",), of("sns", "${Stack}-*")),
    Need("ReadMetrics", ("cloudwatch:GetMetricData", "cloudwatch:DescribeAlarms")),
)
FIND_RETAINED: Final = (
    LIST,
    Need("FindStacks", ("cloudformation:DescribeStacks", "cloudformation:ListStacks")),
    Need("FindByTag", ("tag:GetResources",)),
    DESCRIBE_LOGS,
    Need("ReadTables", ("dynamodb:DescribeTable", "dynamodb:GetItem", "dynamodb:Scan"), TABLES),
    Need("DescribeSecrets", ("secretsmanager:DescribeSecret",), SECRETS),
    READ_SECRETS,
    READ_SETTINGS,
    COUNT_MESSAGES,
    FIND_QUEUES,
)
DESTROY: Final = (
    Need("DestroyQueues", ("sqs:DeleteQueue",), QUEUES),
    Need("DestroyTables", ("dynamodb:UpdateTable", "dynamodb:DeleteTable"), TABLES),
    Need("DestroySecrets", ("secretsmanager:DeleteSecret",), SECRETS),
    Need("DestroyLogs", ("logs:DeleteLogGroup",), LOG_GROUPS),
    Need("DestroySettings", ("ssm:DeleteParameter",), SETTINGS_PARAMETER),
)

# Commands that change nothing. Those that are in neither table use no AWS.
LOOKING: Final[Mapping[str, tuple[Need, ...]]] = {
    "doctor": (DESCRIBE, COUNT_MESSAGES, READ_LOGS, *FIND_RETAINED, *DIAGNOSE),
    "preview": (DESCRIBE, READ_SETTINGS, READ_SECRETS),
    "where": FOLLOW_EVENTS,
    "reconcile": (*READ_EXPORT, READ_LOGS, DESCRIBE_LOGS),
    "compare": READ_EXPORT,
    "retained": FIND_RETAINED,
    "rejected list": LOOK_AT_QUEUE,
    "rejected show": LOOK_AT_QUEUE,
    "dead list": LOOK_AT_QUEUE,
    "dead show": LOOK_AT_QUEUE,
    "regulation list": (DESCRIBE,),
    "regulation show": (DESCRIBE,),
    "regulation report": (DESCRIBE,),
}
ACTING: Final[Mapping[str, tuple[Need, ...]]] = {
    "setup": (
        DESCRIBE,
        READ_SETTINGS,
        READ_SECRETS,
        Need("WriteSettings", ("ssm:PutParameter",), SETTINGS_PARAMETER),
        Need("WriteSecrets", ("secretsmanager:PutSecretValue",), SECRETS),
    ),
    "doctor --send": (RECEIVE, READ_AGES, SEND),
    "send": (*FOLLOW_EVENTS, SEND),
    "backfill": (
        DESCRIBE,
        READ_SETTINGS,
        READ_SECRETS,
        COUNT_MESSAGES,
        SEND,
        LIST_OBJECTS,
        READ_OBJECTS,
    ),
    "rejected replay": (*LOOK_AT_QUEUE, SEND, DELETE),
    "rejected delete": (*LOOK_AT_QUEUE, DELETE),
    "dead replay": (*LOOK_AT_QUEUE, SEND, DELETE),
    "dead delete": (*LOOK_AT_QUEUE, DELETE),
    "regulation create": (DESCRIBE, READ_SETTINGS),
    "regulation cancel": (DESCRIBE,),
    "retained --destroy": DESTROY,
}


def needs_of(words: list[str]) -> tuple[Need, ...]:
    """What a command line needs: that of its command, and of each option that needs more."""
    return tuple(
        need
        for command, needs in {**LOOKING, **ACTING}.items()
        if is_part_of(command.split(), words)
        for need in needs
    )


def is_part_of(command: list[str], words: list[str]) -> bool:
    """Whether words begin with the names of a command, and contain its option."""
    names = [name for name in command if not name.startswith("-")]
    return words[: len(names)] == names and set(command) <= set(words)


def policy_document(
    needs: Iterable[Need], *, stack: str, account: str, region: str, bucket: str = "BUCKET"
) -> dict[str, Any]:
    """A policy of IAM for a stack; each need is in it once."""
    values = {
        "${Stack}": stack,
        "${Account}": account,
        "${Region}": region,
        "${Bucket}": bucket,
    }
    return {
        "Version": "2012-10-17",
        "Statement": [statement(need, values) for need in dict.fromkeys(needs)],
    }


def statement(need: Need, values: Mapping[str, str]) -> dict[str, Any]:
    """A statement of a policy."""
    return {
        "Sid": need.sid,
        "Effect": "Allow",
        "Action": list(need.actions),
        "Resource": [replaced(resource, values) for resource in need.resources],
    }


def replaced(text: str, values: Mapping[str, str]) -> str:
    """A text with every name replaced by its value."""
    for name, value in values.items():
        text = text.replace(name, value)
    return text
