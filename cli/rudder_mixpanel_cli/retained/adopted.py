"""Checks that what the stack has adopted is as what it would have made."""

from collections.abc import Iterator
from typing import Final

from rudder_mixpanel_cli.adoptable import QUEUE, TABLE
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok, warning
from rudder_mixpanel_cli.retained.resource import RESOURCE_TAG, TAG
from rudder_mixpanel_cli.retained.search import names_of, tagged

EXPIRES: Final = frozenset({"Ledger", "Profiles"})
INDEXES: Final = {"Regulations": {"due", "made"}}
# The attributes of the template, as SQS spells them.
RETENTION: Final = {"MessageRetentionPeriod": "1209600", "SqsManagedSseEnabled": "true"}
ATTRIBUTES: Final = {
    "EventsQueue": {"VisibilityTimeout": "365", "MaximumMessageSize": "1040384"},
    "DeletionsQueue": {"VisibilityTimeout": "360"},
}
REDRIVEN: Final = frozenset({"EventsQueue", "DeletionsQueue"})


@check("adopted tags")
def check_adopted_tags(stack: DeployedStack) -> Iterator[Finding]:
    """Adopted queues, tables and secrets have this stack's tags, by which they are found later.

    Those of a stack of another name, and restored or copied ones, do not have them. Write them with
    the command that the line shows: `make deploy` looks for them before it creates a stack.
    """
    found = {(name, each.name) for each in tagged(stack) for name in names_of(each)}
    untagged = [
        name
        for name, each in stack.adopted.items()
        if (each.id.rpartition("/")[2] if each.type == QUEUE else each.id, name) not in found
    ]
    warnings = [warning(*tags_missing(stack, name)) for name in untagged]
    yield from warnings or [ok("None lacks them." if stack.adopted else "There are none.")]


def tags_missing(stack: DeployedStack, name: str) -> tuple[str, str]:
    """Say that an adopted resource lacks this stack's tags, and how to write them."""
    command = "aws resourcegroupstaggingapi tag-resources --resource-arn-list"
    tags = f"{TAG}={stack.name},{RESOURCE_TAG}={name}"
    return (
        f"{name} does not have the tags of this stack, and is not found when it is removed.",
        f"{command} {arn_of(stack, name)} --tags {tags}",
    )


def arn_of(stack: DeployedStack, name: str) -> str:
    """The ARN of an adopted resource, in the account and the region of the stack."""
    adopted = stack.adopted[name]
    partition, _, region, account = stack.description["StackId"].split(":")[1:5]
    if adopted.type == QUEUE:
        return f"arn:{partition}:sqs:{region}:{account}:{adopted.id.rpartition('/')[2]}"
    if adopted.type == TABLE:
        return f"arn:{partition}:dynamodb:{region}:{account}:table/{adopted.id}"
    return adopted.id


@check("adopted tables")
def check_adopted_tables(stack: DeployedStack) -> Iterator[Finding]:
    """Adopted tables have what the stack's own have: recovery, expiry and indexes.

    A restored table has none of it; see [backup.md](backup.md#restore-a-table).
    """
    tables = {name: each.id for name, each in stack.adopted.items() if each.type == TABLE}
    lacking = [finding for name, table in tables.items() for finding in lacks(stack, name, table)]
    yield from lacking or [ok("None lacks anything." if tables else "There are none.")]


def lacks(stack: DeployedStack, name: str, table: str) -> Iterator[Finding]:
    """What an adopted table lacks."""
    client = stack.client("dynamodb")
    described = client.describe_table(TableName=table)["Table"]
    indexes = {index["IndexName"] for index in described.get("GlobalSecondaryIndexes", [])}
    if missing := INDEXES.get(name, set()) - indexes:
        text = f"The table {table} lacks the indexes {', '.join(sorted(missing))}."
        yield failure(text, "Restore it again, with its indexes.")
    backups = client.describe_continuous_backups(TableName=table)["ContinuousBackupsDescription"]
    recovery = backups.get("PointInTimeRecoveryDescription", {})
    if recovery.get("PointInTimeRecoveryStatus") != "ENABLED":
        yield warning(
            f"The table {table} has no point-in-time recovery.",
            f"aws dynamodb update-continuous-backups --table-name {table} "
            "--point-in-time-recovery-specification PointInTimeRecoveryEnabled=true",
        )
    expiry = client.describe_time_to_live(TableName=table)["TimeToLiveDescription"]
    if name in EXPIRES and expiry.get("TimeToLiveStatus") not in {"ENABLED", "ENABLING"}:
        yield warning(
            f"The entries of the table {table} do not expire.",
            f"aws dynamodb update-time-to-live --table-name {table} "
            "--time-to-live-specification Enabled=true,AttributeName=expires_at",
        )


@check("adopted queues")
def check_adopted_queues(stack: DeployedStack) -> Iterator[Finding]:
    """Adopted queues are as the stack's own: encrypted, with 14 days of retention, and visibility.

    Set the attribute that the line names.
    """
    queues = {name: each.id for name, each in stack.adopted.items() if each.type == QUEUE}
    others = [finding for name, url in queues.items() for finding in differs(stack, name, url)]
    yield from others or [ok("None differs." if queues else "There are none.")]


def differs(stack: DeployedStack, name: str, url: str) -> Iterator[Finding]:
    """In what an adopted queue differs from the template."""
    sqs = stack.client("sqs")
    attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    queue = url.rpartition("/")[2]
    for attribute, value in (RETENTION | ATTRIBUTES.get(name, {})).items():
        if attributes.get(attribute, "").lower() != value:
            yield warning(
                f"The queue {queue} has {attribute} {attributes.get(attribute)}, and needs "
                f"{value}.",
                f"aws sqs set-queue-attributes --queue-url {url} --attributes {attribute}={value}",
            )
    dead = (
        stack.resources[f"{name.removesuffix('Queue')}DeadLetterQueue"]
        if name in REDRIVEN
        else None
    )
    if dead and f":{dead.id.rpartition('/')[2]}" not in attributes.get("RedrivePolicy", ""):
        text = f"The queue {queue} does not use the adopted dead-letter queue."
        yield failure(
            text, f"Set its RedrivePolicy: aws sqs set-queue-attributes --queue-url {url}"
        )
