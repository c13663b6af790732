"""The tables that the demo prints. Each function returns what is wrong in its table."""

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table

from sandbox.deletion import USER, Deletion
from sandbox.mixpanel import Emulator
from sandbox.outcomes import Row
from sandbox.stack import OUTCOMES, Stack

EVENTS = """
[bold]1. The outcome of each event[/]
One row an event. Most samples are the same few calls, sent in every form in which RudderStack and
AWS can put them on the queue. ✓ means: the event was looked up in Mixpanel, in the rejected queue
or in the log, and its outcome is the right one."""
MIXPANEL = """
[bold]2. What Mixpanel has of the delivered events[/]
The rows of table 1 with the outcome delivered, by call. An identify call with an anonymousId links
it to the user with a $merge event; without one, it updates a profile only, as does a group call.
Received is what arrived. Counted is what Mixpanel's reports show: of several events with the same
$insert_id, one. Each SDK's samples have ids of their own, and all other forms repeat the samples of
the Node SDK, so 2 are counted: 1 of each SDK."""
DELETION = """
[bold]3. The deleted user[/]
{user} got a profile. Then a request to suppress and delete them, as RudderStack sends it,
created a regulation, which is {state} now. Events after the request are suppressed. Mixpanel was
asked to delete the profile when no delivery could recreate it any more: that takes seconds here,
and about a minute in an AWS account.
"""
TOTALS = "[bold]Total[/]: {sent} events sent = {outcomes}."
NEXT = """
Next:
  make sandbox                      start the same stack again, and send it events of your own
  .venv/bin/rudder-mixpanel preview --now 2027-01-01 \\
      --destination events/preview/destination.json < events/preview/events.jsonl
                                    print the requests to Mixpanel for events, and send nothing
  make deploy                       deploy to your AWS account; docs/deploying.md has the steps
"""


def show_events(console: Console, rows: list[Row]) -> list[str]:
    """Print a table of all events; return a complaint for each unexpected outcome."""
    table = Table("Call", "Sent as", "Outcome", "Where it is now", "")
    for row in rows:
        mark = "[green]✓[/]" if row.expected else "[red]✗[/]"
        table.add_row(row.call, row.sent_as, row.outcome.name, row.outcome.place, mark)
    console.print(EVENTS, highlight=False)
    console.print(table)
    return [row.complaint for row in rows if not row.expected]


def show_mixpanel(console: Console, rows: list[Row], mixpanel: Emulator) -> list[str]:
    """Print a table of what Mixpanel stores; return what does not match the delivered events."""
    received = Counter(event["event"] for event in mixpanel.items("events"))
    counted = Counter(event["event"] for event in mixpanel.items("events", view="query"))
    delivered = delivered_calls(rows)
    table = Table("Call", "Delivered", "Event in Mixpanel", "Received", "Counted")
    for (call, name), count in sorted(delivered.items()):
        counts = (str(received[name]), str(counted[name])) if name else ("", "")
        table.add_row(call, str(count), name or "none, a profile only", *counts)
    table.add_section()
    totals = (delivered.total(), "", received.total(), counted.total())
    table.add_row("total", *map(str, totals))
    console.print(MIXPANEL, highlight=False)
    console.print(table)
    return [
        *mismatches(delivered, received),
        *(f"Mixpanel's rules are violated: {item}" for item in mixpanel.items("violations")),
    ]


def delivered_calls(rows: Iterable[Row]) -> Counter[tuple[str, str]]:
    """Count the delivered events by call and by their name in Mixpanel, which may be empty."""
    return Counter(
        (row.call, row.outcome.stored_as or "") for row in rows if row.outcome.name == "delivered"
    )


def mismatches(delivered: Counter[tuple[str, str]], received: Counter[str]) -> list[str]:
    """Return where Mixpanel received more or fewer events than were delivered."""
    expected: Counter[str] = Counter()
    for (_, name), count in delivered.items():
        expected[name] += count
    return [
        f"{name}: {expected[name]} delivered, and {received[name]} received"
        for name in sorted({*expected, *received} - {""})
        if expected[name] != received[name]
    ]


def show_deletion(console: Console, deletion: Deletion) -> list[str]:
    """Print what became of the deleted user; return what is wrong with it."""
    console.print(DELETION.format(user=USER, state=deletion.regulation["state"]), highlight=False)
    return deletion.complaints


def show_totals(console: Console, rows: list[Row], stack: Stack) -> list[str]:
    """Print the number of events by outcome; return where the function's log differs."""
    counts = Counter({"received": len(rows), **Counter(row.outcome.name for row in rows)})
    outcomes = " + ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES)
    console.print(TOTALS.format(sent=len(rows), outcomes=outcomes), highlight=False)
    dead = stack.queue_length("EventsDeadLetterQueueUrl")
    return [
        *differences(counts, stack.logged_outcomes()),
        *([f"{dead} records are in the dead-letter queue"] if dead else []),
    ]


def differences(counts: Counter[str], logged: Counter[str]) -> list[str]:
    """Return which numbers of events differ from those in the log of deliver_events."""
    return [
        f"{name}: {counts[name]} events, and {logged[name]} in the log"
        for name in ("received", *OUTCOMES)
        if counts[name] != logged[name]
    ]


def show_result(console: Console, complaints: list[str], sent: int) -> None:
    """Print what is wrong, or that nothing is, and what to do next."""
    for complaint in complaints:
        console.print(f"[bold red]✗[/] {complaint}")
    if not complaints:
        console.print(
            f"[bold green]✓ All {sent} events are where they must be, and Mixpanel (the emulator) "
            "found no violation of its rules.[/]"
        )
        console.print(NEXT, highlight=False, soft_wrap=True)
