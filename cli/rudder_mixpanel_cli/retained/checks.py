"""Checks for what an earlier stack has left, and of the tables that this one has adopted."""

from collections import Counter
from collections.abc import Iterator
from typing import Final

from rudder_mixpanel_cli.adoptable import LOG_GROUP, QUEUE, SECRET, TABLE
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok, warning
from rudder_mixpanel_cli.retained.search import find_retained

WORDS: Final = {QUEUE: "queue", TABLE: "table", SECRET: "secret", LOG_GROUP: "log group"}
EXPIRES: Final = frozenset({"Ledger"})
INDEXES: Final = {"Regulations": {"due", "made"}}


@check("leftovers")
def check_leftovers(stack: DeployedStack) -> Iterator[Finding]:
    """No earlier stack of the same name has left queues, tables, secrets or log groups.

    `rudder-mixpanel retained` lists them. A queue may have events that were never delivered, and a
    table users who must stay suppressed, whom this stack does not know: see [backup.md](backup.md).
    A stack that uses a restored table gets a warning until the replaced one is removed.
    """
    left = find_retained(stack)
    advice = f"See which: rudder-mixpanel retained --stack {stack.name}."
    if tables := [resource.id for resource in left if resource.suppressions]:
        level = warning if "Suppressions" in stack.adopted else failure
        yield level(text_of_unused(tables), f"{advice} What to do: docs/backup.md.")
    elif left:
        counts = Counter(WORDS.get(resource.type, "parameter") for resource in left)
        texts = (f"{count} {word}{'s' * (count > 1)}" for word, count in counts.items())
        yield warning(f"An earlier stack of this name has left {', '.join(texts)}.", advice)
    else:
        yield ok("No earlier stack of this name has left anything.")


def text_of_unused(tables: list[str]) -> str:
    """Say what tables with suppressions that the stack does not use mean."""
    has = "The table {} has" if len(tables) == 1 else "The tables {} have"
    return (
        f"{has.format(', '.join(tables))} suppressions that this stack does not use. Unless its "
        "users are also in the table that it uses, their events are delivered."
    )


@check("adopted tables")
def check_adopted_tables(stack: DeployedStack) -> Iterator[Finding]:
    """Adopted tables have what the stack's own have: recovery, expiry and indexes.

    A restored table has none of it; see [backup.md](backup.md#restore-a-table).
    """
    tables = {name: each.id for name, each in stack.adopted.items() if each.type == TABLE}
    found = [finding for name, table in tables.items() for finding in lacks(stack, name, table)]
    yield from found or [ok("None lacks anything." if tables else "There are none.")]


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
    found = [finding for name, url in queues.items() for finding in differs(stack, name, url)]
    yield from found or [ok("None differs." if queues else "There are none.")]


# The attributes of the template, as SQS spells them.
RETENTION: Final = {"MessageRetentionPeriod": "1209600", "SqsManagedSseEnabled": "true"}
ATTRIBUTES: Final = {
    "EventsQueue": {"VisibilityTimeout": "365", "MaximumMessageSize": "1040384"},
    "DeletionsQueue": {"VisibilityTimeout": "360"},
}
REDRIVEN: Final = frozenset({"EventsQueue", "DeletionsQueue"})


def differs(stack: DeployedStack, name: str, url: str) -> Iterator[Finding]:
    """In what an adopted queue differs from the template."""
    sqs = stack.client("sqs")
    found = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["All"])["Attributes"]
    queue = url.rpartition("/")[2]
    for attribute, value in (RETENTION | ATTRIBUTES.get(name, {})).items():
        if found.get(attribute, "").lower() != value:
            yield warning(
                f"The queue {queue} has {attribute} {found.get(attribute)}, and needs {value}.",
                f"aws sqs set-queue-attributes --queue-url {url} --attributes {attribute}={value}",
            )
    dead = (
        stack.resources[f"{name.removesuffix('Queue')}DeadLetterQueue"]
        if name in REDRIVEN
        else None
    )
    if dead and f":{dead.id.rpartition('/')[2]}" not in found.get("RedrivePolicy", ""):
        text = f"The queue {queue} does not use the adopted dead-letter queue."
        yield failure(
            text, f"Set its RedrivePolicy: aws sqs set-queue-attributes --queue-url {url}"
        )
