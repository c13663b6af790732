"""Destroys what removed stacks have left."""

from typing import Final

from botocore.exceptions import ClientError

from rudder_mixpanel_cli.adoptable import LOG_GROUP, PARAMETER, QUEUE, SECRET, TABLE
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.retained.resource import Retained

# Days in which a secret can be restored: the shortest that AWS allows.
RECOVERY_DAYS: Final = 7


def destroy(stack: DeployedStack, resource: Retained) -> str:
    """Delete a resource; the text says what AWS refused, and is empty when it is deleted."""
    deletions = {
        QUEUE: destroy_queue,
        TABLE: destroy_table,
        SECRET: destroy_secret,
        LOG_GROUP: destroy_log_group,
        PARAMETER: destroy_parameter,
    }
    try:
        deletions[resource.type](stack, resource)
    except ClientError as error:
        return str(error.response["Error"].get("Message") or error.response["Error"]["Code"])
    return ""


def destroy_queue(stack: DeployedStack, queue: Retained) -> None:
    """Delete a queue with its messages."""
    sqs = stack.client("sqs")
    sqs.delete_queue(QueueUrl=sqs.get_queue_url(QueueName=queue.id)["QueueUrl"])


def destroy_table(stack: DeployedStack, table: Retained) -> None:
    """Lift the protection of a table, and delete it."""
    client = stack.client("dynamodb")
    if client.describe_table(TableName=table.id)["Table"].get("DeletionProtectionEnabled"):
        client.update_table(TableName=table.id, DeletionProtectionEnabled=False)
        client.get_waiter("table_exists").wait(TableName=table.id)
    client.delete_table(TableName=table.id)


def destroy_secret(stack: DeployedStack, secret: Retained) -> None:
    """Have a secret deleted in a week; until then, it can be restored."""
    client = stack.client("secretsmanager")
    client.delete_secret(SecretId=secret.id, RecoveryWindowInDays=RECOVERY_DAYS)


def destroy_log_group(stack: DeployedStack, group: Retained) -> None:
    """Delete a log group."""
    stack.client("logs").delete_log_group(logGroupName=group.id)


def destroy_parameter(stack: DeployedStack, parameter: Retained) -> None:
    """Delete the settings."""
    stack.client("ssm").delete_parameter(Name=parameter.id)
