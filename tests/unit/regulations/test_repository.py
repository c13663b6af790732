"""Reads of regulations that DynamoDB answers in parts, or not at all."""

from collections.abc import Mapping
from typing import Any

import pytest

from rudder_mixpanel.errors import TableTooSlow
from rudder_mixpanel.regulations.repository import DynamoRegulationRepository
from tests.fakes.dynamodb import FakeTime

TABLE = "regulations"


class BusyDynamoDb:
    """A DynamoDB that leaves all keys but the first one unprocessed in each of its responses."""

    def __init__(self, *, stuck: bool = False) -> None:
        self.stuck = stuck
        self.requests = 0

    def batch_get_item(self, **request: Mapping[str, Any]) -> dict[str, Any]:
        """Read the first key, or none at all."""
        self.requests += 1
        keys = request["RequestItems"][TABLE]["Keys"]
        processed = 0 if self.stuck else 1
        items = [{**key, "chunk": {"S": "c"}} for key in keys[:processed]]
        left = {TABLE: {"Keys": keys[processed:]}} if keys[processed:] else {}
        return {"Responses": {TABLE: items}, "UnprocessedKeys": left}


def test_unprocessed_keys_are_read_again() -> None:
    """Until DynamoDB has processed all of them."""
    dynamodb: Any = BusyDynamoDb()
    repository = DynamoRegulationRepository(dynamodb, TABLE, FakeTime().backoff)
    entries = repository.entries(["ann", "bob", "cy"])
    assert (entries, dynamodb.requests) == (
        dict.fromkeys(["ann", "bob", "cy"], "c"),
        3,
    )


def test_table_that_processes_nothing_is_unavailable() -> None:
    """When the time is over; a caller may repeat the request."""
    dynamodb: Any = BusyDynamoDb(stuck=True)
    time = FakeTime(left=10_400)
    with pytest.raises(TableTooSlow, match="UnprocessedKeys"):
        DynamoRegulationRepository(dynamodb, TABLE, time.backoff).entries(["ann"])
    assert (dynamodb.requests, time.waits) == (4, [0.05, 0.1, 0.2])


class PagedDynamoDb:
    """A DynamoDB that returns one item of an index at a time."""

    def query(self, **request: Any) -> dict[str, Any]:
        """Return the item after the one where the request starts."""
        number = int(request.get("ExclusiveStartKey", {"id": {"S": "chunk#0"}})["id"]["S"][6:]) + 1
        key = {"id": {"S": f"chunk#{number}"}, "due_at": {"N": str(number * 100)}}
        return {"Items": [key], **({"LastEvaluatedKey": key} if number < 3 else {})}


def test_index_is_read_to_its_end() -> None:
    """DynamoDB returns up to 1 MB of it at once."""
    dynamodb: Any = PagedDynamoDb()
    repository = DynamoRegulationRepository(dynamodb, TABLE, FakeTime().backoff)
    assert repository.due_times() == {"1": 100, "2": 200, "3": 300}
