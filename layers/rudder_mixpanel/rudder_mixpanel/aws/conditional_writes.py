"""Conditional writes to a table of DynamoDB: several at a time, and what their failures mean."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.dynamodb import FAILED_CONDITION
from rudder_mixpanel.aws.throttling import TableBackoff, error_code, first_wait, repeat_throttled

# From this status on, an error is DynamoDB's own, and the write may have been done.
SERVER_ERROR: Final = 500
# Concurrent calls, fewer than the connections of the client.
SIDE_BY_SIDE: Final = 8


class TableOutage:
    """Whether a table does not respond, or not as it should, and is not to be called again.

    A call without a response takes seconds, which the rest of the batch needs. A throttled one does
    not, and is repeated within the time left.
    """

    def __init__(self) -> None:
        self.has_begun = False

    def note(self, error: BotoCoreError | ClientError) -> None:
        """Note the failure of a call."""
        self.has_begun |= not first_wait(error_code(error))


def write_all(writes: Sequence[Callable[[], None]], backoff: TableBackoff) -> None:
    """Make conditional writes concurrently, while the table responds and there is time."""
    outage = TableOutage()

    def write_in_time(write: Callable[[], None]) -> None:
        if outage.has_begun or not backoff.has_time:
            return
        try:
            repeat_throttled(write, backoff)
        except (BotoCoreError, ClientError) as error:
            if error_code(error) != FAILED_CONDITION:
                outage.note(error)

    if writes:
        with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(writes))) as threads:
            list(threads.map(write_in_time, writes))


def existing_entry(error: BotoCoreError | ClientError) -> Mapping[str, Any] | None:
    """The entry because of which the condition of a write failed; None for any other error."""
    if not isinstance(error, ClientError) or error_code(error) != FAILED_CONDITION:
        return None
    return cast("Mapping[str, Any]", error.response.get("Item", {}))


def may_be_written(error: BotoCoreError | ClientError) -> bool:
    """Whether a failed write may have been done.

    An error response to the SDK's repetition says nothing about the first attempt. Whoever repeats
    a throttled write asks this of each failure, not only of the last.
    """
    if not isinstance(error, ClientError):
        return True
    metadata = error.response["ResponseMetadata"]
    is_repeated = metadata.get("RetryAttempts", 1) > 0
    return is_repeated or metadata.get("HTTPStatusCode", SERVER_ERROR) >= SERVER_ERROR
