"""The account of a backfill before it starts: what it sends, and what that costs."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from rudder_mixpanel.message.times import EPOCH
from rudder_mixpanel_cli.backfill.chunk import RecordChunk, pack_chunks
from rudder_mixpanel_cli.backfill.counts import INDENT, EventCounts
from rudder_mixpanel_cli.backfill.estimate import ToDeliver
from rudder_mixpanel_cli.backfill.evaluation import ToSend
from rudder_mixpanel_cli.backfill.reading import EvaluatedEvent
from rudder_mixpanel_cli.terminal import printable, wrapped
from rudder_mixpanel_cli.where.phrases import counted, limit

# With more days, months are listed.
MOST_DAYS: Final = 31
AMOUNTS: Final = (
    "events",
    "identities",
    "updates",
    "counters",
    "left_out_updates",
    "left_out_counters",
    "bytes",
)


@dataclass(slots=True)
class BackfillAccount:
    """What the events of all inputs become; `by_day` counts those to send by day and type."""

    counts: EventCounts = field(default_factory=EventCounts)
    by_day: Counter[tuple[int, str]] = field(default_factory=Counter)
    amounts: Counter[str] = field(default_factory=Counter)
    records: int = 0
    weight: int = 0

    def take(
        self, events: Iterable[EvaluatedEvent], show: Callable[["BackfillAccount"], None]
    ) -> None:
        """Count all events, and show how far that is after each chunk."""
        for chunk in pack_chunks(events, self.add):
            self.add_records(chunk)
            show(self)

    def add(self, event: EvaluatedEvent) -> None:
        """Count an event."""
        self.counts.add(event)
        if isinstance(sent := event.evaluation, ToSend):
            self.by_day[sent.day, sent.type] += 1
            for name in AMOUNTS:
                self.amounts[name] += getattr(sent, name)

    def add_records(self, chunk: RecordChunk) -> None:
        """Count the records of a chunk."""
        self.records += len(chunk.records)
        self.weight += chunk.weight

    @property
    def to_deliver(self) -> ToDeliver:
        """What its delivery has to do."""
        names = ("events", "identities", "updates", "counters", "bytes")
        amounts = {name: self.amounts[name] for name in names}
        return ToDeliver(records=self.weight, sent=self.counts.to_send, **amounts)

    def periods(self) -> dict[str, Counter[str]]:
        """The events to send by day, or by month when there are many days, and by type."""
        days = {day for day, _ in self.by_day}
        length = len("2026-12-31" if len(days) <= MOST_DAYS else "2026-12")
        periods: dict[str, Counter[str]] = {}
        for (day, type_), count in sorted(self.by_day.items()):
            name = f"{EPOCH + timedelta(day):%Y-%m-%d}"[:length]
            periods.setdefault(name, Counter())[type_] += count
        return periods

    def lines(self, rate: int) -> Iterator[str]:
        """The account as text."""
        sent, records = counted(self.counts.to_send, "event"), counted(self.records, "record")
        yield f"{'read':<{INDENT}}{counted(self.counts.read, 'event')}"
        yield f"{'to send':<{INDENT}}{sent} in {records}"
        for period, types in self.periods().items():
            each = ", ".join(f"{printable(name)} {count:,}" for name, count in types.most_common())
            yield wrapped(each, f"{'':{INDENT}}{period}  {types.total():>10,}  ")
        yield from self.counts.lines()
        yield from self.costs(rate)

    def costs(self, rate: int) -> Iterator[str]:
        """What Mixpanel gets and bills, what AWS charges, and how long it takes."""
        amounts, work = self.amounts, self.to_deliver
        others = [
            (amounts["identities"], "identity event"),
            (amounts["updates"], "profile update"),
            (amounts["counters"], "counter"),
        ]
        more = "".join(f", {counted(count, noun)}" for count, noun in others if count)
        yield wrapped(
            f"bills {counted(amounts['events'], 'event')}, also those that it has already{more}; "
            f"about {counted(work.requests, 'request')}",
            f"{'Mixpanel':<{INDENT}}",
        )
        dropped = [
            (amounts["left_out_updates"], "profile update"),
            (amounts["left_out_counters"], "counter"),
        ]
        if any(count for count, _ in dropped):
            parts = " and ".join(counted(count, noun) for count, noun in dropped if count)
            yield f"{'':{INDENT}}without {parts} of these events: see --profiles and --counters"
        yield f"{'AWS':<{INDENT}}about ${work.dollars:,.2f}"
        time = limit(work.least_time(rate))
        yield f"{'time':<{INDENT}}at least {time}, at {rate:,} events a second"

    def as_json(self, rate: int) -> dict[str, Any]:
        """The account as JSON, with the same content as the text."""
        counts, work = self.counts, self.to_deliver
        return {
            "read": counts.read,
            "toSend": counts.to_send,
            "records": self.records,
            "byPeriod": {period: dict(types) for period, types in self.periods().items()},
            "leftOut": dict(counts.left_out),
            "refused": dict(counts.refused),
            "examples": counts.examples,
            "billedEvents": self.amounts["events"],
            "identityEvents": self.amounts["identities"],
            "profileUpdates": self.amounts["updates"],
            "counters": self.amounts["counters"],
            "profileUpdatesLeftOut": self.amounts["left_out_updates"],
            "countersLeftOut": self.amounts["left_out_counters"],
            "requests": work.requests,
            "dollars": round(work.dollars, 2),
            "seconds": round(work.least_time(rate).total_seconds()),
        }
