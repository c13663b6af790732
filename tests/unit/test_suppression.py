"""Suppressed users in DynamoDB, also when the table does not respond."""

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.stub import Stubber
from moto import mock_aws

from rudder_mixpanel.suppression import DynamoSuppressionLookup, DynamoSuppressionStore, pseudonym
from tests.fakes.delivery import plenty_of_time
from tests.fakes.dynamodb import create_table

KEY = b"k" * 64


@pytest.fixture
def table() -> Iterator[Any]:
    """A client of an account with an empty table."""
    with mock_aws():
        create_table(boto3.client("dynamodb"), "suppressions")
        yield boto3.client("dynamodb")


def hold(dynamodb: Any, *identifiers: str) -> None:
    """Suppress these identifiers."""
    for identifier in identifiers:
        item = {"id": {"S": pseudonym(KEY, identifier)}, "holders": {"SS": ["regulation"]}}
        dynamodb.put_item(TableName="suppressions", Item=item)


def test_held_user_is_suppressed(table: Any) -> None:
    """Other users are not."""
    hold(table, "user-1")
    held_by = DynamoSuppressionLookup(table, "suppressions", KEY).look_up(["user-1", "user-2"])
    assert held_by == {"user-1": {"regulation"}, "user-2": set()}


def test_more_users_than_fit_one_call_are_looked_up(table: Any) -> None:
    """A batch of thousands of users takes many calls of a hundred."""
    users = [f"user-{index}" for index in range(350)]
    hold(table, *users[::50])
    held_by = DynamoSuppressionLookup(table, "suppressions", KEY).look_up(users)
    assert [user for user, held in held_by.items() if held] == users[::50]


def test_events_are_counted_by_regulation(table: Any) -> None:
    """The report reads the count of its regulation."""
    suppressions = DynamoSuppressionLookup(table, "suppressions", KEY)
    suppressions.count({"regulation": 2}, 1_000, plenty_of_time)
    suppressions.count({"regulation": 1, "other": 1}, 2_000, plenty_of_time)
    holders = DynamoSuppressionStore(table, "suppressions")
    held_by = [
        (item.events, item.last_event_at) for item in map(holders.get, ("regulation", "other"))
    ]
    assert held_by == [(3, 2_000), (1, 2_000)]


def stubbed(*answers: dict[str, Any] | str) -> DynamoSuppressionLookup:
    """A table that returns these responses, or fails with these codes."""
    once = Config(retries={"total_max_attempts": 1})
    client = boto3.client("dynamodb", region_name="us-east-1", config=once)
    stubber = Stubber(client)
    for answer in answers:
        if isinstance(answer, str):
            stubber.add_client_error("batch_get_item", service_error_code=answer)
        else:
            stubber.add_response("batch_get_item", answer)
    stubber.activate()
    return DynamoSuppressionLookup(client, "suppressions", KEY)


def key_of(identifier: str) -> dict[str, Any]:
    """An item's key."""
    return {"id": {"S": pseudonym(KEY, identifier)}}


def unprocessed(*identifiers: str) -> dict[str, Any]:
    """A response that leaves these keys unprocessed."""
    keys = [key_of(identifier) for identifier in identifiers]
    return {"Responses": {}, "UnprocessedKeys": {"suppressions": {"Keys": keys}}}


def test_unprocessed_keys_are_read_again() -> None:
    """DynamoDB may process only a part of the keys."""
    held = {"suppressions": [key_of("user-1") | {"holders": {"SS": ["regulation"]}}]}
    suppressions = stubbed(unprocessed("user-1"), {"Responses": held})
    assert suppressions.look_up(["user-1"]) == {"user-1": {"regulation"}}


def test_user_whose_key_is_never_processed_is_unknown() -> None:
    """The other users are known."""
    suppressions = stubbed(*[unprocessed("user-1")] * 4)
    assert suppressions.look_up(["user-1", "user-2"]) == {"user-2": set()}


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_failing_table_leaves_users_unknown(code: str) -> None:
    """All users are unknown."""
    assert stubbed(code).look_up(["user-1"]) == {}


def test_pseudonym_depends_on_the_key() -> None:
    """It depends on the key, and not on blanks or the prefix of device ids."""
    pseudonyms = {pseudonym(KEY, item) for item in ("a", " a ", "$device:a")}
    assert (len(pseudonyms), pseudonym(b"other", "a") in pseudonyms) == (1, False)
