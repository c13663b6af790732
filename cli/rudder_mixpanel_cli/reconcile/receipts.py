"""Reads the receipts of delivered events from the log."""

from collections.abc import Callable, Iterator
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

import orjson

from rudder_mixpanel.delivery.receipts import (
    HASH_CHARACTERS,
    RECEIPTS,
    ReceiptList,
    read_receipts,
)
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.reconcile.day_numbers import number_of
from rudder_mixpanel_cli.reconcile.matching import DeliveredEvent
from rudder_mixpanel_cli.where.log_pattern import one_by_one
from rudder_mixpanel_cli.where.log_search import LogSearch, Window, milliseconds_of

if TYPE_CHECKING:
    from mypy_boto3_logs import CloudWatchLogsClient

# Events that Mixpanel took and must export, whatever became of the rest of the RudderStack event.
# Mixpanel does not say whether it exports those of the lists of merges.
IN_MIXPANEL: Final = frozenset({ReceiptList.DELIVERED, ReceiptList.PARTLY_DELIVERED})
# A whole word, which every service that stands for CloudWatch Logs can find.
PATTERN: Final = next(one_by_one([RECEIPTS]))
WINDOW: Final = timedelta(hours=6)


def delivered_events(
    logs: "CloudWatchLogsClient",
    group: str,
    since: datetime,
    until: datetime,
    progress: Callable[[str], None],
) -> Iterator[DeliveredEvent]:
    """The receipts of events in the log of some time, a page after the other.

    Raises CommandError for a line that cannot be read.
    """
    search = LogSearch(logs, group, [PATTERN])
    start, end = milliseconds_of(since), milliseconds_of(until)
    length = WINDOW // MILLISECOND
    for first in range(start, end + 1, length):
        progress(f"reading the log of {EPOCH + first * MILLISECOND:%Y-%m-%d %H:%M} UTC")
        window = Window(first, min(first + length - 1, end))
        for page in search.pages(window, PATTERN):
            for line in page:
                yield from events_in(line)


def events_in(line: dict[str, Any]) -> Iterator[DeliveredEvent]:
    """The receipts of events in one line; none in a line about something else."""
    at, message = line["timestamp"], line["message"]
    if not message.lstrip().startswith("{"):
        return
    try:
        fields = orjson.loads(message)
        if fields.get("message") != RECEIPTS:
            return
        for (kind, detail), hashes in read_receipts(fields):
            if kind in IN_MIXPANEL:
                yield from of_list(detail, hashes, at)
    except (ValueError, AttributeError, TypeError):
        time = f"{EPOCH + at * MILLISECOND:%Y-%m-%d %H:%M:%S} UTC"
        raise CommandError(
            f"the log has a line with receipts that cannot be read, of {time}"
        ) from None


def of_list(detail: str, hashes: list[str], at: int) -> Iterator[DeliveredEvent]:
    """The receipts of one day. Raises ValueError when they are cut."""
    day = number_of(date.fromisoformat(detail))
    if hashes and len(hashes[-1]) != HASH_CHARACTERS:
        raise ValueError(detail)
    return (DeliveredEvent(hash_, day, at) for hash_ in hashes)


def kept_days(logs: "CloudWatchLogsClient", group: str) -> int | None:
    """For how many days the log is kept; None without end. Raises CommandError without a log."""
    described = logs.describe_log_groups(logGroupNamePrefix=group, limit=50)["logGroups"]
    for found in described:
        if found["logGroupName"] == group:
            return found.get("retentionInDays")
    raise CommandError(f"the log group {group} does not exist")
