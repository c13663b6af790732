"""The ledger of counters in DynamoDB."""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import batched
from typing import TYPE_CHECKING, Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.delivery.ledger import Claim, Claimant, ClaimState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The longest that an event can be under way: 14 days on the queue, 14 in the rejected queue, and
# the same again after a replay.
DAYS_REMEMBERED: Final = 60
SECONDS_A_DAY: Final = 86_400
# Limit of BatchWriteItem: https://docs.aws.amazon.com/amazondynamodb, "BatchWriteItem"
WRITES: Final = 25
# From this status on, an error is DynamoDB's own, and the write may have been done.
SERVER_ERROR: Final = 500
CONDITION_FAILED: Final = "ConditionalCheckFailedException"
# Concurrent calls, fewer than the connections of the client.
SIDE_BY_SIDE: Final = 8
# Attempts at writes that DynamoDB returns unprocessed.
ATTEMPTS: Final = 3
# Conditions: no entry; a claim past its deadline; an entry in doubt, by its age, which follows from
# when it expires; a claim of this invocation.
ABSENT: Final = "attribute_not_exists(id)"
OVERDUE: Final = "#state = :claimed AND deadline < :now"
DOUBTED_BEFORE: Final = f"expires_at < :old AND (#state = :unknown OR ({OVERDUE}))"
STILL_OURS: Final = "#owner = :me AND #state = :claimed"
# Milliseconds. An invocation that claims must have time to send and to settle, or the outcome is
# unknown.
TIME_FOR_A_CLAIM: Final = 35_000
# The same to settle; the calls to the queues come after it.
TIME_FOR_A_WRITE: Final = 12_000


