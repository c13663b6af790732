"""Looks suppressed users up for delivery: by identifier, a hundred at a time."""

import threading
from collections.abc import Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import batched
from typing import TYPE_CHECKING, Any, Final, Protocol

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.dynamodb import KEYS, read_batch
from rudder_mixpanel.aws.throttling import TableBackoff
from rudder_mixpanel.aws.time_limits import TimeLeft
from rudder_mixpanel.suppression.pseudonyms import (
    CHECK,
    CHECK_TEXT,
    WrongSuppressionKey,
    keyed_hash,
    pseudonym,
)

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

SIDE_BY_SIDE: Final = 16
# Milliseconds that one count, and after it the response to Lambda, may take.
TIME_TO_COUNT: Final = 15_000
NOBODY: Final[frozenset[str]] = frozenset()
# What is read of an item.
PROJECTION: Final = "id, holders, check_value"


class SuppressionLookup(Protocol):
    """What delivery needs of the table of suppressed users."""

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """The regulations that suppress each identifier; those that cannot be read are missing.

        Raises WrongSuppressionKey when the table was not begun with the key.
        """
        ...

    def count(self, suppressed: Mapping[str, int], at: int, time_left: TimeLeft) -> None:
        """Count for the reports how many events each regulation suppressed."""
        ...


class DynamoSuppressionLookup:
    """The suppressed users in DynamoDB, as one invocation looks them up by identifier."""

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, key: bytes, backoff: TableBackoff
    ) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.key = key
        self.backoff = backoff
        self.check = keyed_hash(key, CHECK_TEXT)

    def look_up(self, identifiers: Collection[str]) -> dict[str, frozenset[str]]:
        """Read in concurrent batches of a hundred, each with the check value.

        Raises WrongSuppressionKey when that is another key's.
        """
        names = {identifier: pseudonym(self.key, identifier) for identifier in identifiers}
        read = partial(self.read_names, threading.Event())
        batches = list(batched(dict.fromkeys(names.values()), KEYS - 1, strict=False))
        holders: dict[str, frozenset[str]] = {}
        if len(batches) == 1:
            holders = read(batches[0])
        elif batches:
            with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(batches))) as threads:
                for part in threads.map(read, batches):
                    holders |= part
        return {identifier: holders[name] for identifier, name in names.items() if name in holders}

    def read_names(
        self, unreachable: threading.Event, names: Sequence[str]
    ) -> dict[str, frozenset[str]]:
        """The regulations that hold each pseudonym; those that cannot be read are missing.

        Raises WrongSuppressionKey.
        """
        # A failed call takes seconds, so no further one is made by any thread.
        if unreachable.is_set():
            return {}
        try:
            items, unread = self.read(CHECK, *names)
            found = {item["id"]["S"]: item for item in items}
            if CHECK in unread:
                return {}
            self.verify(found)
        except (BotoCoreError, ClientError):
            unreachable.set()
            return {}
        return {name: holders_of(found.get(name)) for name in names if name not in {*unread}}

    def read(self, *ids: str) -> Any:
        """Items, and the ids of those that could not be read in time."""
        return read_batch(self.dynamodb, self.table, ids, self.backoff, PROJECTION)

    def verify(self, found: Mapping[str, Any]) -> None:
        """Raise WrongSuppressionKey unless the table was begun with the key, or holds nobody.

        A value that is missing beside a user may have been written between the two reads.
        """
        check = check_value_of(found.get(CHECK))
        if not check and found:
            items, _ = self.read(CHECK)
            check = check_value_of(items[0]) if items else ""
        if check != self.check and (check or found):
            raise WrongSuppressionKey

    def count(self, suppressed: Mapping[str, int], at: int, time_left: TimeLeft) -> None:
        """Add to the count of each regulation; stop when there is no time or no response."""
        for regulation, events in suppressed.items():
            if time_left() < TIME_TO_COUNT:
                return
            try:
                self.dynamodb.update_item(
                    TableName=self.table,
                    Key={"id": {"S": regulation}},
                    UpdateExpression="SET last_event_at = :at ADD events :events",
                    ExpressionAttributeValues={
                        ":at": {"N": str(at)},
                        ":events": {"N": str(events)},
                    },
                )
            except (BotoCoreError, ClientError):
                return


def holders_of(item: Any) -> frozenset[str]:
    """The regulations that suppress the identifier of an item; none without an item."""
    return frozenset(item.get("holders", {}).get("SS", ())) if item else NOBODY


def check_value_of(item: Any) -> str:
    """The check value in an item; empty without one."""
    value: str = item.get("check_value", {}).get("S", "") if item else ""
    return value
