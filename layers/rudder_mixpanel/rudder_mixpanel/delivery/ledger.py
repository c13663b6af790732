"""The ledger of counters: what must not be repeated is claimed before it is sent.

Mixpanel de-duplicates events, and nothing that it adds or appends to a profile. SQS brings a record
again after every doubt. So each counter has one entry in a table: claimed by one invocation until
its time is over, then done, or unknown for good; and absent again where it certainly was not
applied. docs/decisions/0006 has the reasons.
"""

import threading
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import Enum, auto
from hashlib import sha256
from itertools import batched
from typing import TYPE_CHECKING, Any, Final, Protocol, cast

from botocore.exceptions import BotoCoreError, ClientError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The longest that an event can be on its way: 14 days on the queue, 14 in the rejected queue, and
# as long again after a replay.
DAYS_REMEMBERED: Final = 60
SECONDS_A_DAY: Final = 86_400
# Of one BatchWriteItem: https://docs.aws.amazon.com/amazondynamodb, "BatchWriteItem"
WRITES: Final = 25
# From here on an error is DynamoDB's own, and the write may have been done.
SERVER_ERROR: Final = 500
CONDITION_FAILED: Final = "ConditionalCheckFailedException"
# Calls at once, fewer than the client keeps connections for.
SIDE_BY_SIDE: Final = 8
# How often writes that DynamoDB put off are offered again.
ATTEMPTS: Final = 3
FREE: Final = "attribute_not_exists(id)"
OVER: Final = "#state = :claimed AND deadline < :now"
# What an entry expires at tells when it was written.
DOUBTED_BEFORE: Final = f"expires_at < :old AND (#state = :unknown OR ({OVER}))"
OURS_STILL: Final = "#owner = :me AND #state = :claimed"
# Milliseconds. Who claims must have time to send and to settle, or nobody knows what became of it.
TIME_FOR_A_CLAIM: Final = 35_000
# The same to write down what has become of them; the queues come after it.
TIME_FOR_A_WRITE: Final = 12_000
# As a time before which every doubt was: whatever is in doubt may be sent again.
ALWAYS: Final = 2**40


