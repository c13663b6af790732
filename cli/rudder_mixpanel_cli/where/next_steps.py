"""What to do about an answer, and the command to run next."""

from collections.abc import Iterator
from typing import Final

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.queues.cause_summary import DEAD_ADVICE, advice
from rudder_mixpanel_cli.where.answer import Answer, CopyPlace, WhereOutcome
from rudder_mixpanel_cli.where.situation import Situation

# Rejected for a reason that may be gone; the others are the event's own, and a replay repeats them.
WORTH_A_REPLAY: Final = frozenset(
    {
        Code.WRONG_DESTINATION,
        Code.GROUP_KEY_NOT_CONFIGURED,
        Code.GROUP_KEY_MISSING,
        Code.EMPTY_TEMPLATE,
        Code.INVALID_SETTING,
        Code.TOO_OLD,
        Code.REFUSED_BY_MIXPANEL,
        Code.EXPIRED,
        Code.INTERNAL_ERROR,
    }
)
UNDELIVERED_ADVICE: Final = (
    "Check the policy of the events queue, then send what EventBridge could not deliver."
)
# Waiting for something that `doctor` can look at.
DOCTOR_HELPS: Final = frozenset(
    {
        Code.WRONG_SETTINGS,
        Code.CREDENTIALS_REFUSED,
        Code.TOKEN_UNPROVEN,
        Code.WRONG_SERVER,
        Code.LEDGER_UNAVAILABLE,
        Code.PROFILE_ORDER_UNAVAILABLE,
        Code.SUPPRESSION_UNAVAILABLE,
        Code.WRONG_SUPPRESSION_KEY,
    }
)
NOT_RECEIVED_ADVICE: Final = (
    "The log is some seconds late: ask again. Then check that the event was sent to this stack, "
    "not before --since, and under this messageId: a user's id finds nothing, nor do quotes and "
    "commas around an id."
)


def next_steps(answer: Answer, situation: Situation) -> Iterator[str]:
    """What to do, one sentence or command a line; nothing when there is nothing to do."""
    match answer.outcome:
        case WhereOutcome.WAITING:
            if code := answer.code:
                yield advice(code)
                if code in DOCTOR_HELPS:
                    yield situation.command("doctor")
        case WhereOutcome.REJECTED:
            yield from after_rejection(answer, situation)
        case WhereOutcome.DEAD:
            yield DEAD_ADVICE
            yield situation.command_for_id("dead show")
            yield situation.command_for_id("dead replay")
        case WhereOutcome.UNDELIVERED:
            yield UNDELIVERED_ADVICE
            yield situation.command("dead replay", "--queue-url", situation.undelivered_url)
        case WhereOutcome.NOT_RECEIVED:
            yield NOT_RECEIVED_ADVICE
            yield situation.command("doctor")
        case WhereOutcome.DELIVERED if answer.copy is CopyPlace.DEAD:
            yield situation.command_for_id("dead show")
        case WhereOutcome.DELIVERED | WhereOutcome.FILTERED | WhereOutcome.SUPPRESSED:
            pass


def after_rejection(answer: Answer, situation: Situation) -> Iterator[str]:
    """What to do about a rejected event, as long as it can be found in the rejected queue."""
    if answer.code:
        yield advice(answer.code)
    if answer.stored is None:
        return
    if answer.code in WORTH_A_REPLAY:
        quotes = ("--quotes",) if answer.endpoint and not situation.shows_words else ()
        yield situation.command_for_id("rejected show", *quotes)
        yield situation.command_for_id("rejected replay")
    elif answer.code == Code.OUTCOME_UNKNOWN:
        yield situation.command_for_id("rejected show", "--body")
        yield situation.command_for_id("rejected replay", "--as-not-applied")
    else:
        yield situation.command_for_id("rejected show")
