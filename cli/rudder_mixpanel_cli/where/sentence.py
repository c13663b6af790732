"""An answer as one sentence, for somebody who is woken at night."""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from rudder_mixpanel_cli.where.answer import Answer, WhereOutcome
from rudder_mixpanel_cli.where.fact import Act, Fact
from rudder_mixpanel_cli.where.phrases import clock, counted, duration, limit, printable
from rudder_mixpanel_cli.where.situation import Situation
from rudder_mixpanel_cli.where.stored import Backlog


def sentence(answer: Answer, situation: Situation) -> str:
    """What became of the event, in one sentence, or two where a second one is needed."""
    return SENTENCES[answer.outcome](answer, situation)


def at_time(at: datetime, situation: Situation) -> str:
    """When something happened, by the clock and from now."""
    return f"at {clock(at, situation.now)}, {duration(situation.now - at)} ago"


def delivered(answer: Answer, situation: Situation) -> str:
    """It is in Mixpanel."""
    fact = decisive(answer)
    what = "delivered"
    if fact.act is Act.UPDATED and answer.partly_at is None:
        what = "delivered, as profile or group updates,"
    elif answer.of_record:
        what = "every event of this record is finished, the last one was delivered"
    since_sent = ""
    if situation.sent_at is not None:
        since_sent = f", {duration(fact.at - situation.sent_at)} after it was sent"
    rest = ". Another copy of it waits on the events queue" if answer.copy_waits else ""
    return f"{what} {at_time(fact.at, situation)}{since_sent}{rest}."


def filtered(answer: Answer, situation: Situation) -> str:
    """The settings exclude it."""
    fact = decisive(answer)
    why = f": {printable(fact.reason)}" if fact.reason else ""
    return f"filtered {at_time(fact.at, situation)}, and not sent to Mixpanel{why}."


def suppressed(answer: Answer, situation: Situation) -> str:
    """It is about a user whose data must not be sent."""
    when = at_time(decisive(answer).at, situation)
    return f"suppressed {when}: it names a user whose data must not be sent, and was dropped."


def waiting(answer: Answer, situation: Situation) -> str:
    """It is on the events queue."""
    first = next((fact for fact in answer.history if fact.act is Act.KEPT), None)
    attempts = f", after at least {counted(answer.attempts, 'attempt')}" if answer.attempts else ""
    within = limit(answer.next_within(situation.now))
    subject = "at least one event of this record is waiting" if answer.of_record else "waiting"
    if answer.partly_at is not None and not answer.of_record:
        subject = f"partly delivered {at_time(answer.partly_at, situation)}; the rest is waiting"
    since = f" since {clock(first.at, situation.now)}" if first else ""
    return f"{subject}{since}{attempts}; the next one is due within {within}{why(answer)}."


def rejected(answer: Answer, situation: Situation) -> str:
    """Mixpanel or the mapping refused it for good."""
    subject = "rejected"
    if answer.partly_at is not None:
        subject = f"partly delivered {at_time(answer.partly_at, situation)}; the rest was rejected"
    elif answer.of_record:
        subject = "at least one event of this record was rejected"
    if (fact := answer.decisive) is not None:
        return f"{subject} {at_time(fact.at, situation)}{why(answer)}. {place(answer, situation)}"
    return f"{subject}{why(answer)}. {place(answer, situation)}"


def place(answer: Answer, situation: Situation) -> str:
    """Whether a rejected event is still in the rejected queue."""
    if answer.stored is not None:
        first = clock(answer.stored.first_sent_at, situation.now)
        return f"It is in the rejected queue, and was first sent at {first}."
    coverage = situation.found.rejected_coverage
    if coverage.is_complete:
        return "It is no longer in the rejected queue: it was replayed or deleted."
    return (
        f"It is not among the first {counted(coverage.read, 'message')} of the rejected queue, "
        f"which has about {coverage.present:,}."
    )


def dead(answer: Answer, situation: Situation) -> str:
    """Its record made the function fail."""
    first = ""
    if answer.stored is not None:
        first = f"; it was first sent at {clock(answer.stored.first_sent_at, situation.now)}"
    return f"dead: its record is in the dead-letter queue{first}."


def undelivered(answer: Answer, situation: Situation) -> str:
    """EventBridge could not put it on the events queue."""
    first = ""
    if answer.stored is not None:
        first = f", since {clock(answer.stored.first_sent_at, situation.now)}"
    return f"not delivered to the stack: EventBridge could not put it on the events queue{first}."


def not_received(answer: Answer, situation: Situation) -> str:
    """Nothing knows it."""
    since = clock(situation.since, situation.now)
    age = duration(situation.now - situation.since)
    return f"not received since {since} ({age}). {backlog(situation.backlog)}"


def backlog(events: Backlog) -> str:
    """What waits on the events queue, where an event may be that nothing else knows."""
    if not events.unread and not events.in_flight:
        return "The events queue is empty."
    sentences = []
    if events.unread:
        age = f", the oldest for {duration(events.oldest)}" if events.oldest else ""
        sentences.append(
            f"{counted(events.unread, 'message')} on the events queue: not read yet{age}."
        )
    if events.in_flight:
        held = counted(events.in_flight, "message")
        sentences.append(f"{held} of it: being delivered, or waiting for another attempt.")
    return " ".join(sentences)


def why(answer: Answer) -> str:
    """The code, the endpoint and the reason, as far as they are known."""
    if not answer.code:
        return ""
    by = f" by {answer.endpoint}" if answer.endpoint else ""
    return f": {answer.code}{by}" + (f" ({printable(answer.reason)})" if answer.reason else "")


def decisive(answer: Answer) -> Fact:
    """The log's last word. Raises TypeError for an answer that is not from the log."""
    if answer.decisive is None:
        raise TypeError("expected an answer from the log")
    return answer.decisive


SENTENCES: Final[dict[WhereOutcome, Callable[[Answer, Situation], str]]] = {
    WhereOutcome.DELIVERED: delivered,
    WhereOutcome.FILTERED: filtered,
    WhereOutcome.SUPPRESSED: suppressed,
    WhereOutcome.WAITING: waiting,
    WhereOutcome.REJECTED: rejected,
    WhereOutcome.DEAD: dead,
    WhereOutcome.UNDELIVERED: undelivered,
    WhereOutcome.NOT_RECEIVED: not_received,
}
