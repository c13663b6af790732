"""`make demo`: send events through a deployed stack, and show the outcome of each."""

import time

from rich.console import Console

from sandbox import report, sdk
from sandbox.deletion import SAMPLES, request_deletion, wait_for_deletion
from sandbox.operator_view import show_operator_view
from sandbox.outcomes import Results, rows_of
from sandbox.progress import step
from sandbox.running import Sandbox, sandbox
from sandbox.samples import Sample, samples

TIMEOUT = 60  # seconds until the queue must be empty
INTRODUCTION = """\
This deploys rudder-mixpanel on this machine and sends events through it, as RudderStack would.
Nothing leaves the machine: MiniStack stands in for AWS, and an emulator for Mixpanel.
"""


def demo(console: Console) -> int:
    """Run the demo; return 0 if every event has the right outcome, else 1."""
    console.print(INTRODUCTION, highlight=False)
    with sandbox(console) as running:
        deletion = request_deletion(console, running)
        sent = send_samples(console, running)
        complaints = wait_until_empty(console, running)
        wait_for_deletion(console, running, deletion)
        rows = rows_of([*sent, *SAMPLES], Results.read(running, deletion))
        complaints += [
            *report.show_events(console, rows),
            *report.show_mixpanel(console, rows, running.mixpanel),
            *report.show_deletion(console, deletion),
            *report.show_totals(console, rows, running.stack),
            *show_operator_view(console, running.stack),
        ]
    report.show_result(console, complaints, len(rows))
    return 1 if complaints else 0


def send_samples(console: Console, running: Sandbox) -> list[Sample]:
    """Send every sample to the queue, and one event through an SDK; return all of them."""
    records = list(samples())
    events = sum(len(sample.events) for sample in records)
    with step(console, f"Send {events} events, in {len(records)} records, to the events queue"):
        for sample in records:
            running.stack.send(sample.body)
    with step(console, "Send 1 event with RudderStack's Python SDK to the stack's HTTP address"):
        sdk.send_event(running.stack.data_plane)
    return [*records, sdk.SAMPLE]


def wait_until_empty(console: Console, running: Sandbox) -> list[str]:
    """Wait until the events queue is empty; return a complaint if it is not in time."""
    end = time.monotonic() + TIMEOUT
    with step(console, "Wait until deliver_events has taken every record from the queue"):
        while length := running.stack.queue_length("EventsQueueUrl"):
            if time.monotonic() > end:
                return [f"{length} records are still on the queue"]
            time.sleep(0.2)
    return []
