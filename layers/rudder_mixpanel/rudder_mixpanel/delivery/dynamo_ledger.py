"""The ledger of counters in DynamoDB."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import batched, count
from time import sleep
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.conditional_writes import (
    SIDE_BY_SIDE,
    TableOutage,
    existing_entry,
    may_be_written,
    write_all,
)
from rudder_mixpanel.aws.throttling import (
    TableBackoff,
    error_code,
    first_wait,
    repeat_throttled,
)
from rudder_mixpanel.delivery.ledger import TIME_FOR_A_CLAIM, Claim, Claimant, ClaimState

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# The longest that an event can be under way: 14 days on the queue, 14 in the rejected queue, and
# the same again after a replay.
DAYS_REMEMBERED: Final = 60
SECONDS_A_DAY: Final = 86_400
# Limit of BatchWriteItem: https://docs.aws.amazon.com/amazondynamodb, "BatchWriteItem"
WRITES: Final = 25
# Errors other than throttling after which an outcome is written again.
MOST_ERRORS: Final = 2
# Claims to remember for release: more than an invocation can leave behind.
MOST_UNSENT: Final = 1000
# Conditions: no entry; a claim past its deadline; an entry in doubt, by its age, which follows from
# when it expires; a claim of this invocation.
ABSENT: Final = "attribute_not_exists(id)"
OVERDUE: Final = "#state = :claimed AND deadline < :now"
DOUBTED_BEFORE: Final = f"expires_at < :old AND (#state = :unknown OR ({OVERDUE}))"
STILL_OURS: Final = "#owner = :me AND #state = :claimed"
# Milliseconds to settle; the calls to the queues come after it.
TIME_FOR_A_WRITE: Final = 12_000


class DynamoLedger:
    """The ledger as a table with one item for each counter, which expires by itself.

    `unsent` holds claims that may be in the table although their counters are not sent, with their
    owners. They are released as soon as the table responds, if need be in a later invocation of the
    container: otherwise their counters would be unknown after the deadline.
    """

    def __init__(
        self, dynamodb: "DynamoDBClient", table: str, sleep: Callable[[float], None] = sleep
    ) -> None:
        self.dynamodb = dynamodb
        self.table = table
        self.sleep = sleep
        self.unsent: dict[str, Claimant] = {}

    def claim(self, claims: Sequence[Claim], by: Claimant) -> list[ClaimState]:
        """Claim each counter with a conditional write of its own, several concurrently.

        After the first write without a response no more are tried: the table is unreachable.
        """
        self.release_unsent(by, TIME_FOR_A_CLAIM)
        outage = TableOutage()

        def claim_in_time(claim: Claim) -> ClaimState:
            if outage.has_begun:
                return ClaimState.UNREACHABLE
            if by.time_left() < TIME_FOR_A_CLAIM:
                return ClaimState.NO_TIME
            return self.claim_one(claim, by, outage)

        with ThreadPoolExecutor(SIDE_BY_SIDE) as threads:
            states = list(threads.map(claim_in_time, claims))
        self.release_unsent(by, TIME_FOR_A_CLAIM)
        return states

    def claim_one(self, claim: Claim, by: Claimant, outage: TableOutage) -> ClaimState:
        """Write a claim if there is no entry, and return the state of the counter."""
        state = ClaimState.OURS
        try:
            repeat_throttled(partial(self.try_claim, claim, by), self.backoff(by, TIME_FOR_A_CLAIM))
        except (BotoCoreError, ClientError) as error:
            if (entry := existing_entry(error)) is None:
                outage.note(error)
                return ClaimState.UNREACHABLE
            state = self.existing_state(claim.key, entry, by)
        if state is ClaimState.OURS:
            self.unsent.pop(claim.key, None)
        return state

    def try_claim(self, claim: Claim, by: Claimant) -> None:
        """Write a claim once, and remember it as unsent if it may be written although that failed.

        Raises ClientError and BotoCoreError. Each attempt counts: a later one that certainly failed
        says nothing about an earlier one.
        """
        try:
            self.put_claim(claim, by)
        except (BotoCoreError, ClientError) as error:
            if existing_entry(error) is None and may_be_written(error):
                self.unsent[claim.key] = by
            raise

    def backoff(self, by: Claimant, reserve: int) -> TableBackoff:
        """The waits between repetitions, as long as more than the reserve is left."""
        return TableBackoff(by.time_left, reserve, self.sleep)

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
        if "expires_at" not in entry or int(entry.get("deadline", {}).get("N", "0")) >= by.now:
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
        after the deadline, unless it can be released before.
        """
        self.write_done([key for key, state in states.items() if state is ClaimState.DONE], by)
        doubtful = [key for key, state in states.items() if state is ClaimState.UNKNOWN]
        marks = [partial(self.mark_unknown, key, by) for key in doubtful]
        write_all(marks, self.backoff(by, TIME_FOR_A_WRITE))
        self.unsent |= {key: by for key, state in states.items() if state is ClaimState.OURS}
        self.release_unsent(by, TIME_FOR_A_WRITE)

    def write_done(self, keys: Sequence[str], by: Claimant) -> None:
        """Write that counters have been applied."""
        requests = [{"PutRequest": {"Item": self.item(key, "done", by)}} for key in keys]
        for batch in batched(requests, WRITES, strict=False):
            try:
                self.write_batch(batch, self.backoff(by, TIME_FOR_A_WRITE))
            except (BotoCoreError, ClientError):
                return

    def write_batch(self, requests: Sequence[Any], backoff: TableBackoff) -> None:
        """Write up to 25 items, and repeat those that are throttled while there is time.

        Raises BotoCoreError, and ClientError when another error than throttling does not end.
        """
        remaining: Any = list(requests)
        for attempt in count():
            if not backoff.has_time:
                return
            try:
                response = self.dynamodb.batch_write_item(RequestItems={self.table: remaining})
            except ClientError as error:
                if not first_wait(error_code(error)) and attempt >= MOST_ERRORS:
                    raise
            else:
                remaining = response.get("UnprocessedItems", {}).get(self.table, [])
            if not remaining or not backoff.wait(attempt):
                return

    def mark_unknown(self, key: str, by: Claimant) -> None:
        """Write that the outcome of a counter is unknown, if it is claimed by this invocation.

        Raises ClientError and BotoCoreError otherwise, and when that is not certain.
        """
        self.put(self.item(key, "unknown", by), STILL_OURS, owner_values(by))

    def release_unsent(self, by: Claimant, reserve: int) -> None:
        """Release the claims of counters that were not sent, as long as the table responds.

        `reserve` is how many milliseconds the invocation needs afterwards.
        """
        releases = [partial(self.release, key, owner) for key, owner in self.unsent.items()]
        write_all(releases, self.backoff(by, reserve))
        for key in list(self.unsent)[:-MOST_UNSENT]:
            del self.unsent[key]

    def release(self, key: str, owner: Claimant) -> None:
        """Delete a claim whose counter was not sent or not applied, if it is still the owner's.

        Raises ClientError and BotoCoreError when that is not certain.
        """
        try:
            self.dynamodb.delete_item(
                TableName=self.table,
                Key={"id": {"S": key}},
                ConditionExpression=STILL_OURS,
                ExpressionAttributeNames={"#state": "state", "#owner": "owner"},
                ExpressionAttributeValues=owner_values(owner),
            )
        except ClientError as error:
            if existing_entry(error) is None:
                raise
        self.unsent.pop(key, None)


def overdue_values(by: Claimant) -> dict[str, Any]:
    """The values of the condition OVERDUE."""
    return {":claimed": {"S": "claimed"}, ":now": number_attribute(by.now)}


def owner_values(by: Claimant) -> dict[str, Any]:
    """The values of the condition STILL_OURS."""
    return {":me": {"S": by.name}, ":claimed": {"S": "claimed"}}


def number_attribute(value: int) -> dict[str, str]:
    """A number as an attribute of DynamoDB."""
    return {"N": str(value)}
