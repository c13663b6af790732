"""Suppressed users in DynamoDB: what the table says, and what it means when it does not answer."""

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
    """Suppress these."""
    for one in identifiers:
        item = {"id": {"S": pseudonym(KEY, one)}, "holders": {"SS": ["regulation"]}}
        dynamodb.put_item(TableName="suppressions", Item=item)


def test_held_is_suppressed(table: Any) -> None:
    """And nobody else."""
    hold(table, "user-1")
    found = DynamoSuppressionLookup(table, "suppressions", KEY).look_up(["user-1", "user-2"])
    assert found == {"user-1": {"regulation"}, "user-2": set()}


def test_more_than_one_call_are_looked_up(table: Any) -> None:
    """A batch of thousands of users takes many calls of a hundred."""
    everybody = [f"user-{index}" for index in range(350)]
    hold(table, *everybody[::50])
    found = DynamoSuppressionLookup(table, "suppressions", KEY).look_up(everybody)
    assert [one for one, held in found.items() if held] == everybody[::50]


def test_events_are_counted_by_regulation(table: Any) -> None:
    """Where its report finds them."""
    suppressions = DynamoSuppressionLookup(table, "suppressions", KEY)
    suppressions.count({"regulation": 2}, 1_000, plenty_of_time)
    suppressions.count({"regulation": 1, "other": 1}, 2_000, plenty_of_time)
    holders = DynamoSuppressionStore(table, "suppressions")
    found = [(one.events, one.last_event_at) for one in map(holders.get, ("regulation", "other"))]
    assert found == [(3, 2_000), (1, 2_000)]


def stubbed(*answers: dict[str, Any] | str) -> DynamoSuppressionLookup:
    """A table that gives these answers, or fails with these codes."""
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


def put_off(*identifiers: str) -> dict[str, Any]:
    """An answer that says nothing about these yet."""
    keys = [key_of(one) for one in identifiers]
    return {"Responses": {}, "UnprocessedKeys": {"suppressions": {"Keys": keys}}}


def test_what_was_put_off_is_asked_again() -> None:
    """DynamoDB may answer in part."""
    held = {"suppressions": [key_of("user-1") | {"holders": {"SS": ["regulation"]}}]}
    suppressions = stubbed(put_off("user-1"), {"Responses": held})
    assert suppressions.look_up(["user-1"]) == {"user-1": {"regulation"}}


def test_what_is_put_off_for_ever_is_unknown() -> None:
    """The others are known."""
    suppressions = stubbed(*[put_off("user-1")] * 4)
    assert suppressions.look_up(["user-1", "user-2"]) == {"user-2": set()}


@pytest.mark.parametrize("code", ["AccessDeniedException", "InternalServerError"])
def test_table_that_fails_says_nothing(code: str) -> None:
    """Neither suppressed nor free."""
    assert stubbed(code).look_up(["user-1"]) == {}


def test_pseudonym_tells_nothing_without_the_key() -> None:
    """Another key makes another one; blanks and the prefix of devices do not."""
    same = {pseudonym(KEY, one) for one in ("a", " a ", "$device:a")}
    assert (len(same), pseudonym(b"other", "a") in same) == (1, False)
