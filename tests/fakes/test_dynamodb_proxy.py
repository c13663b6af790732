"""The proxy passes calls on, and fails as planned, so that the SDK sees DynamoDB's errors."""

from collections.abc import Iterator
from typing import Any

import boto3
import httpx
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError
from moto.server import ThreadedMotoServer

from tests.fakes.dynamodb import create_table
from tests.fakes.dynamodb_proxy import DynamoDbProxy

ITEM: Any = {"id": {"S": "one"}}


@pytest.fixture
def proxy() -> Iterator[DynamoDbProxy]:
    """A proxy in front of DynamoDB with an empty table."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    httpx.post(f"http://{host}:{port}/moto-api/reset", trust_env=False)
    with DynamoDbProxy(f"http://{host}:{port}") as proxy:
        yield proxy
    server.stop()


def client(proxy: DynamoDbProxy, attempts: int) -> Any:
    """A client that makes this many attempts, and the table."""
    config = Config(retries={"mode": "standard", "total_max_attempts": attempts})
    dynamodb = boto3.client("dynamodb", endpoint_url=proxy.url, config=config)
    create_table(dynamodb, "table")
    return dynamodb


def count(dynamodb: Any) -> int:
    """How many items the table has."""
    items: int = dynamodb.scan(TableName="table")["Count"]
    return items


@pytest.mark.parametrize(
    ("failure", "code", "items"),
    [
        ("lost", "InternalServerError", 1),
        ("throttled", "ProvisionedThroughputExceededException", 0),
    ],
)
def test_planned_failure_has_its_effect_and_its_code(
    proxy: DynamoDbProxy, failure: str, code: str, items: int
) -> None:
    """A lost call is done, a throttled one is not."""
    dynamodb = client(proxy, attempts=1)
    proxy.failures["PutItem"].append(failure)
    with pytest.raises(ClientError, match=code):
        dynamodb.put_item(TableName="table", Item=ITEM)
    assert count(dynamodb) == items


def test_sdk_reports_the_error_of_its_last_attempt(proxy: DynamoDbProxy) -> None:
    """Nothing in it shows that the first attempt had its effect."""
    dynamodb = client(proxy, attempts=2)
    proxy.failures["PutItem"] += ["lost", "throttled"]
    with pytest.raises(ClientError) as raised:
        dynamodb.put_item(TableName="table", Item=ITEM)
    metadata = raised.value.response["ResponseMetadata"]
    assert (metadata["HTTPStatusCode"], metadata["RetryAttempts"], count(dynamodb)) == (400, 1, 1)


def test_calls_without_a_plan_are_passed_on(proxy: DynamoDbProxy) -> None:
    """Each is listed with its failure, if any."""
    client(proxy, attempts=1).put_item(TableName="table", Item=ITEM)
    assert proxy.calls == [("CreateTable", ""), ("PutItem", "")]