class DynamoLedger:
    """The ledger as a table with one item for each counter, which expires by itself."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim each counter with a conditional write of its own, several concurrently.

        After the first write without a response no more are tried: the table is unreachable.
        """
        unreachable = threading.Event()

        def claim_in_time(claim: Claim) -> ClaimState:
            if unreachable.is_set() or by.time_left() < TIME_FOR_A_CLAIM:
                return ClaimState.UNREACHABLE
            return self.claim_one(claim, by, unreachable)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            return list(threads.map(claim_in_time, claims))

    def claim_one(self, claim: Claim, by: Claimant, unreachable: threading.Event) -> ClaimState:
        """Write a claim if there is no entry, and return the state of the counter."""
        try:
            self.put_claim(claim, by)
        except ClientError as error:
            if error.response["Error"]["Code"] == CONDITION_FAILED:
                entry = cast("Mapping[str, Any]", error.response.get("Item", {}))
                return self.existing_state(claim.key, entry, by)
            unreachable.set()
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= SERVER_ERROR:
                self.release(claim.key, by)
        except BotoCoreError:
            unreachable.set()
            # The claim may have been written, and its counter will not be sent.
            self.release(claim.key, by)
        else:
            return ClaimState.OURS
        return ClaimState.UNREACHABLE

    def put_claim(self, claim: Claim, by: Claimant) -> None:
        """Write a claim, unless there is an entry that forbids it."""
        item = self.item(claim.key, "claimed", by) | {"deadline": number_attribute(by.deadline)}
        if not claim.doubted_before:
            self.put(item, ABSENT, {})
            return
        old = claim.doubted_before + DAYS_REMEMBERED * SECONDS_A_DAY
        values = {**overdue_values(by), ":unknown": {"S": "unknown"}, ":old": number_attribute(old)}
        self.put(item, f"{ABSENT} OR ({DOUBTED_BEFORE})", values)

    def existing_state(self, key: str, entry: Mapping[str, Any], by: Claimant) -> ClaimState:
        """The state of a counter that has an entry; an overdue claim becomes unknown for good."""
        state = entry.get("state", {}).get("S")
        if state == "done":
            return ClaimState.DONE
        if state == "unknown":
            return ClaimState.UNKNOWN
        # The SDK repeats a write whose response it missed, and finds its own claim.
        if entry.get("owner", {}).get("S") == by.name:
            return ClaimState.OURS
        if int(entry.get("deadline", {}).get("N", "0")) >= by.now:
            return ClaimState.CLAIMED
        item = self.item(key, "unknown", by) | {"expires_at": entry["expires_at"]}
        try:
            self.put(item, OVERDUE, overdue_values(by))
        except (BotoCoreError, ClientError):
            return ClaimState.CLAIMED
        return ClaimState.UNKNOWN

    def put(self, item: dict[str, Any], condition: str, values: dict[str, Any]) -> None:
        """Write an item on a condition about the existing one."""
        names_and_values: Any = {
            "ExpressionAttributeNames": {
                name: name[1:] for name in ("#state", "#owner") if name in condition
            },
            "ExpressionAttributeValues": values,
        }
        self.dynamodb.put_item(
            TableName=self.table,
            Item=item,
            ConditionExpression=condition,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **(names_and_values if values else {}),
        )

    def item(self, key: str, state: str, by: Claimant) -> dict[str, Any]:
        """An entry as an item of DynamoDB."""
        return {
            "id": {"S": key},
            "state": {"S": state},
            "owner": {"S": by.name},
            "expires_at": number_attribute(by.now + DAYS_REMEMBERED * SECONDS_A_DAY),
        }

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Settle what this invocation has claimed.

        DONE is final whoever writes it, and is written in batches. The rest is written on the
        condition that the claim is still ours: a write that the SDK repeats must not undo what
        another invocation has done since. What cannot be written stays claimed, and is unknown
        after the deadline.
        """
        self.write_done([key for key, state in states.items() if state is ClaimState.DONE], by)
        writers = {ClaimState.UNKNOWN: self.mark_unknown, ClaimState.OURS: self.release}
        writes = [(key, writers[state]) for key, state in states.items() if state in writers]
        unreachable = threading.Event()

        def write_in_time(key: str, write: Callable[[str, Claimant], bool]) -> None:
            # A call without a response takes seconds, which the rest of the batch needs.
            if unreachable.is_set() or by.time_left() < TIME_FOR_A_WRITE:
                return
            if not write(key, by):
                unreachable.set()

        if writes:
            with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(writes))) as threads:
                list(threads.map(write_in_time, *zip(*writes, strict=True)))

    def write_done(self, keys: Sequence[str], by: Claimant) -> None:
        """Write that counters have been applied."""
        requests = [{"PutRequest": {"Item": self.item(key, "done", by)}} for key in keys]
        for batch in batched(requests, WRITES, strict=False):
            remaining: Any = list(batch)
            for _ in range(ATTEMPTS):
                if by.time_left() < TIME_FOR_A_WRITE:
                    return
                try:
                    response = self.dynamodb.batch_write_item(RequestItems={self.table: remaining})
                except (BotoCoreError, ClientError):
                    return
                remaining = response.get("UnprocessedItems", {}).get(self.table, [])
                if not remaining:
                    break

    def mark_unknown(self, key: str, by: Claimant) -> bool:
        """Write that the outcome of a counter is unknown; False if the table does not respond."""
        return is_answered(
            lambda: self.put(self.item(key, "unknown", by), STILL_OURS, owner_values(by))
        )

    def release(self, key: str, by: Claimant) -> bool:
        """Delete a claim whose counter certainly was not applied; False if there is no response."""
        return is_answered(
            lambda: self.dynamodb.delete_item(
                TableName=self.table,
                Key={"id": {"S": key}},
                ConditionExpression=STILL_OURS,
                ExpressionAttributeNames={"#state": "state", "#owner": "owner"},
                ExpressionAttributeValues=owner_values(by),
            )
        )


def is_answered(write: Callable[[], object]) -> bool:
    """Whether the table responds to a conditional write, even if the condition fails."""
    try:
        write()
    except ClientError as error:
        return error.response["Error"]["Code"] == CONDITION_FAILED
    except BotoCoreError:
        return False
    return True


def overdue_values(by: Claimant) -> dict[str, Any]:
    """The values of the condition OVERDUE."""
    return {":claimed": {"S": "claimed"}, ":now": number_attribute(by.now)}


def owner_values(by: Claimant) -> dict[str, Any]:
    """The values of the condition STILL_OURS."""
    return {":me": {"S": by.name}, ":claimed": {"S": "claimed"}}


def number_attribute(value: int) -> dict[str, str]:
    """A number as an attribute of DynamoDB."""
    return {"N": str(value)}
