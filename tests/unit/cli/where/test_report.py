"""An answer as text and as JSON: what to do, the history, and no control characters."""

import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel.message.log_ids import loggable_id
from rudder_mixpanel.mixpanel.responses import CODES
from rudder_mixpanel_cli.where.answer import decide
from rudder_mixpanel_cli.where.fact import Act
from rudder_mixpanel_cli.where.next_steps import WORTH_A_REPLAY
from rudder_mixpanel_cli.where.phrases import ANSWERS
from rudder_mixpanel_cli.where.report import as_json, text_lines
from rudder_mixpanel_cli.where.searched_id import SearchedId
from rudder_mixpanel_cli.where.sentence import sentence
from rudder_mixpanel_cli.where.situation import Situation
from rudder_mixpanel_cli.where.stored import QueueFindings, Stored
from tests.unit.cli.where.facts import (
    DELIVERED,
    IN_REJECTED,
    NONE,
    NOW,
    REFUSED,
    REJECTED_BY_IMPORT,
    fact,
    kept,
    situation,
)


def test_rejected_event_is_explained() -> None:
    """Mixpanel's words as the log has them, what to do, and the commands to run next."""
    found = QueueFindings(rejected=REFUSED)
    assert list(text_lines(decide([REJECTED_BY_IMPORT], found), situation(found)))[1:] == [
        '  Mixpanel: "bad time"',
        "  Mixpanel rejected the event; the message says why. Fix the event and replay it.",
        "  rudder-mixpanel rejected show m-1 --quotes --stack prod",
        "  rudder-mixpanel rejected replay m-1 --stack prod",
    ]


@pytest.mark.parametrize(
    ("code", "helps"),
    [
        (Code.CREDENTIALS_REFUSED, True),
        (Code.PROFILE_ORDER_UNAVAILABLE, True),
        (Code.PROFILE_BUSY, False),
        (Code.THROTTLED, False),
    ],
)
def test_waiting_event_names_doctor_where_it_helps(code: Code, helps: bool) -> None:  # noqa: FBT001
    """A cause that somebody must fix is looked for by it; one that ends by itself is not."""
    lines = list(
        text_lines(
            decide([fact(1, Act.KEPT, code, attempt=1, next_within=36)], NONE), situation(NONE)
        )
    )
    assert ("  rudder-mixpanel doctor --stack prod" in lines) is helps


def test_blanks_around_an_id_do_not_count() -> None:
    """It may be pasted with them."""
    assert SearchedId.of(" m-1 ") == SearchedId.of("m-1")


def test_sender_of_an_event_sees_all_of_mixpanels_words() -> None:
    """They know what is in it."""
    found = QueueFindings(rejected=REFUSED)
    answer = decide([REJECTED_BY_IMPORT], found)
    assert '  Mixpanel: "ann@x.com"' in text_lines(answer, situation(found, shows_words=True))
    assert "ann@x.com" not in "\n".join(text_lines(answer, situation(found)))


def test_history_is_short() -> None:
    """A line for each fact, the newest last; of many, the newest eight."""
    facts = [kept(60 - number, 2**number) for number in range(9)]
    lines = list(text_lines(decide([*facts, DELIVERED], NONE), situation()))
    assert (lines[1], lines[-1], len(lines)) == (
        "  (2 earlier lines)",
        "  03:19:00 UTC  delivered",
        10,
    )
    assert lines[2] == "  02:22:00 UTC  kept (attempt 4): THROTTLED by import, HTTP 429"


def test_history_has_what_the_sentence_does_not() -> None:
    """An update that was superseded in the last invocation is in the sentence already."""
    earlier, last = fact(9, Act.SUPERSEDED), fact(1, Act.SUPERSEDED)
    lines = list(text_lines(decide([earlier, kept(9, 1), DELIVERED, last], NONE), situation()))
    assert lines[-3:] == [
        "  03:11:00 UTC  kept (attempt 1): THROTTLED by import, HTTP 429",
        "  03:11:00 UTC  not sent: the older part of a profile update",
        "  03:19:00 UTC  delivered",
    ]


