"""What became of an event: one outcome, decided by everything that is known about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from rudder_mixpanel.delivery.backoff import MAX_BACKOFF, MAX_SHORT_WAIT
from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.where.fact import FINAL, Act, Fact
from rudder_mixpanel_cli.where.stored import QueueFindings, Stored

# A kept event is tried again within this time: the longest back-off with its jitter of a fifth.
LONGEST_WAIT: Final = timedelta(seconds=MAX_BACKOFF * 1.2)
# The same of one that only waits for another invocation.
LONGEST_SHORT_WAIT: Final = timedelta(seconds=MAX_SHORT_WAIT)


class WhereOutcome(StrEnum):
    """What became of an event."""

    DELIVERED = "delivered"
    WAITING = "waiting"
    REJECTED = "rejected"
    FILTERED = "filtered"
    SUPPRESSED = "suppressed"
    DEAD = "dead"
    UNDELIVERED = "undelivered"
    NOT_RECEIVED = "not received"

    @property
    def is_final(self) -> bool:
        """Whether nothing more happens by itself."""
        return self not in {WhereOutcome.WAITING, WhereOutcome.NOT_RECEIVED}


class CopyPlace(StrEnum):
    """Where another copy of a finished event is."""

    EVENTS = "events queue"
    DEAD = "dead-letter queue"


OUTCOMES: Final = {
    Act.KEPT: WhereOutcome.WAITING,
    Act.SUPERSEDED: WhereOutcome.WAITING,
    Act.PARTLY_DELIVERED: WhereOutcome.WAITING,
    Act.FILTERED: WhereOutcome.FILTERED,
    Act.SUPPRESSED: WhereOutcome.SUPPRESSED,
    Act.REJECTED: WhereOutcome.REJECTED,
    Act.UPDATED: WhereOutcome.DELIVERED,
    Act.DELIVERED: WhereOutcome.DELIVERED,
}
# What is said of a part of an event, whatever became of the rest.
PARTS: Final = frozenset({Act.SUPERSEDED, Act.PARTLY_DELIVERED})
IN_MIXPANEL: Final = frozenset({Act.UPDATED, Act.DELIVERED})


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of an event, and what that is concluded from.

    `decisive` is the log's last word, if it has one. `partly_at` is when Mixpanel took a part of
    it, apart from the rest. `superseded_at` is when a part of its profile update was not sent,
    since the profile's values are newer. `copy` is where a finished event is once more, if it is.
    `stored` is its message, if a queue holds it.
    """

    outcome: WhereOutcome
    history: Sequence[Fact] = ()
    decisive: Fact | None = None
    partly_at: datetime | None = None
    superseded_at: datetime | None = None
    copy: CopyPlace | None = None
    stored: Stored | None = None

    @property
    def code(self) -> str:
        """The error code, from the log, else from the queue; empty if there is none."""
        logged = self.decisive.code if self.decisive else ""
        return logged or (self.stored.code if self.stored else "")

    @property
    def endpoint(self) -> str:
        """The endpoint that did not take it; empty if that is not known."""
        logged = self.decisive.endpoint if self.decisive else ""
        return logged or (self.stored.endpoint if self.stored else "")

    @property
    def reason(self) -> str:
        """Why, without personal data.

        A queue's message about an endpoint is Mixpanel's own, which can repeat values of the event.
        """
        if self.decisive and self.decisive.code:
            return self.decisive.reason
        return self.stored.message if self.stored and not self.stored.endpoint else ""

    @property
    def attempts(self) -> int:
        """How often it was tried, at least; 0 if that is not known."""
        return max((fact.attempt for fact in self.history), default=0)

    @property
    def waiting_since(self) -> datetime | None:
        """When it was kept first, after the last time that it was rejected; None if unknown."""
        kept: datetime | None = None
        for fact in self.history:
            if fact.act in FINAL:
                kept = None
            elif fact.act is Act.KEPT and kept is None:
                kept = fact.at
        return kept

    @property
    def of_record(self) -> bool:
        """Whether it is about a record, which may hold several events."""
        return any(fact.of_record for fact in self.history)

    @property
    def may_leave_events(self) -> bool:
        """Whether it is about a record of which other events may not be finished.

        Once an event is rejected, it is a message of its own, with an end of its own.
        """
        is_rejected = any(fact.act is Act.REJECTED for fact in self.history)
        return self.of_record and (is_rejected or self.copy is not None)

    def next_within(self, now: datetime) -> timedelta:
        """How soon a waiting event is tried again, at the latest."""
        fact = self.decisive
        if fact is None or not fact.next_within:
            return LONGEST_WAIT
        is_short = fact.code == Code.PROFILE_BUSY and fact.next_within <= MAX_SHORT_WAIT
        longest = LONGEST_SHORT_WAIT if is_short else LONGEST_WAIT
        left = fact.at + timedelta(seconds=fact.next_within) - now
        # It was tried again, which the log says only for some of the attempts.
        return left if left > timedelta(0) else longest


