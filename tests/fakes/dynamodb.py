"""The stack's tables, created in moto, and the time in which they are asked again."""

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rudder_mixpanel.aws.throttling import TableBackoff
from tests.fakes.moto_statements import correct_statements

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_dynamodb.type_defs import GlobalSecondaryIndexTypeDef


@dataclass
class FakeTime:
    """The milliseconds that an invocation has left, of which only waits take some."""

    left: float = 60_000
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> int:
        """The milliseconds left."""
        return int(self.left)

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.waits.append(seconds)
        self.left -= 1000 * seconds

    @property
    def backoff(self) -> TableBackoff:
        """The longest waits, until the time for a call is left."""
        return TableBackoff(self, sleep=self.sleep, random=lambda: 1.0)


def create_table(dynamodb: "DynamoDBClient", name: str) -> str:
    """Create a table whose key is `id`, such as those of the ledger and of suppressions."""
    correct_statements()
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "S"}],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def create_regulations_table(dynamodb: "DynamoDBClient", name: str) -> str:
    """Create the table of regulations with its two indexes."""
    dynamodb.create_table(
        TableName=name,
        AttributeDefinitions=[
            {"AttributeName": "id", "AttributeType": "S"},
            {"AttributeName": "work", "AttributeType": "S"},
            {"AttributeName": "due_at", "AttributeType": "N"},
            {"AttributeName": "kept", "AttributeType": "S"},
            {"AttributeName": "made", "AttributeType": "S"},
        ],
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        GlobalSecondaryIndexes=[
            keys_only_index("due", "work", "due_at"),
            keys_only_index("made", "kept", "made"),
        ],
        BillingMode="PAY_PER_REQUEST",
    )
    return name


def keys_only_index(name: str, hash_key: str, range_key: str) -> "GlobalSecondaryIndexTypeDef":
    """An index that holds keys only."""
    return {
        "IndexName": name,
        "KeySchema": [
            {"AttributeName": hash_key, "KeyType": "HASH"},
            {"AttributeName": range_key, "KeyType": "RANGE"},
        ],
        "Projection": {"ProjectionType": "KEYS_ONLY"},
    }
