"""An answer as one sentence, for somebody who is woken at night."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Final

from rudder_mixpanel_cli.terminal import printable
from rudder_mixpanel_cli.where.answer import Answer, CopyPlace, WhereOutcome
from rudder_mixpanel_cli.where.fact import Act, Fact
from rudder_mixpanel_cli.where.phrases import cause, clock, counted, duration, limit
from rudder_mixpanel_cli.where.situation import Situation
from rudder_mixpanel_cli.where.stored import Backlog, Coverage, QueueFindings


def sentence(answer: Answer, situation: Situation) -> str:
    """What became of the event, in one sentence, or two where a second one is needed."""
    return SENTENCES[answer.outcome](answer, situation)


def at_time(at: datetime, situation: Situation) -> str:
    """When something happened, by the clock and from now."""
    return f"at {clock(at, situation.now)}, {duration(situation.now - at)} ago"


def delivered(answer: Answer, situation: Situation) -> str:
    """It is in Mixpanel."""
    fact = decisive(answer)
    subject = "delivered"
    if answer.may_leave_events:
        subject = "at least one event of this record was delivered"
    elif answer.of_record:
        subject = "all events of this record are finished, the last of them delivered"
    since_sent = ""
    if situation.sent_at is not None:
        since_sent = f", {duration(fact.at - situation.sent_at)} after it was sent"
    is_update = fact.act is Act.UPDATED and situation.is_insert_id
    updates_only = is_update and answer.partly_at is None
    kind = ": only profile or group updates" if updates_only else ""
    older = superseded(answer, situation)
    rest = other_events(situation) if answer.may_leave_events else other_copy(answer, situation)
    return f"{subject} {at_time(fact.at, situation)}{since_sent}{kind}.{older}{rest}"


def superseded(answer: Answer, situation: Situation) -> str:
    """What to know when a part of a profile update was not sent; with the time if that differs."""
    at = answer.superseded_at
    if at is None:
        return ""
    is_known = answer.decisive is not None and answer.decisive.at == at
    when = "" if is_known else f" {at_time(at, situation)}"
    return (
        " Of its profile update, what was older than the profile's values was not sent"
        f"{when}, since newer ones were there."
    )


def other_copy(answer: Answer, situation: Situation) -> str:
    """Where another copy of a delivered event is."""
    if answer.copy is None:
        return ""
    if answer.copy is CopyPlace.DEAD:
        return " Another copy of it is in the dead-letter queue."
    coverage = situation.found.dead_coverage
    if coverage.is_complete:
        return " Another copy of it waits on the events queue."
    return (
        " Another copy of it waits on the events queue or is a dead letter: "
        f"{read_of(coverage, 'dead letter')}."
    )


def other_events(situation: Situation) -> str:
    """What to know about the other events of a record."""
    sentences = [
        "Others may wait, or were rejected: ask for each by its messageId.",
        *unread_queues(situation.found),
    ]
    return f" {' '.join(sentences)}"


def subject_of(answer: Answer, outcome: str, verb: str = "was") -> str:
    """What the sentence is about: the event that was asked for, or an event of that record."""
    return f"at least one event of this record {verb} {outcome}" if answer.of_record else outcome


def filtered(answer: Answer, situation: Situation) -> str:
    """The settings exclude it."""
    fact = decisive(answer)
    subject = subject_of(answer, "filtered")
    why = f": {printable(fact.reason)}" if fact.reason else ""
    return f"{subject} {at_time(fact.at, situation)}, and not sent to Mixpanel{why}."


def suppressed(answer: Answer, situation: Situation) -> str:
    """It is about a user whose data must not be sent."""
    when = at_time(decisive(answer).at, situation)
    subject = subject_of(answer, "suppressed")
    return f"{subject} {when}: it names a user whose data must not be sent, and was dropped."


def waiting(answer: Answer, situation: Situation) -> str:
    """It is on the events queue."""
    subject = subject_of(answer, "waiting", "is")
    if answer.partly_at is not None and not answer.of_record:
        subject = f"partly delivered {at_time(answer.partly_at, situation)}; the rest is waiting"
    since = answer.waiting_since
    beginning = f" since {clock(since, situation.now)}" if since else ""
    within = f"due within {limit(answer.next_within(situation.now))}"
    rest = f"The next attempt is {within}"
    if answer.attempts:
        rest = f"At least {counted(answer.attempts, 'attempt')} so far; the next is {within}"
    older = superseded(answer, situation)
    return f"{subject}{beginning}{why(answer)}. {rest}.{older}{possibly_dead(situation)}"


def rejected(answer: Answer, situation: Situation) -> str:
    """Mixpanel or the mapping refused it for good."""
    subject = subject_of(answer, "rejected")
    if answer.partly_at is not None and not answer.of_record:
        subject = f"partly delivered {at_time(answer.partly_at, situation)}; the rest was rejected"
    fact = answer.decisive
    when = f" {at_time(fact.at, situation)}" if fact else ""
    older = superseded(answer, situation)
    return f"{subject}{when}{why(answer)}.{older} {place(answer, situation)}"


def place(answer: Answer, situation: Situation) -> str:
    """Whether a rejected event is still in the rejected queue."""
    if answer.stored is not None:
        first = clock(answer.stored.first_sent_at, situation.now)
        return f"It is in the rejected queue, first sent at {first}."
    coverage = situation.found.rejected_coverage
    if not coverage.is_complete:
        return f"It may still be in the rejected queue: {read_of(coverage, 'message')}."
    return (
        "It is no longer in the rejected queue: it was replayed or deleted, and the log has "
        f"nothing newer.{possibly_dead(situation)}"
    )


def possibly_dead(situation: Situation) -> str:
    """What to know when an event that is not finished was not found among the dead letters."""
    coverage = situation.found.dead_coverage
    if coverage.is_complete:
        return ""
    return f" Its record may be a dead letter: {read_of(coverage, 'dead letter')}."


def read_of(coverage: Coverage, noun: str) -> str:
    """How much of a queue was read, and why not all of it."""
    read = f"{coverage.read:,} of about {coverage.present:,} {noun}s were read"
    if not coverage.hidden:
        return read
    verb = "is" if coverage.hidden == 1 else "are"
    return f"{read}; {coverage.hidden:,} {verb} hidden by another reader"


def dead(answer: Answer, situation: Situation) -> str:
    """Its record made the function fail."""
    first = ""
    if answer.stored is not None:
        first = f", first sent at {clock(answer.stored.first_sent_at, situation.now)}"
    return f"dead: its record is in the dead-letter queue{first}."


def undelivered(answer: Answer, situation: Situation) -> str:
    """EventBridge could not put it on the events queue."""
    first = ""
    if answer.stored is not None:
        first = f", since {clock(answer.stored.first_sent_at, situation.now)}"
    return f"not delivered to the stack: EventBridge could not put it on the events queue{first}."


def not_received(_answer: Answer, situation: Situation) -> str:
    """Nothing knows it."""
    age = duration(situation.now - situation.since)
    since = clock(situation.since, situation.now)
    unread = list(unread_queues(situation.found))
    queues = "what was read of the queues" if unread else "a queue of undelivered events"
    sentences = [
        f"not received in the last {age}, since {since}: neither the log nor {queues} has it.",
        *unread,
        backlog(situation.backlog),
    ]
    return " ".join(sentences)


def unread_queues(found: QueueFindings) -> Iterator[str]:
    """A sentence for each queue that was not read as a whole, where an event may be."""
    coverages = {
        "rejected message": found.rejected_coverage,
        "dead letter": found.dead_coverage,
        "undelivered message": found.undelivered_coverage,
    }
    for noun, coverage in coverages.items():
        if not coverage.is_complete:
            yield f"{read_of(coverage, noun)}."


def backlog(events: Backlog) -> str:
    """What waits on the events queue, where an event may be that nothing else knows."""
    age = f", the oldest for {duration(events.oldest)}" if events.oldest else ""
    unread = f"{counted(events.unread, 'message')} on the events queue not read yet{age}"
    held = f"{counted(events.in_flight, 'message')} being delivered or waiting for another attempt"
    present = [text for text, count in ((unread, events.unread), (held, events.in_flight)) if count]
    if not present:
        return "The events queue is empty."
    return f"It may be among these: {', and '.join(present)}."


def why(answer: Answer) -> str:
    """The cause and the reason, as far as they are known."""
    if not answer.code:
        return ""
    reason = f" ({answer.reason})" if answer.reason else ""
    return printable(f": {cause(answer.code, answer.endpoint)}{reason}")


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
