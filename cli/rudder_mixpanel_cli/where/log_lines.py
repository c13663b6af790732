"""What the log's lines say about an id."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, Self

import orjson

from rudder_mixpanel.delivery.receipts import (
    HASH_CHARACTERS,
    RECEIPTS,
    Receipt,
    ReceiptList,
    find_receipts,
)
from rudder_mixpanel.message.times import EPOCH, MILLISECOND
from rudder_mixpanel_cli.where.fact import Act, Fact
from rudder_mixpanel_cli.where.searched_id import SearchedId

REJECTED: Final = "event rejected"
KEPT: Final = "events kept"
# What an event's receipt says. One that is rejected or kept has a line of its own.
ACTS: Final = {
    ReceiptList.DELIVERED: Act.DELIVERED,
    ReceiptList.PARTLY_DELIVERED: Act.PARTLY_DELIVERED,
    ReceiptList.UPDATED: Act.UPDATED,
    ReceiptList.FILTERED: Act.FILTERED,
    ReceiptList.SUPPRESSED: Act.SUPPRESSED,
}
# What became of a record of which one event has this outcome, the first of them.
RECORD_ACTS: Final = {
    "kept": Act.KEPT,
    "rejected": Act.REJECTED,
    "delivered": Act.DELIVERED,
    "suppressed": Act.SUPPRESSED,
    "filtered": Act.FILTERED,
}


@dataclass(frozen=True, slots=True)
class LogLine:
    """A JSON line of the log; `id` is the one that CloudWatch Logs gives it."""

    id: str
    at: datetime
    raw: str
    fields: Mapping[str, Any]

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Self | None:
        """Read an event of FilterLogEvents; None when it is not one of the function's own lines."""
        try:
            fields = orjson.loads(event["message"])
        except orjson.JSONDecodeError:
            return None
        if not isinstance(fields, dict):
            return None
        at = EPOCH + event["timestamp"] * MILLISECOND
        # MiniStack gives events no id.
        event_id = event.get("eventId") or f"{event['timestamp']} {event['message']}"
        return cls(event_id, at, event["message"], fields)

    @property
    def invocation(self) -> str:
        """The id of the invocation; empty if the line has none."""
        return str(self.fields.get("function_request_id") or "")

    def text(self, name: str) -> str:
        """A text field; empty if the line has none."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def number(self, name: str) -> int:
        """A field with a number; 0 if the line has none."""
        value = self.fields.get(name)
        return int(value) if isinstance(value, int | float) else 0


def facts_in(lines: Iterable[LogLine], searched: SearchedId) -> list[Fact]:
    """What the lines say about an id, the oldest first.

    All lines of an invocation get the time of the first, since they are about one moment.
    """
    invocations: defaultdict[str, list[LogLine]] = defaultdict(list)
    for line in lines:
        # First by the text, which is quick: a line can have thousands of receipts.
        if any(needle in line.raw for needle in searched.needles):
            invocations[line.invocation or line.at.isoformat()].append(line)
    facts = {fact for group in invocations.values() for fact in invocation_facts(group, searched)}
    return sorted(facts, key=lambda fact: (fact.at, fact.act, fact.code))


def invocation_facts(lines: list[LogLine], searched: SearchedId) -> Iterator[Fact]:
    """What the lines of one invocation say about an id."""
    at = min(line.at for line in lines)
    outcomes: set[str] = set()
    for line in lines:
        yield from (replace(fact, at=at) for fact in line_facts(line, searched))
        outcomes.update(
            receipt.detail
            for receipt in receipts_in(line, searched)
            if receipt.list is ReceiptList.RECORDS
        )
    yield from record_facts(at, outcomes)


def line_facts(line: LogLine, searched: SearchedId) -> Iterator[Fact]:
    """What one line says about an event, or about the record of a rejected one."""
    message = line.text("message")
    if message == RECEIPTS:
        for receipt in receipts_in(line, searched):
            if receipt.list in ACTS:
                reason = receipt.detail if receipt.list is ReceiptList.FILTERED else ""
                yield Fact(line.at, ACTS[receipt.list], reason=reason)
    elif message == REJECTED:
        if line.text("message_id") in searched.texts:
            yield undelivered(line, Act.REJECTED)
        elif line.text("record_id") in searched.texts:
            yield replace(undelivered(line, Act.REJECTED), of_record=True)
    elif message == KEPT and has_hash(line.text("ids"), searched):
        yield undelivered(line, Act.KEPT)


def receipts_in(line: LogLine, searched: SearchedId) -> list[Receipt]:
    """The receipts of a line that are about an id."""
    return find_receipts(line.fields, searched.receipts) if line.text("message") == RECEIPTS else []


def has_hash(hashes: str, searched: SearchedId) -> bool:
    """Whether a list of hashes has one that is about an id."""
    starts = range(0, len(hashes), HASH_CHARACTERS)
    return any(hashes[start : start + HASH_CHARACTERS] in searched.receipts for start in starts)


def undelivered(line: LogLine, act: Act) -> Fact:
    """What a line says about events that are not delivered."""
    return Fact(
        line.at,
        act,
        code=line.text("code"),
        reason=line.text("reason"),
        words=line.text("words"),
        endpoint=line.text("endpoint"),
        attempt=line.number("attempt"),
        next_within=line.number("next_attempt_within"),
    )


def record_facts(at: datetime, outcomes: set[str]) -> Iterator[Fact]:
    """What became of a record whose events have these outcomes: first what is still open."""
    acts = [act for outcome, act in RECORD_ACTS.items() if outcome in outcomes]
    if not acts:
        return
    yield Fact(at, acts[0], of_record=True)
    if acts[0] in {Act.KEPT, Act.REJECTED} and Act.DELIVERED in acts:
        yield Fact(at, Act.PARTLY_DELIVERED, of_record=True)
