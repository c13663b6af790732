"""A user of the demo asks to be forgotten, does something once more, and is deleted."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import httpx
from rich.console import Console

from sandbox.progress import step
from sandbox.running import Sandbox
from sandbox.stack import WEBHOOK_TOKEN

USER: Final = "user-who-leaves"
BEFORE: Final = {"type": "identify", "messageId": "leaves-1", "traits": {"name": "Robin"}}
LATE: Final = {"type": "track", "messageId": "leaves-2", "event": "Clicked once more"}
# Seconds from asking until nothing is on its way any more; an account's own is 65.
SOON: Final = 8
PATIENCE: Final = 60  # seconds until each thing must have happened

type Json = dict[str, Any]


@dataclass(slots=True)
class Leaving:
    """The user who leaves: whether their profile was made, and the regulation about them."""

    created: bool
    regulation: Json


def leave(console: Console, running: Sandbox) -> Leaving:
    """Let a user come, ask for their deletion, and send one more event of theirs."""
    running.stack.promise_within(SOON)
    with step(console, "A user comes, asks to be forgotten, and does something once more"):
        send(running, BEFORE)
        created = is_soon_true(lambda: has_profile(running))
        leaving = Leaving(created, ask(running))
        send(running, LATE)
    return leaving


def be_deleted(console: Console, running: Sandbox, leaving: Leaving) -> None:
    """Wait until the regulation is over, which its schedule would see to once a minute."""
    holds_from = datetime.fromisoformat(leaving.regulation["effectiveAt"])
    with step(console, "Nothing about them is on its way any more, and Mixpanel deletes them"):
        left = (holds_from - datetime.now(UTC)).total_seconds()  # noqa: TID251 - a person waits
        time.sleep(max(0, left + 1))
        # The same once more makes no second regulation, and wakes whoever deletes.
        ask(running)
        is_soon_true(lambda: state(running, leaving) == "completed")
    leaving.regulation = found(running, leaving)


def is_soon_true(condition: Callable[[], bool]) -> bool:
    """Whether it becomes true before patience ends."""
    end = time.monotonic() + PATIENCE
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return met


def send(running: Sandbox, event: Json) -> None:
    """Send an event of that user's."""
    running.stack.send(json.dumps({**event, "userId": USER}))


def ask(running: Sandbox) -> Json:
    """Ask for the deletion of the user, as RudderStack does; the regulation."""
    body = {
        "regulationType": "suppress_with_delete",
        "destinationIds": [running.stack.outputs["DestinationId"]],
        "users": [{"userId": USER}],
    }
    [regulation] = called(running, "POST", "/v2/regulations", body)
    asked: Json = regulation
    return asked


def found(running: Sandbox, leaving: Leaving) -> Json:
    """The regulation as it is now."""
    regulation: Json = called(running, "GET", f"/v2/regulations/{leaving.regulation['id']}")
    return regulation


def state(running: Sandbox, leaving: Leaving) -> str:
    """How far the regulation is."""
    return str(found(running, leaving)["state"])


def called(running: Sandbox, method: str, path: str, body: Any = None) -> Any:
    """What the regulations API answers."""
    answer = httpx.request(
        method,
        f"{running.stack.regulations_url}{path}",
        json=body,
        headers={"Authorization": f"Bearer {WEBHOOK_TOKEN}"},
        timeout=60,
        trust_env=False,
    )
    return answer.raise_for_status().json()


def has_profile(running: Sandbox) -> bool:
    """Whether Mixpanel has a profile of the user."""
    return USER in {profile["distinct_id"] for profile in running.mixpanel.holds("profiles")}


def show_regulation(console: Console, running: Sandbox, leaving: Leaving) -> list[str]:
    """What became of the user and of the late event; what of it is not as it must be."""
    events = running.mixpanel.holds("events")
    late = [one for one in events if one["properties"].get("distinct_id") == USER]
    suppressed = running.stack.account()["suppressed"]
    regulation, is_gone = leaving.regulation, not has_profile(running)
    console.print(
        "[italic]A user who leaves[/]\n"
        f"{USER} had a profile. A regulation asked for their deletion. Their late event was "
        f"suppressed. Mixpanel was asked to delete them when nothing about them could be on its "
        f"way any more, which takes {SOON} seconds here and 65 in an account. The regulation is "
        f"{regulation['state']}, and the profile is {'gone' if is_gone else 'still there'}.",
        highlight=False,
    )
    wrong = [] if leaving.created else ["the profile of the user who leaves was not made"]
    if late or suppressed != 1:
        wrong.append(f"{len(late)} late events arrived, and {suppressed} were suppressed")
    if regulation["state"] != "completed" or not is_gone:
        wrong.append("the user who leaves was not deleted")
    return wrong
