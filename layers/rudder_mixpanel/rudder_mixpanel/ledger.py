"""The ledger of counters: what must not be repeated is claimed before it is sent.

Mixpanel de-duplicates events, and nothing that it adds or appends to a profile. SQS brings a record
again after every doubt. So each counter has one entry in a table: claimed by one invocation until
its time is over, then done, or unknown for good; and absent again where it certainly was not
applied. docs/decisions/0006 has the reasons.
"""

import threading
from collections.abc import Iterable, Mapping, Sequence
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
DAY: Final = 86_400
# Of one BatchWriteItem: https://docs.aws.amazon.com/amazondynamodb, "BatchWriteItem"
WRITES: Final = 25
# Calls at once, fewer than the client keeps connections for.
SIDE_BY_SIDE: Final = 8
# How often writes that DynamoDB put off are offered again.
OFFERS: Final = 3
FREE: Final = "attribute_not_exists(id)"
UNDECIDED: Final = "#state = :unknown OR (#state = :claimed AND deadline < :now)"


class State(Enum):
    """What the ledger says of a counter that an invocation wants to send."""

    OURS = auto()  # claimed for this invocation: send it
    DONE = auto()  # it has counted
    UNKNOWN = auto()  # it was sent once, and nobody knows whether it has counted
    CLAIMED = auto()  # another invocation is at it
    UNREACHABLE = auto()  # the table does not answer


@dataclass(frozen=True, slots=True)
class Claimant:
    """Who claims: an invocation, and the time in seconds since 1970 at which it is surely over."""

    name: str
    now: int
    deadline: int


@dataclass(frozen=True, slots=True)
class Claim:
    """A counter that an invocation wants to send; `again` even where the outcome is unknown."""

    key: str
    again: bool = False


class Ledger(Protocol):
    """What delivery needs of a ledger."""

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[State]:
        """Claim each, all or none of them for others, and tell how it stands."""
        ...

    def write(self, states: Mapping[str, State], by: Claimant) -> None:
        """Settle what was claimed: done, unknown, or absent again (OURS given back)."""
        ...


class DynamoLedger:
    """The ledger in DynamoDB: one item a counter, which expires by itself."""

    def __init__(self, dynamodb: "DynamoDBClient", table: str) -> None:
        self.dynamodb = dynamodb
        self.table = table

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[State]:
        """Claim each with a conditional write of its own, many side by side.

        After the first that gets no answer no more are tried: the table is out of reach.
        """
        gone = threading.Event()

        def one(claim: Claim) -> State:
            return State.UNREACHABLE if gone.is_set() else self.claim_one(claim, by, gone)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            return list(threads.map(one, claims))

    def claim_one(self, claim: Claim, by: Claimant, gone: threading.Event) -> State:
        """Write a claim where there is none; a claim whose time is over is unknown for good."""
        item = self.item(claim.key, "claimed", by) | {"deadline": {"N": str(by.deadline)}}
        try:
            self.put(item, f"{FREE} OR {UNDECIDED}" if claim.again else FREE, by, again=claim.again)
        except ClientError as error:
            if error.response["Error"]["Code"] != "ConditionalCheckFailedException":
                gone.set()
                return State.UNREACHABLE
            found = cast("Mapping[str, Any]", error.response.get("Item", {}))
            return self.standing(claim.key, found, by)
        except BotoCoreError:
            gone.set()
            return State.UNREACHABLE
        return State.OURS

    def standing(self, key: str, found: Mapping[str, Any], by: Claimant) -> State:
        """How an entry stands that is already there."""
        state = found.get("state", {}).get("S")
        if state == "done":
            return State.DONE
        if state == "unknown":
            return State.UNKNOWN
        # The SDK repeats a write whose answer it missed, and meets its own.
        if found.get("owner", {}).get("S") == by.name:
            return State.OURS
        if int(found.get("deadline", {}).get("N", "0")) >= by.now:
            return State.CLAIMED
        try:
            self.put(self.item(key, "unknown", by), UNDECIDED, by, again=True)
        except (BotoCoreError, ClientError):
            return State.CLAIMED
        return State.UNKNOWN

    def put(self, item: dict[str, Any], condition: str, by: Claimant, *, again: bool) -> None:
        """Write an item on a condition."""
        values = {
            ":unknown": {"S": "unknown"},
            ":claimed": {"S": "claimed"},
            ":now": {"N": str(by.now)},
        }
        named = {
            "ExpressionAttributeNames": {"#state": "state"},
            "ExpressionAttributeValues": values,
        }
        self.dynamodb.put_item(
            TableName=self.table,
            Item=item,
            ConditionExpression=condition,
            ReturnValuesOnConditionCheckFailure="ALL_OLD",
            **(named if again else {}),  # type: ignore[arg-type]  # unpacked into both
        )

    def item(self, key: str, state: str, by: Claimant) -> dict[str, Any]:
        """An entry as DynamoDB holds it."""
        expires = by.now + DAYS_REMEMBERED * DAY
        return {
            "id": {"S": hashed(key)},
            "state": {"S": state},
            "owner": {"S": by.name},
            "expires_at": {"N": str(expires)},
        }

    def write(self, states: Mapping[str, State], by: Claimant) -> None:
        """Settle what this invocation has claimed, many at a time.

        On no condition: until our deadline nobody else touches these entries. What cannot be
        written stays claimed, and is unknown when the deadline has passed.
        """
        requests = [self.request(key, state, by) for key, state in states.items()]
        for batch in batched(requests, WRITES, strict=False):
            left: Iterable[Any] = batch
            for _ in range(OFFERS):
                try:
                    answer = self.dynamodb.batch_write_item(RequestItems={self.table: list(left)})
                except (BotoCoreError, ClientError):
                    break
                left = answer.get("UnprocessedItems", {}).get(self.table, [])
                if not left:
                    break

    def request(self, key: str, state: State, by: Claimant) -> dict[str, Any]:
        """The write that settles one entry."""
        match state:
            case State.DONE:
                return {"PutRequest": {"Item": self.item(key, "done", by)}}
            case State.UNKNOWN:
                return {"PutRequest": {"Item": self.item(key, "unknown", by)}}
            case _:
                return {"DeleteRequest": {"Key": {"id": {"S": hashed(key)}}}}


def hashed(key: str) -> str:
    """A key of one length, which tells nothing about anybody."""
    return sha256(key.encode("utf-8", "surrogatepass")).hexdigest()
