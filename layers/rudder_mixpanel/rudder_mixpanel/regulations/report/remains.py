"""What remains about a person in the operator's account and in Mixpanel, as a table."""

from collections.abc import Iterator
from typing import Final

from rudder_mixpanel.regulations.report.document import Table
from rudder_mixpanel.regulations.report.words import time_in_words
from rudder_mixpanel.regulations.views import RegulationView

HEADER: Final = ("Where", "What", "Until")
NO_END: Final = "no end: not deleted"
PROFILE_TIMES: Final = "when its properties were last set: keyed hashes, no names and no values"
EXPIRY: Final = "400 days after the last update, and some days"
# States before Mixpanel is asked.
BEFORE_THE_REQUEST: Final = frozenset({"accepting", "waiting"})
# States in which Mixpanel deletes nothing any more.
NOT_DELETING: Final = frozenset({"suppressed", "canceled", "cancelling", "failed"})


def describe_remains(report: RegulationView) -> Table:
    """Where data about the person may still be, and until when."""
    return Table(HEADER, (*remaining_in_mixpanel(report), *remaining_here(report)))


def remaining_in_mixpanel(report: RegulationView) -> Iterator[tuple[str, str, str]]:
    """What Mixpanel still has."""
    deletion = report["deletion"]
    if deletion["deletes"] == "profile":
        perhaps = "" if deletion["state"] == "completed" else ", perhaps the profile"
        yield "Mixpanel", f"all events of this person{perhaps}", NO_END
    elif deletion["state"] in NOT_DELETING:
        yield "Mixpanel", "the profile and all events", NO_END
    elif deletion["state"] != "completed":
        until = f"{time_in_words(deletion['expectedCompletionAt'])}, expected"
        yield "Mixpanel", "the profile and all events", until


def remaining_here(report: RegulationView) -> Iterator[tuple[str, str, str]]:
    """What the account in which rudder-mixpanel runs still has."""
    remains = report["remains"]
    earlier = "events from before the suppression, if any"
    yield "Queue of rejected events", earlier, latest(remains["rejectedQueueUntil"])
    yield "Dead-letter queue of events", earlier, latest(remains["deadLetterQueueUntil"])
    undelivered = remains["undeliveredByEventBridgeQueueUntil"]
    yield "Queue of undelivered events", earlier, latest(undelivered)
    logs = latest(remains["messageIdsInLogsUntil"])
    yield "Logs", "ids of events (messageId), nothing else", logs
    yield "Table of regulations", "the person's ids in plain text", identifiers_end(report)
    backups = latest(remains["backupsOfTheRegulationUntil"])
    yield "Backups of this table", "earlier states of it, with the ids", backups
    yield from remaining_profile_times(report)
    yield (
        "Tables of regulations and suppressions",
        "this record, hashes of the ids",
        "kept as evidence",
    )


def remaining_profile_times(report: RegulationView) -> Iterator[tuple[str, str, str]]:
    """Until when the account knows when the profile was last updated.

    A record that was filed by an earlier version says nothing about it.
    """
    table, remains = "Table of profile updates", report["remains"]
    if "profileUpdateTimesDeletedAt" not in remains:
        return
    if remains["profileUpdateTimesDeletedAt"]:
        yield table, PROFILE_TIMES, "deleted"
        until = latest(remains["backupsOfProfileUpdateTimesUntil"])
        yield "Backups of this table", "earlier states of it", until
        return
    will_be = report["deletion"]["state"] in BEFORE_THE_REQUEST and asks_for_deletion(report)
    end = "until Mixpanel is asked to delete" if will_be else EXPIRY
    yield table, PROFILE_TIMES, end


def asks_for_deletion(report: RegulationView) -> bool:
    """Whether the regulation asks for a deletion."""
    return bool(report["regulation"]["regulationType"] == "suppress_with_delete")


def latest(time: str | None) -> str:
    """The time at which something is gone at the latest."""
    return time_in_words(time) if time else "not known yet"


def identifiers_end(report: RegulationView) -> str:
    """Until when the ids are stored in plain text."""
    remains = report["remains"]
    if not remains["identifiersStored"]:
        return "deleted"
    until = remains["identifiersUntil"]
    return time_in_words(until) if until else "the request has ended"
