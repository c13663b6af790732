"""Receipts: what became of each event of an invocation, as hashes in log lines.

A receipt is the hash of an id, twelve characters that stand unchanged in a list of them, so that a
text pattern finds the line. `rudder-mixpanel where` reads them.
"""

from base64 import urlsafe_b64encode
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from hashlib import sha256
from itertools import batched
from typing import Any, Final

from rudder_mixpanel.delivery.event import Event, Filtered, OutcomeName
from rudder_mixpanel.destination.destination import MILLISECONDS_A_DAY
from rudder_mixpanel.message.times import EPOCH
from rudder_mixpanel.mixpanel.operations import Operation

# The message of the log lines that hold receipts.
RECEIPTS: Final = "receipts"
# Bytes of a hash: enough that none of a billion events has the hash of another one that is asked
# for. Nine bytes are twelve characters, without padding and at any place in a list.
HASH_BYTES: Final = 9
HASH_CHARACTERS: Final = 12
# Bytes of the receipts in one line. CloudWatch Logs takes 256 KiB, with what the logger adds.
LINE_BYTES: Final = 190_000
# Bytes of a list beside its hashes and its detail: its name, quotes, colons, braces and a comma.
LIST_BYTES: Final = 40
# Bytes of a character of a detail in JSON, at most. Reasons are short, but can name a setting.
CHARACTER_BYTES: Final = 12
REASON_CHARACTERS: Final = 200
# Receipts that are moved to the next line together.
PART_HASHES: Final = 1000


