"""A user of the demo asks to be forgotten, and does something once more."""

import json
from datetime import datetime
from typing import Any, Final

import httpx
from rich.console import Console

from sandbox.running import Sandbox
from sandbox.stack import WEBHOOK_TOKEN

USER: Final = "user-who-leaves"
BEFORE: Final = {"type": "identify", "messageId": "leaves-1", "traits": {"name": "Robin"}}
LATE: Final = {"type": "track", "messageId": "leaves-2", "event": "Clicked once more"}


def send(running: Sandbox, event: dict[str, Any]) -> None:
    """Send an event of that user's."""
    running.stack.send(json.dumps({**event, "userId": USER}))


def ask(running: Sandbox) -> dict[str, Any]:
    """Ask for the deletion of the user, as RudderStack does; the regulation."""
    body = {
        "regulationType": "suppress_with_delete",
        "destinationIds": [running.stack.outputs["DestinationId"]],
        "users": [{"userId": USER}],
    }
    answer = httpx.post(
        f"{running.stack.regulations_url}/v2/regulations",
        json=body,
        headers={"Authorization": f"Bearer {WEBHOOK_TOKEN}"},
        timeout=60,
        trust_env=False,
    )
    [regulation] = answer.raise_for_status().json()
    found: dict[str, Any] = regulation
    return found


def show_regulation(console: Console, running: Sandbox, regulation: dict[str, Any]) -> list[str]:
    """What became of the user and of the late event; what of it is not as it must be."""
    holds = running.mixpanel.holds
    created = USER in {profile["distinct_id"] for profile in holds("profiles")}
    late = [one for one in holds("events") if one["properties"].get("distinct_id") == USER]
    suppressed = running.stack.account()["suppressed"]
    when = datetime.fromisoformat(regulation["effectiveAt"]).strftime("%H:%M:%S")
    console.print(
        "[italic]A user who leaves[/]\n"
        f"A regulation asked for the deletion of {USER}. Their late event was suppressed, and "
        f"Mixpanel will be asked to delete them after {when} UTC: by then nothing about them is "
        "on its way.",
        highlight=False,
    )
    wrong = [] if created else ["the profile of the user who leaves was not made"]
    if late or suppressed != 1:
        wrong.append(f"{len(late)} late events arrived, and {suppressed} were suppressed")
    return wrong
