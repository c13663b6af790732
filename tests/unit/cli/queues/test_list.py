"""`rudder-mixpanel rejected list` and `dead list`, with moto as AWS."""

from rudder_mixpanel.errors import Code
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
