"""`rudder-mixpanel rejected list` and `dead list`, with moto as AWS."""

import json

import pytest

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.queues import name_summary
from tests.unit.cli.queues.stack_queues import NAMELESS, REJECTED, REPLAYED, StackQueues, run


def test_list_counts_each_cause_and_advises_what_to_do(stack: StackQueues) -> None:
    """The most frequent comes first; Mixpanel's messages, which may repeat data, are left out."""
    for attributes in (NAMELESS, REJECTED, {**REJECTED, "message": "bob@example.com is too long"}):
        stack.put(stack.rejected, attributes)
    assert run("rejected", "list").stdout.splitlines() == [
        "      2  REFUSED_BY_MIXPANEL  import  properties.time",
        f"         {Code.REFUSED_BY_MIXPANEL.explanation}",
        "         oldest: 2027-01-01 00:00 UTC",
        "",
        "      1  MISSING_EVENT_NAME  event",
        "         expected a name",
        f"         {Code.MISSING_EVENT_NAME.explanation}",
        "         oldest: 2027-01-02 00:00 UTC",
        "",
        "Mixpanel's messages can contain personal data; --quotes shows them.",
        "3 read; the rejected queue has about 3.",
    ]


def test_quotes_lists_causes_by_mixpanels_message(stack: StackQueues) -> None:
    """Without the control characters that a terminal would obey."""
    stack.put(stack.rejected, {**REJECTED, "message": "bad \x9b2Jthing"})
    stack.put(stack.rejected, REJECTED)
    lines = run("rejected", "list", "--quotes").stdout.splitlines()
    assert (lines[1::5], lines[-1]) == (
        ["         ann@example.com is too long", "         bad �2Jthing"],
        "2 read; the rejected queue has about 2.",
    )


def test_list_leaves_every_message_visible(stack: StackQueues) -> None:
    """Including those beyond the limit."""
    for _ in range(25):
        stack.put(stack.rejected, NAMELESS)
    output = run("rejected", "list", "--limit", "12").stdout
    assert ("12 read" in output, len(stack.messages(stack.rejected))) == (True, 25)


def test_list_counts_messages_that_another_consumer_reads(stack: StackQueues) -> None:
    """Their causes are not known."""
    stack.put(stack.rejected, NAMELESS)
    stack.messages(stack.rejected)
    assert run("rejected", "list").stdout.splitlines() == [
        "0 read; the rejected queue has about 0.",
        "About 1 more are hidden: another consumer reads them.",
    ]


def test_list_by_event_shows_types_names_and_codes(stack: StackQueues) -> None:
    """The most frequent comes first; identify calls have no name."""
    order = '{"type":"track","event":"Order Completed","userId":"u"}'
    for attributes, body in [
        (REJECTED, order),
        (NAMELESS, order),
        (NAMELESS, '{"type":"identify","userId":"u"}'),
        (NAMELESS, "{"),
    ]:
        stack.put(stack.rejected, attributes, body)
    assert run("rejected", "list", "--by", "event").stdout.splitlines() == [
        '      2  track "Order Completed"',
        "         REFUSED_BY_MIXPANEL 1, MISSING_EVENT_NAME 1",
        "         oldest: 2027-01-01 00:00 UTC",
        "",
        "      1  identify",
        "         MISSING_EVENT_NAME 1",
        "         oldest: 2027-01-02 00:00 UTC",
        "",
        "      1  unreadable",
        "         MISSING_EVENT_NAME 1",
        "         oldest: 2027-01-02 00:00 UTC",
        "",
        "4 read; the rejected queue has about 4.",
    ]


@pytest.mark.parametrize(
    "name", ["Hello ann@example.com", "Order 123456 paid", "a" * 81], ids=["mail", "number", "long"]
)
def test_list_withholds_names_that_can_be_personal_data(stack: StackQueues, name: str) -> None:
    """And says how to see them; a long one is cut."""
    stack.put(stack.rejected, NAMELESS, json.dumps({"type": "track", "event": name}))
    lines, quoted = (
        run("rejected", "list", "--by", "event", *options).stdout.splitlines()
        for options in ((), ("--quotes",))
    )
    assert (lines[0], lines[-2], quoted[0]) == (
        "      1  track (name withheld)",
        "Names that can be personal data are withheld; --quotes shows them.",
        f'      1  track "{name[:80]}"',
    )


def test_list_by_event_is_bounded(stack: StackQueues, monkeypatch: pytest.MonkeyPatch) -> None:
    """Names beyond the limit are counted together."""
    monkeypatch.setattr(name_summary, "MOST_NAMES", 2)
    for name in ("a", "b", "c", "d", "a"):
        stack.put(stack.rejected, NAMELESS, json.dumps({"type": "track", "event": name}))
    lines = run("rejected", "list", "--by", "event").stdout.splitlines()
    counted = sorted(line.split(maxsplit=1)[1] for line in lines[:-1:4])
    assert ("other names" in counted, len(counted), "5 read" in lines[-1]) == (True, 3, True)


def test_list_as_json_is_one_document(stack: StackQueues) -> None:
    """With what was read of how many."""
    stack.put(stack.rejected, REJECTED)
    done = run("rejected", "list", "--json")
    assert (json.loads(done.stdout), done.stderr) == (
        {
            "queue": "rejected queue",
            "read": 1,
            "visible": 1,
            "hidden": 0,
            "causes": [
                {
                    "count": 1,
                    "code": "REFUSED_BY_MIXPANEL",
                    "endpoint": "import",
                    "field": "properties.time",
                    "advice": Code.REFUSED_BY_MIXPANEL.explanation,
                    "oldest": "2027-01-01T00:00:00+00:00",
                }
            ],
        },
        "",
    )


def test_list_by_event_as_json(stack: StackQueues) -> None:
    """A name is a field of its own."""
    stack.put(stack.dead, REPLAYED, '{"type":"track","event":"Paid"}')
    (event,) = json.loads(run("dead", "list", "--by", "event", "--json").stdout)["events"]
    assert event == {
        "type": "track",
        "name": "Paid",
        "count": 1,
        "codes": {"dead": 1},
        "oldest": "2027-01-01T00:00:00+00:00",
    }


def test_limit_says_that_there_is_more(stack: StackQueues) -> None:
    """Not that SQS withholds it."""
    for _ in range(3):
        stack.put(stack.rejected, NAMELESS)
    assert run("rejected", "list", "--limit", "2").stdout.splitlines()[-2:] == [
        "2 read; the rejected queue has about 3.",
        "No more than 2 are read at once.",
    ]


def test_list_of_dead_letters_points_to_the_log(stack: StackQueues) -> None:
    """Dead letters have no code."""
    stack.put(stack.dead, REPLAYED)
    assert run("dead", "list").stdout.splitlines() == [
        "      1  dead",
        "         The function failed on it, or retried it too often. Check the log first.",
        "         oldest: 2027-01-01 00:00 UTC",
        "",
        "1 read; the dead-letter queue has about 1.",
    ]
