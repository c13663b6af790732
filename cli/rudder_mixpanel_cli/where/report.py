"""An answer as text on a terminal, and as JSON."""

from collections.abc import Iterator
from typing import Any, Final

from rudder_mixpanel_cli.errors import COMMAND_NAME
from rudder_mixpanel_cli.terminal import printable, wrapped
from rudder_mixpanel_cli.where.answer import Answer, WhereOutcome
from rudder_mixpanel_cli.where.fact import Act, Fact
from rudder_mixpanel_cli.where.next_steps import next_steps
from rudder_mixpanel_cli.where.phrases import cause, clock, counted
from rudder_mixpanel_cli.where.sentence import sentence
from rudder_mixpanel_cli.where.situation import Situation

# Lines of a history; of a longer one, the newest are shown.
HISTORY_LINES: Final = 8
INDENT: Final = "  "
DID: Final = {
    Act.KEPT: "kept",
    Act.SUPERSEDED: "not sent: the older part of a profile update",
    Act.PARTLY_DELIVERED: "partly delivered",
    Act.FILTERED: "filtered",
    Act.SUPPRESSED: "suppressed",
    Act.REJECTED: "rejected",
    Act.UPDATED: "finished: all of it was delivered",
    Act.DELIVERED: "delivered",
}


def text_lines(answer: Answer, situation: Situation) -> Iterator[str]:
    """The sentence, Mixpanel's words, what to do, and the history if there is more than one act."""
    yield wrapped(sentence(answer, situation), f"{printable(situation.text)}: ", INDENT)
    if words := words_of(answer, situation):
        yield wrapped(f'Mixpanel: "{printable(words)}"', INDENT)
    for step in map(printable, next_steps(answer, situation)):
        # A command stays on one line, to be copied.
        yield f"{INDENT}{step}" if step.startswith(COMMAND_NAME) else wrapped(step, INDENT)
    history = shown_history(answer)
    if len(history) > 1:
        yield from (f"{INDENT}{line}" for line in history_lines(history, situation))


def words_of(answer: Answer, situation: Situation) -> str:
    """Mixpanel's own words, which may hold data of the event only for the one who made it."""
    if answer.outcome not in {WhereOutcome.WAITING, WhereOutcome.REJECTED}:
        return ""
    if situation.shows_words and answer.stored and answer.stored.endpoint:
        return answer.stored.message.removeprefix(f"{answer.reason}: ")
    return answer.decisive.words if answer.decisive else ""


def shown_history(answer: Answer) -> list[Fact]:
    """The facts that say something new.

    A record's own is left out beside that of its event, and what the sentence says of a part.
    """
    detailed = {fact.at for fact in answer.history if fact.code}
    decided_at = answer.decisive and answer.decisive.at
    return [
        fact
        for fact in answer.history
        if not (fact.act is Act.SUPERSEDED and fact.at == decided_at)
        and (fact.code or fact.act is Act.SUPERSEDED or fact.at not in detailed)
    ]


def history_lines(history: list[Fact], situation: Situation) -> Iterator[str]:
    """A line for each act, the newest last."""
    left_out = len(history) - HISTORY_LINES
    if left_out > 0:
        yield f"({counted(left_out, 'earlier line')})"
    for fact in history[-HISTORY_LINES:]:
        yield f"{clock(fact.at, situation.now)}  {act_text(fact)}"


def act_text(fact: Fact) -> str:
    """What was done, with the reason."""
    attempt = f" (attempt {fact.attempt})" if fact.attempt else ""
    reason = ", ".join(filter(None, (cause(fact.code, fact.endpoint), fact.reason)))
    return f"{DID[fact.act]}{attempt}" + (f": {printable(reason)}" if reason else "")


def as_json(answer: Answer, situation: Situation) -> dict[str, Any]:
    """The answer for a program; what is not known is null."""
    decisive = answer.decisive
    waits = answer.outcome is WhereOutcome.WAITING
    return {
        "id": situation.text,
        "outcome": answer.outcome,
        "sentence": sentence(answer, situation),
        "at": decisive and decisive.at.isoformat(),
        "partlyDeliveredAt": answer.partly_at and answer.partly_at.isoformat(),
        "supersededAt": answer.superseded_at and answer.superseded_at.isoformat(),
        "otherCopy": answer.copy,
        "secondsAfterSent": seconds_after_sent(answer, situation),
        "code": answer.code or None,
        "endpoint": answer.endpoint or None,
        "reason": (answer.reason or (decisive.reason if decisive else "")) or None,
        "words": words_of(answer, situation) or None,
        "attempts": answer.attempts or None,
        "nextWithinSeconds": int(answer.next_within(situation.now).total_seconds())
        if waits
        else None,
        "inQueue": answer.stored is not None,
        "nextSteps": list(next_steps(answer, situation)),
        "unread": situation.backlog.unread,
        "history": [fact_json(fact) for fact in answer.history],
    }


def seconds_after_sent(answer: Answer, situation: Situation) -> float | None:
    """How long after it was sent the log's last word was said."""
    if answer.decisive is None or situation.sent_at is None:
        return None
    return (answer.decisive.at - situation.sent_at).total_seconds()


def fact_json(fact: Fact) -> dict[str, Any]:
    """A fact of the history."""
    optional = {
        "code": fact.code,
        "endpoint": fact.endpoint,
        "reason": fact.reason,
        "words": fact.words,
        "attempt": fact.attempt,
        "nextWithinSeconds": fact.next_within,
    }
    known = {name: value for name, value in optional.items() if value}
    return {"at": fact.at.isoformat(), "act": fact.act.name.lower(), **known}
