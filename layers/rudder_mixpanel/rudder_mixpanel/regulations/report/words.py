"""The words of reports: times, states and settings as a reader says them."""

from datetime import UTC, datetime
from typing import Final

# What each state means, and for a final state how it ended.
STATES: Final = {
    "accepting": "The request is being accepted; nothing is promised yet",
    "suppressed": "Suppressed: nothing about this person is sent to Mixpanel",
    "waiting": "Suppressed; the deletion has not been requested from Mixpanel yet",
    "creating": "Suppressed; the deletion is being requested from Mixpanel",
    "conflicted": "Suppressed; waiting for another deletion of this person at Mixpanel to end",
    "requested": "Suppressed; Mixpanel has accepted the deletion and is not done yet",
    "cancelling": "The cancellation is being carried out",
    "canceled": "Cancelled",
    "completed": "Completed: Mixpanel reports the profile and all events as deleted",
    "failed": "Failed: Mixpanel has not deleted this person's data",
}
# Printed wherever `completed` is, if only the profile is deleted.
EVENTS_REMAIN: Final = "Completed for the profile only: the events remain in Mixpanel"
APIS: Final = {
    "task": "by Mixpanel's API for deletions (data-deletions v3.0), as a task of up to 30 days",
    "engage": "by Mixpanel's API for profiles (/engage with $delete), which acts at once",
}
REGIONS: Final = {
    "us": "United States (mixpanel.com)",
    "eu": "European Union (eu.mixpanel.com)",
    "in": "India (in.mixpanel.com)",
}
LAWS: Final = {
    "GDPR": "GDPR (EU General Data Protection Regulation)",
    "CCPA": "CCPA (California Consumer Privacy Act)",
}


def state_in_words(state: str, deletes: str) -> str:
    """A state for people; `completed` never without saying that events remain, if they do."""
    if state == "completed" and deletes == "profile":
        return EVENTS_REMAIN
    return STATES.get(state, state)


def time_in_words(time: str | None) -> str:
    """A time of a report for people, with its zone: 27 November 2026, 03:30 UTC."""
    if not time:
        return "not yet"
    at = datetime.fromisoformat(time).astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M} UTC"


def step_time_in_words(time: str) -> str:
    """The time of a step for people, with seconds: several steps may happen in one minute."""
    at = datetime.fromisoformat(time).astimezone(UTC)
    return f"{at.day} {at:%B %Y, %H:%M:%S} UTC"


def count_in_words(count: int, noun: str) -> str:
    """A count with its noun: no events, 1 event, 1,234 events."""
    if count == 1:
        return f"1 {noun}"
    return f"{count:,} {noun}s" if count else f"no {noun}s"
