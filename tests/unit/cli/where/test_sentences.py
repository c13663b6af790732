"""What became of an event, decided from facts, and said in a sentence."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.where.answer import WhereOutcome, decide
from rudder_mixpanel_cli.where.fact import Act, Fact
from rudder_mixpanel_cli.where.sentence import SENTENCES, sentence
from rudder_mixpanel_cli.where.stored import Backlog, Coverage, QueueFindings
from tests.unit.cli.where.facts import (
    BUSY,
    DELIVERED,
    IN_REJECTED,
    NAMELESS,
    NONE,
    PARTLY,
    REFUSED,
    REJECTED,
    REJECTED_BY_IMPORT,
    SENT,
    fact,
    kept,
    situation,
)

CASES: dict[str, tuple[Iterable[Fact], QueueFindings, str]] = {
    "delivered": ([DELIVERED], NONE, "delivered at 03:19:00 UTC, 60 seconds ago."),
    "delivered the day before": (
        [fact(1800, Act.DELIVERED)],
        NONE,
        "delivered at 2026-11-25 21:20:00 UTC, 30 hours ago.",
    ),
    "only updates": (
        [fact(2, Act.UPDATED)],
        NONE,
        "delivered at 03:18:00 UTC, 2 minutes ago: only profile or group updates.",
    ),
    "delivered in two parts": (
        [PARTLY, kept(9, 1, endpoint="engage"), fact(2, Act.UPDATED)],
        NONE,
        "delivered at 03:18:00 UTC, 2 minutes ago.",
    ),
    "two copies in one invocation": (
        [PARTLY, kept(9, 1), fact(9, Act.DELIVERED)],
        NONE,
        "delivered at 03:11:00 UTC, 9 minutes ago.",
    ),
    "a copy waits": (
        [fact(9, Act.DELIVERED), kept(1, 1)],
        NONE,
        "delivered at 03:11:00 UTC, 9 minutes ago. Another copy of it waits on the events queue.",
    ),
    "waiting": (
        [kept(0.25, 1)],
        NONE,
        (
            "waiting since 03:19:45 UTC: THROTTLED by import (HTTP 429). "
            "At least 1 attempt so far; the next is due within 21 seconds."
        ),
    ),
    "waiting for long": (
        [kept(48, 1), kept(44, 4, 288), kept(10, 8, 1080)],
        NONE,
        (
            "waiting since 02:32:00 UTC: THROTTLED by import (HTTP 429). "
            "At least 8 attempts so far; the next is due within 8 minutes."
        ),
    ),
    "tried again without a line": (
        [kept(10, 2)],
        NONE,
        (
            "waiting since 03:10:00 UTC: THROTTLED by import (HTTP 429). "
            "At least 2 attempts so far; the next is due within 18 minutes."
        ),
    ),
    "older than the profile": (
        [fact(2, Act.UPDATED), fact(2, Act.SUPERSEDED)],
        NONE,
        (
            "delivered at 03:18:00 UTC, 2 minutes ago: only profile or group updates. "
            "Of its profile update, what was older than the profile's values was not sent, "
            "since newer ones were there."
        ),
    ),
    "older than the profile, and delivered later": (
        [kept(9, 1), fact(9, Act.SUPERSEDED), fact(2, Act.DELIVERED)],
        NONE,
        (
            "delivered at 03:18:00 UTC, 2 minutes ago. "
            "Of its profile update, what was older than the profile's values was not sent "
            "at 03:11:00 UTC, 9 minutes ago, since newer ones were there."
        ),
    ),
    "older than the profile, and the rest waits": (
        [kept(0.25, 1), fact(0.25, Act.SUPERSEDED)],
        NONE,
        (
            "waiting since 03:19:45 UTC: THROTTLED by import (HTTP 429). "
            "At least 1 attempt so far; the next is due within 21 seconds. "
            "Of its profile update, what was older than the profile's values was not sent, "
            "since newer ones were there."
        ),
    ),
    "older than the profile, and the rest rejected": (
        [REJECTED, fact(9, Act.SUPERSEDED)],
        IN_REJECTED,
        (
            "rejected at 03:11:00 UTC, 9 minutes ago: MISSING_EVENT_NAME (no name). "
            "Of its profile update, what was older than the profile's values was not sent, "
            f"since newer ones were there. It is in the rejected queue, {SENT}"
        ),
    ),
    "older than the profile, without another line": (
        [fact(9, Act.SUPERSEDED)],
        NONE,
        (
            "waiting. The next attempt is due within 18 minutes. "
            "Of its profile update, what was older than the profile's values was not sent, "
            "since newer ones were there."
        ),
    ),
    "profile busy": (
        [BUSY],
        NONE,
        (
            "waiting since 03:19:45 UTC: PROFILE_BUSY "
            "(another invocation is updating the same profile). "
            "At least 1 attempt so far; the next is due within 8 seconds."
        ),
    ),
    "profile busy, tried again without a line": (
        [replace(BUSY, at=BUSY.at - timedelta(minutes=2))],
        NONE,
        (
            "waiting since 03:17:45 UTC: PROFILE_BUSY "
            "(another invocation is updating the same profile). "
            "At least 1 attempt so far; the next is due within 30 seconds."
        ),
    ),
    "partly waiting": (
        [PARTLY, kept(9, 1, endpoint="engage")],
        NONE,
        (
            "partly delivered at 03:11:00 UTC, 9 minutes ago; the rest is waiting "
            "since 03:11:00 UTC: "
            "THROTTLED by engage (HTTP 429). "
            "At least 1 attempt so far; the next is due within 18 minutes."
        ),
    ),
    "partly waiting, without a line": (
        [PARTLY],
        NONE,
        (
            "partly delivered at 03:11:00 UTC, 9 minutes ago; the rest is waiting. "
            "The next attempt is due within 18 minutes."
        ),
    ),
    "rejected": (
        [REJECTED],
        IN_REJECTED,
        (
            "rejected at 03:11:00 UTC, 9 minutes ago: MISSING_EVENT_NAME (no name). "
            f"It is in the rejected queue, {SENT}"
        ),
    ),
    "rejected, and not in the queue": (
        [REJECTED],
        NONE,
        (
            "rejected at 03:11:00 UTC, 9 minutes ago: MISSING_EVENT_NAME (no name). "
            "It is no longer in "
            "the rejected queue: it was replayed or deleted, and the log has nothing newer."
        ),
    ),
    "rejected, and the queue is long": (
        [REJECTED],
        QueueFindings(rejected_coverage=Coverage(3000, 20_000)),
        (
            "rejected at 03:11:00 UTC, 9 minutes ago: MISSING_EVENT_NAME (no name). "
            "It may still be in the rejected queue: 3,000 of about 20,000 messages were read."
        ),
    ),
    "rejected, and another reader has it": (
        [REJECTED],
        QueueFindings(rejected_coverage=Coverage(2, 2, 1)),
        (
            "rejected at 03:11:00 UTC, 9 minutes ago: MISSING_EVENT_NAME (no name). "
            "It may still be in the rejected queue: 2 of about 3 messages were read; "
            "1 is hidden by another reader."
        ),
    ),
    "replayed, and maybe dead": (
        [REJECTED],
        QueueFindings(dead_coverage=Coverage(0, 0, 2)),
        (
            "rejected at 03:11:00 UTC, 9 minutes ago: MISSING_EVENT_NAME (no name). "
            "It is no longer in the rejected queue: it was replayed or deleted, and the log has "
            "nothing newer. Its record may be a dead letter: 0 of about 2 dead letters were read; "
            "2 are hidden by another reader."
        ),
    ),
    "waiting, and maybe dead": (
        [kept(0.25, 1)],
        QueueFindings(dead_coverage=Coverage(3000, 3001)),
        (
            "waiting since 03:19:45 UTC: THROTTLED by import (HTTP 429). "
            "At least 1 attempt so far; the next is due within 21 seconds. "
            "Its record may be a dead letter: 3,000 of about 3,001 dead letters were read."
        ),
    ),
    "rejected before the log": (
        [],
        IN_REJECTED,
        f"rejected: MISSING_EVENT_NAME (no name). It is in the rejected queue, {SENT}",
    ),
    "rejected by Mixpanel before the log": (
        [],
        QueueFindings(rejected=REFUSED),
        f"rejected: REFUSED_BY_MIXPANEL by import. It is in the rejected queue, {SENT}",
    ),
    "partly rejected": (
        [PARTLY, REJECTED_BY_IMPORT],
        QueueFindings(rejected=REFUSED),
        (
            "partly delivered at 03:11:00 UTC, 9 minutes ago; the rest was rejected "
            "at 03:11:00 UTC, "
            "9 minutes ago: REFUSED_BY_MIXPANEL by import (refused). "
            f"It is in the rejected queue, {SENT}"
        ),
    ),
    "replayed and waiting": (
        [kept(20, 1), REJECTED, kept(0.25, 1)],
        NONE,
        (
            "waiting since 03:19:45 UTC: THROTTLED by import (HTTP 429). "
            "At least 1 attempt so far; the next is due within 21 seconds."
        ),
    ),
    "replayed and delivered": (
        [REJECTED, DELIVERED],
        NONE,
        "delivered at 03:19:00 UTC, 60 seconds ago.",
    ),
    "replayed and rejected again": (
        [DELIVERED, fact(0.5, Act.REJECTED, Code.EXPIRED)],
        NONE,
        (
            "rejected at 03:19:30 UTC, 30 seconds ago: EXPIRED. It is no longer in "
            "the rejected queue: "
            "it was replayed or deleted, and the log has nothing newer."
        ),
    ),
    "filtered": (
        [fact(9, Act.FILTERED, reason="integrations.All is false")],
        NONE,
        (
            "filtered at 03:11:00 UTC, 9 minutes ago, and not sent to Mixpanel: "
            "integrations.All is false."
        ),
    ),
    "suppressed": (
        [fact(9, Act.SUPPRESSED)],
        NONE,
        (
            "suppressed at 03:11:00 UTC, 9 minutes ago: it names a user whose data "
            "must not be sent, "
            "and was dropped."
        ),
    ),
    "filtered, sent again and waiting": (
        [fact(9, Act.FILTERED), kept(0.25, 1)],
        NONE,
        (
            "waiting since 03:19:45 UTC: THROTTLED by import (HTTP 429). "
            "At least 1 attempt so far; the next is due within 21 seconds."
        ),
    ),
    "suppressed, sent again and dead": (
        [fact(9, Act.SUPPRESSED)],
        QueueFindings(dead=NAMELESS),
        f"dead: its record is in the dead-letter queue, {SENT}",
    ),
    "dead": (
        [kept(9, 1)],
        QueueFindings(dead=NAMELESS),
        f"dead: its record is in the dead-letter queue, {SENT}",
    ),
    "replayed and dead": (
        [REJECTED],
        QueueFindings(dead=NAMELESS),
        f"dead: its record is in the dead-letter queue, {SENT}",
    ),
    "delivered, and a copy dead": (
        [fact(9, Act.DELIVERED), kept(1, 1)],
        QueueFindings(dead=NAMELESS),
        (
            "delivered at 03:11:00 UTC, 9 minutes ago. "
            "Another copy of it is in the dead-letter queue."
        ),
    ),
    "delivered, and a copy maybe dead": (
        [fact(9, Act.DELIVERED), kept(1, 1)],
        QueueFindings(dead_coverage=Coverage(3000, 3001)),
        (
            "delivered at 03:11:00 UTC, 9 minutes ago. Another copy of it waits on the events "
            "queue or is a dead letter: 3,000 of about 3,001 dead letters were read."
        ),
    ),
    "undelivered by EventBridge": (
        [],
        QueueFindings(undelivered=NAMELESS),
        (
            "not delivered to the stack: EventBridge could not put it on the events queue, "
            "since 03:10:00 UTC."
        ),
    ),
    "not received": (
        [],
        NONE,
        (
            "not received in the last 24 hours, since 2026-11-26 03:20:00 UTC: "
            "neither the log nor a "
            "queue of undelivered events has it. The events queue is empty."
        ),
    ),
    "not received, and queues are long": (
        [],
        QueueFindings(
            rejected_coverage=Coverage(5, 5),
            dead_coverage=Coverage(3000, 3001),
            undelivered_coverage=Coverage(0, 0, 1),
        ),
        (
            "not received in the last 24 hours, since 2026-11-26 03:20:00 UTC: "
            "neither the log nor what was read of the queues has it. "
            "3,000 of about 3,001 dead letters were read. "
            "0 of about 1 undelivered messages were read; 1 is hidden by another reader. "
            "The events queue is empty."
        ),
    ),
    "record delivered": (
        [fact(9, Act.DELIVERED, of_record=True)],
        NONE,
        (
            "all events of this record are finished, the last of them delivered at 03:11:00 UTC, "
            "9 minutes ago."
        ),
    ),
    "record of which an event was rejected and replayed": (
        [fact(9, Act.REJECTED, of_record=True), fact(1, Act.DELIVERED, of_record=True)],
        NONE,
        (
            "at least one event of this record was delivered at 03:19:00 UTC, 60 seconds ago. "
            "Others may wait, or were rejected: ask for each by its messageId."
        ),
    ),
    "record of which an event was replayed, while another reader has others": (
        [fact(9, Act.REJECTED, of_record=True), fact(1, Act.DELIVERED, of_record=True)],
        QueueFindings(rejected_coverage=Coverage(0, 0, 3)),
        (
            "at least one event of this record was delivered at 03:19:00 UTC, 60 seconds ago. "
            "Others may wait, or were rejected: ask for each by its messageId. "
            "0 of about 3 rejected messages were read; 3 are hidden by another reader."
        ),
    ),
    "record delivered, and received again": (
        [fact(9, Act.DELIVERED, of_record=True), fact(1, Act.KEPT, of_record=True)],
        NONE,
        (
            "at least one event of this record was delivered at 03:11:00 UTC, 9 minutes ago. "
            "Others may wait, or were rejected: ask for each by its messageId."
        ),
    ),
    "record of which an event is rejected after another was replayed": (
        [
            fact(9, Act.REJECTED, Code.TOO_OLD, reason="old", of_record=True),
            fact(1, Act.DELIVERED, of_record=True),
        ],
        IN_REJECTED,
        (
            "at least one event of this record was rejected at 03:11:00 UTC, 9 minutes ago: "
            f"TOO_OLD (old). It is in the rejected queue, {SENT}"
        ),
    ),
    "record of which a replayed event is dead": (
        [fact(9, Act.REJECTED, of_record=True), fact(1, Act.DELIVERED, of_record=True)],
        QueueFindings(dead=NAMELESS),
        f"dead: its record is in the dead-letter queue, {SENT}",
    ),
    "record filtered": (
        [fact(9, Act.FILTERED, of_record=True)],
        NONE,
        (
            "at least one event of this record was filtered at 03:11:00 UTC, 9 minutes ago, "
            "and not sent to Mixpanel."
        ),
    ),
    "record suppressed": (
        [fact(9, Act.SUPPRESSED, of_record=True)],
        NONE,
        (
            "at least one event of this record was suppressed at 03:11:00 UTC, 9 minutes ago: "
            "it names a user whose data must not be sent, and was dropped."
        ),
    ),
    "record waiting": (
        [fact(9, Act.KEPT, of_record=True), fact(9, Act.PARTLY_DELIVERED, of_record=True)],
        NONE,
        (
            "at least one event of this record is waiting since 03:11:00 UTC. "
            "The next attempt is due within 18 minutes."
        ),
    ),
    "record rejected": (
        [
            fact(9, Act.REJECTED, of_record=True),
            fact(9, Act.REJECTED, Code.TOO_OLD, reason="old", of_record=True),
        ],
        IN_REJECTED,
        (
            "at least one event of this record was rejected at 03:11:00 UTC, 9 minutes ago: "
            f"TOO_OLD (old). It is in the rejected queue, {SENT}"
        ),
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_facts_become_a_sentence(name: str) -> None:
    """For each outcome, and for what is special about it."""
    facts, found, expected = CASES[name]
    assert sentence(decide(facts, found), situation(found)) == expected


def test_every_outcome_has_a_sentence() -> None:
    """The cases above have all of them."""
    outcomes = {decide(facts, found).outcome for facts, found, _ in CASES.values()}
    assert outcomes == set(WhereOutcome) == SENTENCES.keys()


@pytest.mark.parametrize("name", CASES)
def test_order_of_facts_does_not_matter(name: str) -> None:
    """The log's windows may come in any order."""
    facts, found, _ = CASES[name]
    assert decide(reversed(list(facts)), found) == decide(facts, found)


@pytest.mark.parametrize(
    ("backlog", "expected"),
    [
        (
            Backlog(12_400, 2000, timedelta(minutes=11)),
            (
                "It may be among these: 12,400 messages on the events queue not read "
                "yet, the oldest "
                "for 11 minutes, and 2,000 messages being delivered or waiting for another attempt."
            ),
        ),
        (
            Backlog(1, 0),
            "It may be among these: 1 message on the events queue not read yet.",
        ),
    ],
)
def test_missing_event_may_wait_unread(backlog: Backlog, expected: str) -> None:
    """The sentence ends with what the events queue holds."""
    assert sentence(decide([], NONE), situation(backlog=backlog)).endswith(expected)


def test_time_since_it_was_sent_is_told_if_known() -> None:
    """To who has sent it."""
    told = sentence(
        decide([DELIVERED], NONE), situation(sent_at=DELIVERED.at - timedelta(seconds=3))
    )
    assert told == "delivered at 03:19:00 UTC, 60 seconds ago, 3 seconds after it was sent."
