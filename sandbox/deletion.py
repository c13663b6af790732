"""A user of the demo whose deletion is requested between two of their events."""

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
from sandbox.samples import Sample
from sandbox.stack import WEBHOOK_TOKEN

USER: Final = "user-to-delete"
PROFILE: Final = {
    "type": "identify",
    "messageId": "to-delete-1",
    "traits": {"name": "Robin"},
    "userId": USER,
}
LATE_EVENT: Final = {
    "type": "track",
    "messageId": "to-delete-2",
    "event": "Clicked",
    "userId": USER,
}
SAMPLES: Final = (
    Sample("before the request", json.dumps(PROFILE)),
    Sample("after the request", json.dumps(LATE_EVENT)),
)
DELIVERY_TIMEOUT: Final = 3  # seconds; 60 in an account
TIMEOUT: Final = 60  # seconds until each step must have happened

type Json = dict[str, Any]


@dataclass(slots=True)
class Deletion:
    """The regulation about the user, and what became of their profile."""

    regulation: Json
    profile_created: bool
    profile_deleted: bool = False

    @property
    def complaints(self) -> list[str]:
        """What is wrong with it."""
        return [
            *([] if self.profile_created else [f"{USER} never had a profile"]),
            *([] if self.profile_deleted else [f"{USER} still has a profile"]),
            *([] if self.regulation["state"] == "completed" else ["the regulation is open"]),
        ]


def request_deletion(console: Console, running: Sandbox) -> Deletion:
    """Create a user's profile, request the user's deletion, and send one more of their events."""
    running.stack.set_delivery_timeout(DELIVERY_TIMEOUT)
    before, after = SAMPLES
    with step(console, f"Send an event of {USER}, request their deletion, send another event"):
        running.stack.send(before.body)
        created = wait_until(lambda: has_profile(running))
        deletion = Deletion(create_regulation(running), created)
        running.stack.send(after.body)
    return deletion


def wait_for_deletion(console: Console, running: Sandbox, deletion: Deletion) -> None:
    """Wait until the regulation has taken effect and the user is deleted."""
    with step(console, f"Wait until {USER} is deleted from Mixpanel"):
        time.sleep(seconds_until(deletion.regulation["effectiveAt"]))
        # The same request again creates no second regulation, and starts the function that
        # deletes, which its schedule starts once a minute.
        create_regulation(running)
        wait_until(lambda: get_regulation(running, deletion)["state"] == "completed")
    deletion.regulation = get_regulation(running, deletion)
    deletion.profile_deleted = not has_profile(running)


def seconds_until(moment: str) -> float:
    """Return how long it is until a second after a moment in ISO 8601."""
    now = datetime.now(UTC)  # noqa: TID251 - the user waits
    return max(0, (datetime.fromisoformat(moment) - now).total_seconds() + 1)


def wait_until(condition: Callable[[], bool], timeout: float = TIMEOUT) -> bool:
    """Wait until a condition is met; return whether it was before the timeout, in seconds."""
    end = time.monotonic() + timeout
    while not (met := condition()) and time.monotonic() < end:
        time.sleep(0.2)
    return met


def create_regulation(running: Sandbox) -> Json:
    """Request the deletion of the user, as RudderStack does; return the regulation."""
    body = {
        "regulationType": "suppress_with_delete",
        "destinationIds": [running.stack.outputs["DestinationId"]],
        "users": [{"userId": USER}],
    }
    regulation: Json = call_api(running, "POST", "/v2/regulations", body)[0]
    return regulation


def get_regulation(running: Sandbox, deletion: Deletion) -> Json:
    """Return the regulation as it is now."""
    regulation: Json = call_api(running, "GET", f"/v2/regulations/{deletion.regulation['id']}")
    return regulation


def call_api(running: Sandbox, method: str, path: str, body: Any = None) -> Any:
    """Call the regulations API and return its response; raises httpx.HTTPError when it fails."""
    response = httpx.request(
        method,
        f"{running.stack.regulations_url}{path}",
        json=body,
        headers={"Authorization": f"Bearer {WEBHOOK_TOKEN}"},
        timeout=60,
        trust_env=False,
    )
    return response.raise_for_status().json()


def has_profile(running: Sandbox) -> bool:
    """Return whether Mixpanel has a profile of the user."""
    return USER in {profile["distinct_id"] for profile in running.mixpanel.items("profiles")}
