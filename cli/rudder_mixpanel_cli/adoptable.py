"""The resources that outlive a stack, by their names in the template."""

from typing import Final

QUEUE: Final = "AWS::SQS::Queue"
TABLE: Final = "AWS::DynamoDB::Table"
SECRET: Final = "AWS::SecretsManager::Secret"  # noqa: S105 - a type
LOG_GROUP: Final = "AWS::Logs::LogGroup"
PARAMETER: Final = "AWS::SSM::Parameter"

# Those that a stack adopts by the parameter `Adopt` and the name.
ADOPTABLE: Final = {
    "EventsQueue": QUEUE,
    "EventsDeadLetterQueue": QUEUE,
    "RejectedQueue": QUEUE,
    "DeletionsQueue": QUEUE,
    "DeletionsDeadLetterQueue": QUEUE,
    "UndeliveredByEventBridgeQueue": QUEUE,
    "Ledger": TABLE,
    "Profiles": TABLE,
    "Suppressions": TABLE,
    "Regulations": TABLE,
    "SuppressionKey": SECRET,
    "DeliveryCredentials": SECRET,
    "DeletionCredentials": SECRET,
    "WebhookTokens": SECRET,
    "WriteKeys": SECRET,
}
ADOPT: Final = "Adopt"


def adopted_by(parameters: dict[str, str]) -> dict[str, str]:
    """The names or ARNs that a stack with these parameters adopts, by name in the template."""
    return {
        name: value for name in ADOPTABLE if (value := parameters.get(f"{ADOPT}{name}", "").strip())
    }