def test_control_characters_are_not_printed() -> None:
    """A terminal would execute them."""
    answer = decide([fact(1, Act.FILTERED, reason="\x1b[2J")], NONE)
    assert "\x1b" not in "\n".join(text_lines(answer, situation()))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a b;c", "rejected show 'a b;c' --stack prod"),
        ("it's", """rejected show 'it'"'"'s' --stack prod"""),
        ("-rf", "rejected show --stack prod -- -rf"),
        ("\x1b[2J", f"rejected show {loggable_id('\x1b[2J')} --stack prod"),
    ],
)
def test_command_can_be_pasted(text: str, shown: str) -> None:
    """Whatever the id is: a shell and the command see it as one argument."""
    answer = decide([], IN_REJECTED)
    asked = Situation(text, NOW, NOW, "prod", IN_REJECTED)
    assert f"  rudder-mixpanel {shown}" in text_lines(answer, asked)


def test_control_characters_of_a_queue_are_not_printed() -> None:
    """Any sender can set the attributes of a message."""
    found = QueueFindings(rejected=Stored("s", NOW, "A\x1b[2J", "b\x1b[2J", "", "c"))
    assert "\x1b" not in "\n".join(text_lines(decide([], found), situation(found)))


def test_endpoint_is_named_for_answers_of_mixpanel() -> None:
    """Not for a cause that is none of them, also in the history."""
    cause = {"endpoint": "import", "reason": "the table does not respond"}
    facts = [fact(9, Act.KEPT, Code.SUPPRESSION_UNAVAILABLE, **cause), kept(0.25, 2)]
    lines = list(text_lines(decide(facts, NONE), situation()))
    assert (": THROTTLED by import (" in lines[0], lines[-2]) == (
        True,
        "  03:11:00 UTC  kept: SUPPRESSION_UNAVAILABLE, the table does not respond",
    )
    waiting = sentence(decide(facts[:1], NONE), situation())
    assert ": SUPPRESSION_UNAVAILABLE (the table does not respond)." in waiting


def test_codes_of_responses_are_answers() -> None:
    """All that an HTTP status stands for."""
    assert set(CODES.values()) <= ANSWERS


def test_json_has_what_a_program_needs() -> None:
    """What is not known is null."""
    shown = as_json(decide([kept(0.25, 1)], NONE), situation())
    assert shown | {"sentence": "", "nextSteps": []} == {
        "id": "m-1",
        "outcome": "waiting",
        "sentence": "",
        "at": "2026-11-27T03:19:45+00:00",
        "partlyDeliveredAt": None,
        "supersededAt": None,
        "otherCopy": None,
        "secondsAfterSent": None,
        "code": "THROTTLED",
        "endpoint": "import",
        "reason": "HTTP 429",
        "words": None,
        "attempts": 1,
        "nextWithinSeconds": 21,
        "inQueue": False,
        "nextSteps": [],
        "unread": 0,
        "history": [
            {
                "at": "2026-11-27T03:19:45+00:00",
                "act": "kept",
                "code": "THROTTLED",
                "endpoint": "import",
                "reason": "HTTP 429",
                "attempt": 1,
                "nextWithinSeconds": 36,
            }
        ],
    }


def test_replay_is_advised_only_where_it_can_help() -> None:
    """Not for what is wrong with the event itself; for an unknown outcome with its option."""
    advised = {
        code: [
            line
            for line in text_lines(answer, situation(found))
            if " replay " in line and "rudder" in line
        ]
        for code in Code
        for found in [QueueFindings(rejected=Stored("s", NOW, code))]
        for answer in [decide([], found)]
    }
    with_option = advised.pop(Code.OUTCOME_UNKNOWN)
    assert {code for code, lines in advised.items() if lines} == WORTH_A_REPLAY
    assert "--as-not-applied" in with_option[0]
