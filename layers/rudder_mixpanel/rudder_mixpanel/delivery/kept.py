"""The kept events of a batch in few log lines: an outage has few reasons and many events."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import batched
from typing import Any, Final, NamedTuple

from rudder_mixpanel.delivery.backoff import backoff_of
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.receipts import HASH_CHARACTERS, LINE_BYTES, receipt_hashes
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import Kept
from rudder_mixpanel.mixpanel.words import loggable_words

# Events of one line, so that the hashes of their ids fit into it.
MOST_EVENTS: Final = LINE_BYTES // HASH_CHARACTERS
# Attempts after which a kept event is named again: about seventeen hours.
NAMED_EVERY: Final = 64


class Reason(NamedTuple):
    """Why events are kept, at which endpoint, and how often they were tried."""

    code: Code
    message: str
    endpoint: str
    attempt: int

    @property
    def names_events(self) -> bool:
        """Whether the events are named: at powers of two of the attempt, and once a day.

        An event that is tried a hundred times a day would else fill the log with its id.
        """
        return self.attempt & (self.attempt - 1) == 0 or self.attempt % NAMED_EVERY == 0


def kept_lines(kept: Sequence[Event], now: datetime) -> Iterator[dict[str, Any]]:
    """The fields of the log lines about kept events: one for each reason, or a few if need be."""
    waits = record_waits(kept, now)
    by_reason: defaultdict[Reason, list[Event]] = defaultdict(list)
    for event in kept:
        by_reason[reason_of(event)].append(event)
    for reason, group in by_reason.items():
        within = max(waits[event.record.id] for event in group)
        for part in batched(group, MOST_EVENTS, strict=False):
            yield line_of(reason, part, within)


def record_waits(kept: Iterable[Event], now: datetime) -> dict[str, int]:
    """For each record with kept events, the seconds within which it is received again."""
    waits: dict[str, int] = {}
    for event in kept:
        waits[event.record.id] = max(waits.get(event.record.id, 0), backoff_of(event, now))
    return waits


def reason_of(event: Event) -> Reason:
    """Why an event is kept. Raises TypeError for one that is not."""
    outcome = event.outcome
    if not isinstance(outcome, Kept):
        raise TypeError("expected a kept event")
    endpoint = next(
        (operation.endpoint for operation, result in event.results() if result is outcome), ""
    )
    return Reason(outcome.code, outcome.message, endpoint, event.record.attempt)


def line_of(reason: Reason, events: Sequence[Event], within: int) -> dict[str, Any]:
    """The fields of one line; those without a value are left out."""
    ids = [event.message_id for event in events if event.message_id] if reason.names_events else ()
    fields = {
        "code": reason.code,
        "reason": reason.message,
        "words": next(filter(None, map(words_about, events)), ""),
        "endpoint": reason.endpoint,
        "attempt": reason.attempt,
        "next_attempt_within": within,
        "events": len(events),
        "ids": receipt_hashes(ids),
    }
    return {name: value for name, value in fields.items() if value != ""}


def words_about(event: Event) -> str:
    """What may be logged of Mixpanel's message about a kept event."""
    outcome = event.outcome
    return loggable_words(outcome.quote) if isinstance(outcome, Kept) else ""