class ReceiptList(StrEnum):
    """The lists of receipts, which are the fields of a log line."""

    DELIVERED = "delivered"
    """By day: the `$insert_id` of events that Mixpanel took."""
    PARTLY_DELIVERED = "partly_delivered"
    """The same of events of which another operation is not delivered."""
    MERGED = "merged"
    """By day: the `$insert_id` of identity events that Mixpanel took, which it may not export."""
    PARTLY_MERGED = "partly_merged"
    """The same of events of which another operation is not delivered."""
    UPDATED = "updated"
    """The messageId of finished events that no `$insert_id` of this invocation shows."""
    SUPERSEDED = "superseded"
    """The messageId of events of whose profile updates a part was not sent: it was older than the
    profile's values. They are in another list as well."""
    FILTERED = "filtered"
    """By reason: the messageId of events that the destination's filters exclude."""
    SUPPRESSED = "suppressed"
    """The messageId of events of suppressed users."""
    RECORDS = "records"
    """By outcome: the id of the record that brought an event with this outcome."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """A hash in a list; `detail` is the day, the reason or the outcome, where it has one."""

    list: ReceiptList
    detail: str
    hash: str


# A list, and the detail
type ReceiptPlace = tuple[ReceiptList, str]


def receipt_hash(text: str) -> str:
    """The receipt of an id."""
    return receipt_hashes([text])


def receipt_hashes(texts: Iterable[str]) -> str:
    """The receipts of several ids, one after the other."""
    digests = [
        sha256(text.encode("utf-8", "surrogatepass")).digest()[:HASH_BYTES] for text in texts
    ]
    return urlsafe_b64encode(b"".join(digests)).decode()


def receipt_lines(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """The fields of the log lines that say what became of settled events."""
    line: dict[str, Any] = {}
    room = LINE_BYTES
    for (kind, detail), ids in IdLists(events):
        for part in batched(ids, PART_HASHES, strict=False):
            size = LIST_BYTES + CHARACTER_BYTES * len(detail) + HASH_CHARACTERS * len(part)
            if size > room:
                yield line
                line, room = {}, LINE_BYTES
            add_to_line(line, kind, detail, receipt_hashes(part))
            room -= size
    if line:
        yield line


def add_to_line(line: dict[str, Any], kind: ReceiptList, detail: str, hashes: str) -> None:
    """Add receipts to a list in the fields of a line."""
    lists = line.setdefault(kind.value, {}) if detail else line
    name = detail or kind.value
    lists[name] = lists.get(name, "") + hashes


def shows_event(taken: Iterable[Operation], event: Event) -> bool:
    """Whether the `$insert_id` of what was taken is the event's own messageId.

    It is not when it is a part or a hash of the messageId, which another event may share, or the
    id of a product of an order.
    """
    return any(operation.insert_id == event.message_id for operation in taken)


class IdLists:
    """The ids in the lists of receipts, by day, reason or outcome where a list has those."""

    def __init__(self, events: Iterable[Event]) -> None:
        self.delivered: defaultdict[int, list[str]] = defaultdict(list)
        self.partly_delivered: defaultdict[int, list[str]] = defaultdict(list)
        self.merged: defaultdict[int, list[str]] = defaultdict(list)
        self.partly_merged: defaultdict[int, list[str]] = defaultdict(list)
        self.updated: list[str] = []
        self.superseded: list[str] = []
        self.filtered: defaultdict[str, list[str]] = defaultdict(list)
        self.suppressed: list[str] = []
        # Without duplicates: a record can bring several events with the same outcome.
        self.records: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for event in events:
            self.add(event)

    def add(self, event: Event) -> None:
        """Add the ids of one event."""
        name = event.outcome_name
        self.records[name][event.record.first_id] = None
        taken = event.taken_events()
        is_finished = name == "delivered"
        events = self.delivered if is_finished else self.partly_delivered
        merges = self.merged if is_finished else self.partly_merged
        for operation in taken:
            by_day = merges if operation.lane == "identity" else events
            by_day[operation.time // MILLISECONDS_A_DAY].append(operation.insert_id)
        # The hash of no id would be that of all events without one.
        if event.message_id and not (taken and is_finished and shows_event(taken, event)):
            self.add_message_id(event, name)
        if event.is_superseded and event.message_id:
            self.superseded.append(event.message_id)

    def add_message_id(self, event: Event, outcome_name: OutcomeName) -> None:
        """Add the messageId of an event that its `$insert_id` does not show, if a list has it."""
        if outcome_name == "delivered":
            self.updated.append(event.message_id)
        elif outcome_name == "suppressed":
            self.suppressed.append(event.message_id)
        elif isinstance(outcome := event.outcome, Filtered):
            self.filtered[outcome.reason[:REASON_CHARACTERS]].append(event.message_id)

    def __iter__(self) -> Iterator[tuple[ReceiptPlace, Iterable[str]]]:
        """The lists with their places."""
        for kind, by_day in (
            (ReceiptList.DELIVERED, self.delivered),
            (ReceiptList.PARTLY_DELIVERED, self.partly_delivered),
            (ReceiptList.MERGED, self.merged),
            (ReceiptList.PARTLY_MERGED, self.partly_merged),
        ):
            for day, ids in by_day.items():
                yield (kind, date_of(day)), ids
        yield (ReceiptList.UPDATED, ""), self.updated
        yield (ReceiptList.SUPERSEDED, ""), self.superseded
        for reason, ids in self.filtered.items():
            yield (ReceiptList.FILTERED, reason), ids
        yield (ReceiptList.SUPPRESSED, ""), self.suppressed
        for name, records in self.records.items():
            yield (ReceiptList.RECORDS, name), records


def date_of(day: int) -> str:
    """The date of a day since 1970."""
    return (EPOCH + timedelta(days=day)).date().isoformat()


def read_receipts(fields: Mapping[str, Any]) -> Iterator[tuple[ReceiptPlace, list[str]]]:
    """The lists of one log line with their hashes; a line that is none has no receipts."""
    for kind in ReceiptList:
        lists = fields.get(kind.value, {})
        for detail, hashes in ({"": lists} if isinstance(lists, str) else lists).items():
            starts = range(0, len(hashes), HASH_CHARACTERS)
            yield (kind, detail), [hashes[start : start + HASH_CHARACTERS] for start in starts]


def find_receipts(fields: Mapping[str, Any], hashes: Collection[str]) -> list[Receipt]:
    """The receipts of one log line that have one of these hashes."""
    return [
        Receipt(kind, detail, hash_)
        for (kind, detail), listed in read_receipts(fields)
        for hash_ in listed
        if hash_ in hashes
    ]
