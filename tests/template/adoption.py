"""The parameters that adopt resources, each with a resource that another stack has left."""

from typing import Final

ACCOUNT: Final = "123456789012"
REGION: Final = "eu-central-1"
EVERYTHING: Final = {
    "AlarmEmail": "on-call@example.com",
    "EventBusName": "rudderstack",
    "ReceiveEvents": "yes",
}
QUEUES: Final = {
    "EventsQueue": "old-events",
    "EventsDeadLetterQueue": "old-dead-events",
    "RejectedQueue": "old-rejected",
    "DeletionsQueue": "old-deletions.fifo",
    "DeletionsDeadLetterQueue": "old-dead-deletions.fifo",
    "UndeliveredByEventBridgeQueue": "old-undelivered",
}
TABLES: Final = {
    "Ledger": "old-ledger",
    "Profiles": "old-profiles",
    "Suppressions": "old-suppressions",
    "Regulations": "old-regulations",
}
SECRETS: Final = {
    name: f"arn:aws:secretsmanager:{REGION}:{ACCOUNT}:secret:old/{name}-a1B2c3"
    for name in (
        "SuppressionKey",
        "DeliveryCredentials",
        "DeletionCredentials",
        "WebhookTokens",
        "WriteKeys",
    )
}
ADOPTED: Final = {f"Adopt{name}": value for name, value in (QUEUES | TABLES | SECRETS).items()}


def arn(name: str) -> str:
    """The ARN of an old resource, by the name in the template of what it replaces."""
    if name in QUEUES:
        return f"arn:aws:sqs:{REGION}:{ACCOUNT}:{QUEUES[name]}"
    if name in TABLES:
        return f"arn:aws:dynamodb:{REGION}:{ACCOUNT}:table/{TABLES[name]}"
    return SECRETS[name]
