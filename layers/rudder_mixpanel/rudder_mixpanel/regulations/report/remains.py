"""What remains about a person in the operator's account and in Mixpanel, as a table."""

from collections.abc import Iterator

from rudder_mixpanel.regulations.report.document import Table
from rudder_mixpanel.regulations.report.words import time_in_words
from rudder_mixpanel.regulations.views import RegulationView

HEADER = ("Where", "What", "Until")


def describe_remains(report: RegulationView) -> Table:
    """Where data about the person may still be, and until when."""
    return Table(HEADER, (*remaining_in_mixpanel(report), *remaining_here(report)))


def remaining_in_mixpanel(report: RegulationView) -> Iterator[tuple[str, str, str]]:
    """What Mixpanel still has."""
    deletion = report["deletion"]
    if deletion["deletes"] == "profile":
        yield "Mixpanel", "all events of this person", "no end: they are not deleted"
    elif deletion["state"] != "completed":
        expected = deletion["expectedCompletionAt"]
        until = (
            f"{time_in_words(expected)}, expected"
            if is_deleting(report)
            else "no end: they are not deleted"
        )
        yield "Mixpanel", "the profile and all events", until


def is_deleting(report: RegulationView) -> bool:
    """Whether a deletion is wanted that has not ended."""
    deletion = report["deletion"]
    return bool(deletion["expectedCompletionAt"]) and not is_over(deletion["state"])


def is_over(state: str) -> bool:
    """Whether nothing more is deleted in a state."""
    return state in {"suppressed", "canceled", "cancelling", "failed"}


def remaining_here(report: RegulationView) -> Iterator[tuple[str, str, str]]:
    """What the account in which rudder-mixpanel runs still has."""
    remains = report["remains"]
    earlier = "events from before the suppression, if any"
    yield "Queue of rejected events", earlier, latest(remains["rejectedQueueUntil"])
    yield "Dead-letter queue of events", earlier, latest(remains["deadLetterQueueUntil"])
    undelivered = remains["undeliveredByEventBridgeQueueUntil"]
    yield "Queue of undelivered events", earlier, latest(undelivered)
    yield "Logs", "ids of events (messageId), nothing else", log_end(remains)
    yield "Table of regulations", "the person's ids in plain text", identifiers_end(report)
    backups = latest(remains["backupsOfTheRegulationUntil"])
    yield "Backups of this table", "earlier states of it, with the ids", backups
    yield "Both tables", "this record, and the keyed hashes of the ids", "kept as evidence"


def latest(time: str | None) -> str:
    """The time at which something is gone at the latest."""
    return time_in_words(time) if time else "not known yet"


def log_end(remains: RegulationView) -> str:
    """Until when logs have message ids."""
    return latest(remains["messageIdsInLogsUntil"])


def identifiers_end(report: RegulationView) -> str:
    """Until when the ids are stored in plain text."""
    remains = report["remains"]
    if not remains["identifiersStored"]:
        return "deleted"
    until = remains["identifiersUntil"]
    return time_in_words(until) if until else "this request is completed or cancelled"
