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
from functools import lru_cache
from hashlib import sha256
from itertools import batched
from typing import Any, Final

from rudder_mixpanel.delivery.event import Event, Filtered
from rudder_mixpanel.destination.destination import MILLISECONDS_A_DAY
from rudder_mixpanel.message.times import EPOCH

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
CHARACTER_BYTES: Final = 6
REASON_CHARACTERS: Final = 200
# Receipts that are moved to the next line together.
PART_HASHES: Final = 1000


class ReceiptList(StrEnum):
    """The lists of receipts, which are the fields of a log line."""

    DELIVERED = "delivered"
    """By day: the `$insert_id` of events that Mixpanel took."""
    PARTLY_DELIVERED = "partly_delivered"
    """The same of events of which another operation is not delivered."""
    UPDATED = "updated"
    """The messageId of events that were finished without an event for Mixpanel."""
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
type Place = tuple[ReceiptList, str]


def receipt_hash(text: str) -> str:
    """The receipt of an id."""
    return joined([digest_of(text)])


def digest_of(text: str) -> bytes:
    """The first bytes of the SHA-256 of a text in UTF-8."""
    return sha256(text.encode(errors="surrogatepass")).digest()[:HASH_BYTES]


def joined(digests: Iterable[bytes]) -> str:
    """The receipts of several ids, one after the other."""
    return urlsafe_b64encode(b"".join(digests)).decode()


def receipt_lines(events: Iterable[Event]) -> Iterator[dict[str, Any]]:
    """The fields of the log lines that say what became of settled events."""
    line: dict[str, Any] = {}
    room = LINE_BYTES
    for (kind, detail), digests in digests_of(events).items():
        for part in batched(digests, PART_HASHES, strict=False):
            size = LIST_BYTES + CHARACTER_BYTES * len(detail) + HASH_CHARACTERS * len(part)
            if size > room:
                yield line
                line, room = {}, LINE_BYTES
            add_to_line(line, kind, detail, joined(part))
            room -= size
    if line:
        yield line


def add_to_line(line: dict[str, Any], kind: ReceiptList, detail: str, hashes: str) -> None:
    """Add receipts to a list in the fields of a line."""
    lists = line.setdefault(kind.value, {}) if detail else line
    name = detail or kind.value
    lists[name] = lists.get(name, "") + hashes


def digests_of(events: Iterable[Event]) -> dict[Place, list[bytes]]:
    """The lists with the digests in them."""
    digests: defaultdict[Place, list[bytes]] = defaultdict(list)
    records: dict[tuple[str, str], None] = {}
    for event in events:
        name = event.outcome_name
        records[name, event.record.first_id] = None
        for place, id_ in receipts_of(event, name):
            digests[place].append(digest_of(id_))
    for outcome_name, record_id in records:
        digests[ReceiptList.RECORDS, outcome_name].append(digest_of(record_id))
    return digests


def receipts_of(event: Event, outcome_name: str) -> Iterator[tuple[Place, str]]:
    """The receipts of one event, as a place and an id each."""
    finished = outcome_name == "delivered"
    taken = ReceiptList.DELIVERED if finished else ReceiptList.PARTLY_DELIVERED
    events_taken = 0
    for operation in event.taken_events():
        events_taken += 1
        yield (taken, utc_day(operation.time // MILLISECONDS_A_DAY)), operation.insert_id
    if not event.message_id:
        return
    if finished and not events_taken:
        yield (ReceiptList.UPDATED, ""), event.message_id
    elif outcome_name == "suppressed":
        yield (ReceiptList.SUPPRESSED, ""), event.message_id
    elif isinstance(outcome := event.outcome, Filtered):
        yield (ReceiptList.FILTERED, outcome.reason[:REASON_CHARACTERS]), event.message_id


@lru_cache(maxsize=64)
def utc_day(day: int) -> str:
    """The date of a day since 1970."""
    return (EPOCH + timedelta(days=day)).date().isoformat()


def read_receipts(fields: Mapping[str, Any]) -> Iterator[tuple[Place, list[str]]]:
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