class ClaimState(Enum):
    """What the ledger says of a counter that an invocation wants to send."""

    OURS = auto()  # claimed for this invocation: send it
    DONE = auto()  # it has counted
    UNKNOWN = auto()  # it was sent once, and nobody knows whether it has counted
    CLAIMED = auto()  # another invocation is at it
    UNREACHABLE = auto()  # the table does not answer


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims: an invocation, and the time in seconds since 1970 at which it is surely over.

    `time_left` tells its milliseconds.
    """

    name: str
    now: int
    deadline: int
    time_left: Callable[[], int] = lambda: 60_000


@dataclass(frozen=True, slots=True)
class Claim:
    """A counter that an invocation wants to send.

    Even where its outcome is unknown, if that was so `doubted_before` a time in seconds since 1970.
    """

    key: str
    doubted_before: int = 0


class Ledger(Protocol):
    """What delivery needs of a ledger."""

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim each, all or none of them for others, and tell how it stands."""
        ...

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Settle what was claimed: done, unknown, or absent again (OURS given back)."""
        ...


class DynamoLedger:
    """The ledger in DynamoDB: one item a counter, which expires by itself."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim each with a conditional write of its own, many side by side.

        After the first that gets no answer no more are tried: the table is out of reach.
        """
        gone = threading.Event()

        def one(claim: Claim) -> ClaimState:
            if gone.is_set() or by.time_left() < TIME_FOR_A_CLAIM:
                return ClaimState.UNREACHABLE
            return self.claim_one(claim, by, gone)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            return list(threads.map(one, claims))

    def claim_one(self, claim: Claim, by: Claimant, gone: threading.Event) -> ClaimState:
        """Write a claim where there is none; a claim whose time is over is unknown for good."""
        item = self.item(claim.key, "claimed", by) | {"deadline": {"N": str(by.deadline)}}
        condition, values = FREE, {}
        if claim.doubted_before:
            old = claim.doubted_before + DAYS_REMEMBERED * SECONDS_A_DAY
            condition, values = (
                f"{FREE} OR ({DOUBTED_BEFORE})",
                doubt_values(by) | {":old": number_attribute(old)},
            )
        try:
            self.put(item, condition, values)
        except ClientError as error:
            if error.response["Error"]["Code"] == CONDITION_FAILED:
                found = cast("Mapping[str, Any]", error.response.get("Item", {}))
                return self.existing_state(claim.key, found, by)
            gone.set()
            if error.response["ResponseMetadata"].get("HTTPStatusCode", 0) >= SERVER_ERROR:
                self.release(claim.key, by)
        except BotoCoreError:
            gone.set()
            # It may have been written, and nobody will send it.
            self.release(claim.key, by)
        else:
            return ClaimState.OURS
        return ClaimState.UNREACHABLE

    def existing_state(self, key: str, found: Mapping[str, Any], by: Claimant) -> ClaimState:
        """How an entry stands that is already there."""
        state = found.get("state", {}).get("S")
        if state == "done":
            return ClaimState.DONE
        if state == "unknown":
            return ClaimState.UNKNOWN
        # The SDK repeats a write whose answer it missed, and meets its own.
        if found.get("owner", {}).get("S") == by.name:
            return ClaimState.OURS
        if int(found.get("deadline", {}).get("N", "0")) >= by.now:
            return ClaimState.CLAIMED
        item = self.item(key, "unknown", by) | {"expires_at": found["expires_at"]}
        values = doubt_values(by)
        del values[":unknown"]
        try:
            self.put(item, OVER, values)
        except (BotoCoreError, ClientError):
            return ClaimState.CLAIMED
        return ClaimState.UNKNOWN

    def put(self, item: dict[str, Any], condition: str, values: dict[str, Any]) -> None:
        """Write an item on a condition about what is there."""
        named: Any = {
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
            **(named if values else {}),
        )

    def item(self, key: str, state: str, by: Claimant) -> dict[str, Any]:
        """An entry as DynamoDB holds it."""
        return {
            "id": {"S": hashed_key(key)},
            "state": {"S": state},
            "owner": {"S": by.name},
            "expires_at": number_attribute(by.now + DAYS_REMEMBERED * SECONDS_A_DAY),
        }

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Settle what this invocation has claimed.

        What is done is done whoever says so, and is written many at a time. The rest is on the
        condition that the claim is still ours: a write that the SDK repeats must not undo what
        another invocation has done since. What cannot be written stays claimed, and is unknown when
        the deadline has passed.
        """
        self.write_done([key for key, state in states.items() if state is ClaimState.DONE], by)
        ways = {ClaimState.UNKNOWN: self.mark_unknown, ClaimState.OURS: self.release}
        left = [(key, ways[state]) for key, state in states.items() if state in ways]
        gone = threading.Event()

        def one(key: str, write: Callable[[str, Claimant], bool]) -> None:
            # A table that is silent costs seconds, of which the rest of the batch needs some.
            if not gone.is_set() and by.time_left() >= TIME_FOR_A_WRITE and not write(key, by):
                gone.set()

        if left:
            with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(left))) as threads:
                list(threads.map(one, *zip(*left, strict=True)))

    def write_done(self, keys: Sequence[str], by: Claimant) -> None:
        """Write down what has counted."""
        requests = [{"PutRequest": {"Item": self.item(key, "done", by)}} for key in keys]
        for batch in batched(requests, WRITES, strict=False):
            left: Any = list(batch)
            for _ in range(ATTEMPTS):
                if by.time_left() < TIME_FOR_A_WRITE:
                    return
                try:
                    answer = self.dynamodb.batch_write_item(RequestItems={self.table: left})
                except (BotoCoreError, ClientError):
                    return
                left = answer.get("UnprocessedItems", {}).get(self.table, [])
                if not left:
                    break

    def mark_unknown(self, key: str, by: Claimant) -> bool:
        """Write down that nobody knows whether it has counted; False if the table is silent."""
        return is_answered(
            lambda: self.put(self.item(key, "unknown", by), OURS_STILL, owner_values(by))
        )

    def release(self, key: str, by: Claimant) -> bool:
        """Take a claim back: it certainly was not applied; False if the table is silent."""
        return is_answered(
            lambda: self.dynamodb.delete_item(
                TableName=self.table,
                Key={"id": {"S": hashed_key(key)}},
                ConditionExpression=OURS_STILL,
                ExpressionAttributeNames={"#state": "state", "#owner": "owner"},
                ExpressionAttributeValues=owner_values(by),
            )
        )


def is_answered(write: Callable[[], object]) -> bool:
    """Whether the table has answered a conditional write, one way or the other."""
    try:
        write()
    except ClientError as error:
        return error.response["Error"]["Code"] == CONDITION_FAILED
    except BotoCoreError:
        return False
    return True


def doubt_values(by: Claimant) -> dict[str, Any]:
    """The values of conditions about doubtful entries."""
    return {
        ":unknown": {"S": "unknown"},
        ":claimed": {"S": "claimed"},
        ":now": number_attribute(by.now),
    }


def owner_values(by: Claimant) -> dict[str, Any]:
    """The values of the condition that a claim is still ours."""
    return {":me": {"S": by.name}, ":claimed": {"S": "claimed"}}


def number_attribute(value: int) -> dict[str, str]:
    """A number as DynamoDB writes it."""
    return {"N": str(value)}


def hashed_key(key: str) -> str:
    """A key of one length, which tells nothing about anybody."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
