"""Conditional writes to a table of DynamoDB: several at a time, and what their failures mean."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, Final, cast

from botocore.exceptions import BotoCoreError, ClientError

from rudder_mixpanel.aws.time_limits import TimeLeft

# From this status on, an error is DynamoDB's own, and the write may have been done.
SERVER_ERROR: Final = 500
CONDITION_FAILED: Final = "ConditionalCheckFailedException"
# Concurrent calls, fewer than the connections of the client.
SIDE_BY_SIDE: Final = 8
# The errors by which DynamoDB limits the rate of calls, and how many of them make an outage.
THROTTLING: Final = frozenset(
    {
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ThrottlingException",
    }
)
MAX_THROTTLED: Final = 16


class TableOutage:
    """Whether a table fails too often to be called again.

    A call without a response takes seconds, which the rest of the batch needs; a throttled one does
    not.
    """

    def __init__(self) -> None:
        self.throttled_calls = 0

    def note(self, error: BotoCoreError | ClientError) -> None:
        """Note the failure of a call."""
        self.throttled_calls += 1 if error_code(error) in THROTTLING else MAX_THROTTLED

    @property
    def has_begun(self) -> bool:
        """Whether no further call should be made."""
        return self.throttled_calls >= MAX_THROTTLED


def write_all(writes: Sequence[Callable[[], None]], time_left: TimeLeft, reserve: int) -> None:
    """Make conditional writes concurrently, while the table responds and there is time."""
    outage = TableOutage()

    def write_in_time(write: Callable[[], None]) -> None:
        if outage.has_begun or time_left() < reserve:
            return
        try:
            write()
        except (BotoCoreError, ClientError) as error:
            if error_code(error) != CONDITION_FAILED:
                outage.note(error)

    if writes:
        with ThreadPoolExecutor(min(SIDE_BY_SIDE, len(writes))) as threads:
            list(threads.map(write_in_time, writes))


def error_code(error: BotoCoreError | ClientError) -> str:
    """DynamoDB's code for an error; empty when there was no response."""
    return error.response["Error"]["Code"] if isinstance(error, ClientError) else ""


def existing_entry(error: BotoCoreError | ClientError) -> Mapping[str, Any] | None:
    """The entry because of which the condition of a write failed; None for any other error."""
    if not isinstance(error, ClientError) or error_code(error) != CONDITION_FAILED:
        return None
    return cast("Mapping[str, Any]", error.response.get("Item", {}))


def may_be_written(error: BotoCoreError | ClientError) -> bool:
    """Whether a failed write may have been done.

    An error response to the SDK's repetition says nothing about the first attempt.
    """
    if not isinstance(error, ClientError):
        return True
    metadata = error.response["ResponseMetadata"]
    is_repeated = metadata.get("RetryAttempts", 1) > 0
    return is_repeated or metadata.get("HTTPStatusCode", SERVER_ERROR) >= SERVER_ERROR
