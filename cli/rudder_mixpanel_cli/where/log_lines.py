"""What the log's lines say about an id."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
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
    ReceiptList.MERGED: Act.DELIVERED,
    ReceiptList.PARTLY_MERGED: Act.PARTLY_DELIVERED,
    ReceiptList.UPDATED: Act.UPDATED,
    ReceiptList.SUPERSEDED: Act.SUPERSEDED,
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


@dataclass(frozen=True, slots=True)
class Mention:
    """A line that has an id: as a receipt, or else as the text of one of its fields.

    `text` is the receipt or the text, and `receipt` is None for a field.
    """

    line: LogLine
    text: str
    receipt: Receipt | None = None


def mentions_in(line: LogLine, needles: Collection[str]) -> Iterator[Mention]:
    """Where a line has one of these texts; it is read once, however many they are."""
    message = line.text("message")
    if message == RECEIPTS:
        for receipt in find_receipts(line.fields, needles):
            yield Mention(line, receipt.hash, receipt)
    elif message == REJECTED:
        named = dict.fromkeys((line.text("message_id"), line.text("record_id")))
        yield from (Mention(line, text) for text in named if text in needles)
    elif message == KEPT:
        hashes = line.text("ids")
        starts = range(0, len(hashes), HASH_CHARACTERS)
        named = dict.fromkeys(hashes[start : start + HASH_CHARACTERS] for start in starts)
        yield from (Mention(line, text) for text in named if text in needles)


def facts_in(lines: Iterable[LogLine], searched: SearchedId) -> list[Fact]:
    """What the lines say about an id, the oldest first."""
    mentions = (mention for line in lines for mention in mentions_in(line, searched.needles))
    return facts_from(mentions, searched)


def facts_from(mentions: Iterable[Mention], searched: SearchedId) -> list[Fact]:
    """What the mentions of an id say about it, the oldest first.

    All lines of an invocation get the time of the first, since they are about one moment.
    """
    invocations: defaultdict[str, list[Mention]] = defaultdict(list)
    for mention in mentions:
        line = mention.line
        invocations[line.invocation or line.at.isoformat()].append(mention)
    facts = {fact for group in invocations.values() for fact in invocation_facts(group, searched)}
    return sorted(facts, key=lambda fact: (fact.at, fact.act, fact.code))


def invocation_facts(mentions: list[Mention], searched: SearchedId) -> Iterator[Fact]:
    """What one invocation says about an id."""
    own = [mention for mention in mentions if mention.text != searched.insert_receipt]
    if not own:
        return
    at = min(mention.line.at for mention in own)
    facts = [replace(fact, at=at) for fact in map(mentioned_fact, own) if fact is not None]
    receipts = [mention.receipt for mention in mentions if mention.receipt is not None]
    taken = {ACTS.get(one.list) for one in receipts if one.hash == searched.insert_receipt}
    yield from with_insert_id(facts, taken, at)
    yield from record_facts(at, {one.detail for one in receipts if one.list is ReceiptList.RECORDS})


def mentioned_fact(mention: Mention) -> Fact | None:
    """What a mention says about an event, or about the record of a rejected one."""
    line, receipt = mention.line, mention.receipt
    if receipt is None:
        if line.text("message") == KEPT:
            return undelivered(line, Act.KEPT)
        of_record = mention.text != line.text("message_id")
        return replace(undelivered(line, Act.REJECTED), of_record=of_record)
    if receipt.list not in ACTS:
        return None
    reason = receipt.detail if receipt.list is ReceiptList.FILTERED else ""
    return Fact(line.at, ACTS[receipt.list], reason=reason)


def with_insert_id(facts: list[Fact], taken: Collection[Act | None], at: datetime) -> list[Fact]:
    """The facts about an event, and what the receipts of its `$insert_id` say.

    Another event may have the same one when it is only a part or a hash of the messageId: they
    count where the same invocation names the event itself.
    """
    acts = {fact.act for fact in facts}
    if Act.DELIVERED in taken and Act.UPDATED in acts:
        return [*(fact for fact in facts if fact.act is not Act.UPDATED), Fact(at, Act.DELIVERED)]
    if Act.PARTLY_DELIVERED in taken and acts & {Act.KEPT, Act.REJECTED}:
        return [*facts, Fact(at, Act.PARTLY_DELIVERED)]
    return facts


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