def decide(facts: Iterable[Fact], found: QueueFindings) -> Answer:
    """Decide what became of an event.

    The newest fact counts, so that a replayed event is not rejected any more. But a copy of a
    delivered event that is still on the queue does not make it less delivered. A record may have
    other events in the queues.
    """
    history = sorted(facts, key=lambda fact: (fact.at, fact.act, fact.code))
    last = last_word(history)
    if last is not None and is_end(last, found):
        return finished(history, last, found)
    if found.dead is not None:
        return answer(WhereOutcome.DEAD, history, stored=found.dead)
    if last is not None and last.act not in FINAL:
        return answer(WhereOutcome.WAITING, history, last)
    if last is not None or found.rejected is not None:
        rejection = last_of(history, {Act.REJECTED})
        return answer(WhereOutcome.REJECTED, history, rejection, stored=found.rejected)
    if found.undelivered is not None:
        return answer(WhereOutcome.UNDELIVERED, stored=found.undelivered)
    return answer(WhereOutcome.NOT_RECEIVED)


def last_word(history: Sequence[Fact]) -> Fact | None:
    """The fact that counts: the last that finished the event, or a later one that keeps it."""
    final = last_of(history, FINAL)
    if final is not None and final.act in IN_MIXPANEL:
        return final
    later = [fact for fact in history if final is None or fact.at > final.at]
    return last_of(later, {Act.KEPT}) or last_of(later, PARTS) or final


def is_end(last: Fact, found: QueueFindings) -> bool:
    """Whether the log's last word is the end, and no queue says otherwise."""
    if last.act is Act.REJECTED or last.act not in FINAL:
        return False
    if last.of_record:
        return found.dead is None and found.rejected is None
    return last.act in IN_MIXPANEL or found.dead is None


def answer(
    outcome: WhereOutcome,
    history: Sequence[Fact] = (),
    decisive: Fact | None = None,
    stored: Stored | None = None,
) -> Answer:
    """An answer about an event that is not finished, or not delivered as a whole."""
    return Answer(outcome, history, decisive, *times_of_parts(history), stored=stored)


def finished(history: Sequence[Fact], final: Fact, found: QueueFindings) -> Answer:
    """The answer about an event that was delivered, filtered or suppressed."""
    times = times_of_parts(history)
    return Answer(OUTCOMES[final.act], history, final, *times, copy=copy_of(history, final, found))


def copy_of(history: Sequence[Fact], final: Fact, found: QueueFindings) -> CopyPlace | None:
    """Where another copy of a finished event is, one that was kept or became a dead letter."""
    if found.dead is not None:
        return CopyPlace.DEAD
    is_kept = any(fact.at > final.at and fact.act is Act.KEPT for fact in history)
    return CopyPlace.EVENTS if is_kept else None


def times_of_parts(history: Sequence[Fact]) -> tuple[datetime | None, datetime | None]:
    """When a part was delivered apart from the rest, and when one was superseded."""
    return last_time(history, Act.PARTLY_DELIVERED), last_time(history, Act.SUPERSEDED)


def last_time(history: Sequence[Fact], act: Act) -> datetime | None:
    """When this was last done; None if it never was."""
    last = last_of(history, {act})
    return None if last is None else last.at


def last_of(history: Iterable[Fact], acts: Iterable[Act]) -> Fact | None:
    """The last fact that is one of these; of several at once, the one that says most."""
    wanted = frozenset(acts)
    found = [fact for fact in history if fact.act in wanted]
    return max(
        found, key=lambda fact: (fact.at, fact.act, not fact.of_record, fact.code), default=None
    )
