"""The ledger of counters in DynamoDB."""

from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from functools import partial
from itertools import batched, count
from time import sleep
from typing import TYPE_CHECKING, Any, Final

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.dynamodb import WRITES, read_items, run_concurrently
from rudder_mixpanel.aws.statements import (
    CALLS_SIDE_BY_SIDE,
    Statement,
    StatementOutcome,
    StatementResult,
    execute_statements,
)
from rudder_mixpanel.aws.throttling import TableBackoff, error_code, first_wait
from rudder_mixpanel.delivery.ledger import TIME_FOR_A_CLAIM, Claim, Claimant, ClaimState
from rudder_mixpanel.delivery.ledger_entries import (
    LedgerEntry,
    done_item,
    doubt,
    entry_state,
    is_abandoned,
    is_doubted,
    new_claim,
    release,
    repeated_claim,
)
from rudder_mixpanel.errors import TableUnavailable

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# Errors other than throttling after which an outcome is written again.
MOST_ERRORS: Final = 2
# Claims to remember for release: more than an invocation can leave behind.
MOST_UNSENT: Final = 1000
# Milliseconds to settle; the calls to the queues come after it.
TIME_FOR_A_WRITE: Final = 12_000
# States that an entry has shown.
FINAL: Final = frozenset({ClaimState.DONE, ClaimState.UNKNOWN})

type Results = dict[str, StatementResult]
type Entries = dict[str, LedgerEntry]


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
        """Insert an entry for each counter, and look at the entries of those that have one."""
        self.release_unsent(by, TIME_FOR_A_CLAIM)
        backoff = self.backoff(by, TIME_FOR_A_CLAIM)
        if not backoff.has_time:
            return [ClaimState.NO_TIME] * len(claims)
        doubted_before = {claim.key: claim.doubted_before for claim in claims}
        results = self.insert_claims(doubted_before, by, backoff)
        entries = self.read_entries(results, backoff)
        results |= self.claim_again(entries, doubted_before, by, backoff)
        self.mark_overdue(entries, by, backoff)
        states = {key: state_of(result, entries.get(key), by) for key, result in results.items()}
        self.remember_unsent(states, results, by)
        self.release_unsent(by, TIME_FOR_A_CLAIM)
        return [states[claim.key] for claim in claims]

    def backoff(self, by: Claimant, reserve: int) -> TableBackoff:
        """The waits between repetitions, as long as more than the reserve is left."""
        return TableBackoff(by.time_left, reserve, self.sleep)

    def execute(self, statements: Mapping[str, Statement], backoff: TableBackoff) -> Results:
        """Execute a statement about each key, and return its result."""
        results = execute_statements(self.dynamodb, list(statements.values()), backoff)
        return dict(zip(statements, results, strict=True))

    def insert_claims(self, keys: Collection[str], by: Claimant, backoff: TableBackoff) -> Results:
        """Claim the counters that have no entry."""
        text = new_claim(self.table, by)
        return self.execute({key: Statement(text, [{"S": key}]) for key in keys}, backoff)

    def read_entries(self, results: Results, backoff: TableBackoff) -> Entries:
        """The entries because of which claims failed; none that cannot be read in time."""
        duplicates = [
            key for key, result in results.items() if result.outcome is StatementOutcome.FAILED
        ]
        if not duplicates or not backoff.has_time:
            return {}
        try:
            items = read_items(self.dynamodb, self.table, duplicates, backoff)
        except TableUnavailable:
            return {}
        return {item["id"]["S"]: item for item in items}

    def claim_again(
        self,
        entries: Entries,
        doubted_before: Mapping[str, int],
        by: Claimant,
        backoff: TableBackoff,
    ) -> Results:
        """Claim the counters whose outcome has been unknown since before a given time.

        The entry of one that has changed in the meantime is replaced by what it is now.
        """
        results = self.execute(
            {
                key: repeated_claim(self.table, key, entry, by)
                for key, entry in entries.items()
                if is_doubted(entry, doubted_before[key], by)
            },
            backoff,
        )
        for key, result in results.items():
            del entries[key]
            if result.existing is not None:
                entries[key] = result.existing
        return results

    def mark_overdue(self, entries: Entries, by: Claimant, backoff: TableBackoff) -> None:
        """Mark overdue claims as unknown for good, in the table and in the entries."""
        marks = {
            key: doubt(self.table, key, entry["owner"]["S"])
            for key, entry in entries.items()
            if is_abandoned(entry, by)
        }
        for key, result in self.execute(marks, backoff).items():
            if result.outcome is StatementOutcome.DONE:
                entries[key] = {**entries[key], "state": {"S": "unknown"}}

    def remember_unsent(
        self, states: Mapping[str, ClaimState], results: Results, by: Claimant
    ) -> None:
        """Remember the claims that may be written although their counters are not sent."""
        for key, state in states.items():
            if state is ClaimState.OURS:
                self.unsent.pop(key, None)
            elif results[key].may_be_written and state not in FINAL:
                self.unsent[key] = by

    def settle(self, states: Mapping[str, ClaimState], by: Claimant) -> None:
        """Settle what this invocation has claimed.

        DONE is final whoever writes it. The rest is written on the condition that the claim is
        still ours. What cannot be written stays claimed, and is unknown after the deadline, unless
        it can be released before.
        """
        self.write_done([key for key, state in states.items() if state is ClaimState.DONE], by)
        doubtful = [key for key, state in states.items() if state is ClaimState.UNKNOWN]
        marks = {key: doubt(self.table, key, by.name) for key in doubtful}
        self.execute(marks, self.backoff(by, TIME_FOR_A_WRITE))
        self.unsent |= {key: by for key, state in states.items() if state is ClaimState.OURS}
        self.release_unsent(by, TIME_FOR_A_WRITE)

    def write_done(self, keys: Sequence[str], by: Claimant) -> None:
        """Write that counters have been applied."""
        requests = [{"PutRequest": {"Item": done_item(key, by)}} for key in keys]
        batches = list(batched(requests, WRITES, strict=False))
        write = partial(self.write_batch, backoff=self.backoff(by, TIME_FOR_A_WRITE))
        with suppress(BotoCoreError, ClientError):
            run_concurrently(write, batches, CALLS_SIDE_BY_SIDE)

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

    def release_unsent(self, by: Claimant, reserve: int) -> None:
        """Release the claims of counters that were not sent, as long as the table responds.

        `reserve` is how many milliseconds the invocation needs afterwards.
        """
        # A copy: another thread may be claiming counters.
        unsent = self.unsent.copy()
        releases = {key: release(self.table, key, owner.name) for key, owner in unsent.items()}
        for key, result in self.execute(releases, self.backoff(by, reserve)).items():
            if result.outcome is not StatementOutcome.UNREACHABLE:
                self.unsent.pop(key, None)
        for key in list(self.unsent)[:-MOST_UNSENT]:
            self.unsent.pop(key, None)


def state_of(result: StatementResult, entry: LedgerEntry | None, by: Claimant) -> ClaimState:
    """The state of a counter after its claim, with the entry that was found instead."""
    if result.outcome is StatementOutcome.DONE:
        return ClaimState.OURS
    if result.outcome is StatementOutcome.UNREACHABLE:
        return ClaimState.UNREACHABLE
    return ClaimState.CLAIMED if entry is None else entry_state(entry, by)
