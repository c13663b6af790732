"""The main job, once, before somebody's eyes: events in, and where each of them landed."""

import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

from rudder_mixpanel.envelopes import Message, Unreadable, encode_json
from sandbox import sdk
from sandbox.progress import step
from sandbox.regulation import BEFORE, LATE, be_deleted, leave, show_regulation
from sandbox.running import Sandbox, sandbox
from sandbox.samples import Sample, must_be_rejected, samples
from sandbox.stack import FATES

if TYPE_CHECKING:
    from mypy_boto3_sqs.type_defs import MessageTypeDef

PATIENCE = 60  # seconds until the queue must be empty
LONG = 16  # characters of an id, so that a row fits in a narrow terminal


@dataclass(frozen=True, slots=True)
class Found:
    """What Mixpanel and the rejected queue hold at the end.

    Samples are copies of one another, and Mixpanel stores each copy of an event: one that landed
    is taken out here, so that its lost twin is not taken for it. Groups alone leave no copies.
    """

    events: dict[str, list[str]]
    profiles: frozenset[str]
    groups: frozenset[str]
    reasons: dict[str, str]

    @classmethod
    def of(cls, running: Sandbox) -> "Found":
        """Ask both."""
        holds = running.mixpanel.holds
        events: dict[str, list[str]] = {}
        for event in holds("events"):
            events.setdefault(event["properties"]["$insert_id"], []).append(event["event"])
        return cls(
            events,
            frozenset(profile["distinct_id"] for profile in holds("profiles")),
            frozenset(group["group_id"] for group in holds("groups")),
            {one["Body"]: reason(one) for one in running.stack.rejected()},
        )

    def landing(self, event: Message | Unreadable) -> str | None:
        """Where an event landed, in words, or None if nobody has it."""
        body = event.body if isinstance(event, Unreadable) else encode_json(event)
        if body in self.reasons:
            return self.reasons[body]
        if isinstance(event, Unreadable):
            return None
        if event["type"] == "group":
            return f"group {event['groupId']}" if event["groupId"] in self.groups else None
        person = event.get("userId") or event.get("anonymousId")
        copies = self.events.get(event["messageId"])
        name = copies.pop() if copies else None
        if event["type"] == "identify":
            # The event that merges the person's two ids tells this update from another's.
            return f"profile of {short(person)}" if name and person in self.profiles else None
        return f"event “{name}”, {short(person)}" if name else None


def reason(message: "MessageTypeDef") -> str:
    """Why an event is in the rejected queue."""
    told = message["MessageAttributes"]
    return f"rejected: {told['code']['StringValue']} ({told['message']['StringValue']})"


def short(person: object) -> str:
    """Somebody's id, or its beginning if it is long."""
    text = str(person)
    return text if len(text) <= LONG else f"{text[:8]}…"


def demo(console: Console) -> int:
    """Run it; 0 only if every event came out as it must."""
    with sandbox(console) as running:
        sent = list(samples())
        leaving = leave(console, running)
        with step(console, f"Sending {len(sent)} records through the queue"):
            for sample in sent:
                running.stack.send(sample.body)
        with step(console, "Sending one event through RudderStack's Python SDK"):
            sdk.call(running.stack.data_plane)
            sent.append(sdk.SAMPLE)
        complaints = wait_until_drained(running, console)
        be_deleted(console, running, leaving)
        events = sum(len(sample.events) for sample in sent) + len((BEFORE, LATE))
        complaints += [
            *show_landings(console, sent, Found.of(running)),
            *show_mixpanel(console, running),
            *show_regulation(console, running, leaving),
            *show_account(console, running, events),
        ]
    for complaint in complaints:
        console.print(f"[bold red]✗[/] {complaint}")
    if not complaints:
        console.print(
            "[bold green]✓ Every event is accounted for, and Mixpanel has no complaint.[/]"
        )
    return 1 if complaints else 0


def wait_until_drained(running: Sandbox, console: Console) -> list[str]:
    """Wait until the events queue is empty; what is wrong if it never is."""
    end = time.monotonic() + PATIENCE
    with step(console, "Lambda takes them from the queue, and delivers"):
        while waiting := running.stack.waiting("EventsQueueUrl"):
            if time.monotonic() > end:
                return [f"{waiting} records are still on the queue"]
            time.sleep(0.2)
    return []


def show_landings(console: Console, sent: list[Sample], found: Found) -> list[str]:
    """A table of what was sent and where it landed; what is not as it must be."""
    table = Table("What was sent", "Where it landed", "", title="Each event", title_justify="left")
    wrong = []
    for sample in sent:
        for event in sample.events:
            landed, expected = found.landing(event), must_be_rejected(event)
            right = landed is not None and (
                landed.startswith(f"rejected: {expected}")
                if expected
                else not landed.startswith("rejected")
            )
            table.add_row(describe(sample, event), landed or "lost", "✓" if right else "✗")
            if not right:
                wrong.append(f"{describe(sample, event)}: {landed or 'lost'}")
    console.print(table)
    return wrong


def describe(sample: Sample, event: Message | Unreadable) -> str:
    """An event as a newcomer would call it."""
    if isinstance(event, Unreadable):
        return f"not an event, {sample.name}"
    kind = event.get("type", "an event without type")
    return sample.name if sample.name.startswith(str(kind)) else f"{kind}, {sample.name}"


def show_mixpanel(console: Console, running: Sandbox) -> list[str]:
    """A table of what Mixpanel holds; what it complained about."""
    holds = running.mixpanel.holds
    arrived = Counter(event["event"] for event in holds("events"))
    shown = Counter(event["event"] for event in holds("events", view="query"))
    table = Table("Event", "Arrived", "Counted")
    for name, count in sorted(arrived.items()):
        table.add_row(name, str(count), str(shown[name]))
    console.print(
        "[italic]What Mixpanel now holds[/]\n"
        "Some samples are copies of others in another envelope. Copies have the same $insert_id, "
        "so Mixpanel counts them once.",
        highlight=False,
    )
    console.print(table)
    console.print(
        f"User profiles: {len(holds('profiles'))}. Group profiles: {len(holds('groups'))}."
    )
    return [f"Mixpanel complains: {violation}" for violation in holds("violations")]


def show_account(console: Console, running: Sandbox, sent: int) -> list[str]:
    """The stack's own account of the events; what of it is not so."""
    account = running.stack.account()
    fates = [fate for fate in FATES if fate != "received"]
    sums = " + ".join(f"{account[fate]} {fate}" for fate in fates)
    console.print(f"The stack's own account: {account['received']} received = {sums}.")
    dead = running.stack.waiting("EventsDeadLetterQueueUrl")
    balanced = sent == account["received"] == sum(account[fate] for fate in fates)
    return [
        *([] if balanced else [f"{sent} events were sent, and the account does not add up"]),
        *([f"{dead} records are in the dead-letter queue"] if dead else []),
    ]
