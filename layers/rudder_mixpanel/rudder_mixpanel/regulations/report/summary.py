"""The first lines of a report: who asked for what, what became of it, and what a reader does next.

Each function reads a report as JSON, so that a page says nothing that its record does not.
"""

from collections.abc import Iterator
from datetime import datetime

from rudder_mixpanel.regulations.report.words import (
    count_in_words,
    state_in_words,
    time_in_words,
)
from rudder_mixpanel.regulations.views import RegulationView

PROVES_NOTHING = (
    "Mixpanel's answer proves nothing: it gives the same one for an id that it does not know."
)

ASKED_IN_VAIN = "Suppressed; Mixpanel has not deleted this person yet, and will be asked again"

TOO_LATE = (
    "This was too late for the deletion: Mixpanel already had it, and it could no longer be called "
    "off. It went on."
)


def outcome_of(report: RegulationView) -> str:
    """The state of a regulation in one line."""
    deletion = report["deletion"]
    outcome = state_in_words(deletion["state"], deletion["deletes"])
    if asked_in_vain(report):
        outcome = ASKED_IN_VAIN
    if ended_before_cancellation(report):
        return f"{outcome}; cancelled afterwards"
    if not report["regulation"].get("deletionContinues"):
        return outcome
    return f"Cancelled too late: the deletion went on. {outcome.removeprefix('Suppressed; ')}"


def ended_before_cancellation(report: RegulationView) -> bool:
    """Whether the deletion had ended when it was cancelled."""
    ended, canceled = report["deletion"]["endedAt"], report["suppression"]["canceledAt"]
    return bool(ended and canceled and ended <= canceled)


def asked_in_vain(report: RegulationView) -> bool:
    """Whether Mixpanel was asked, and the deletion waits to be requested once more."""
    return report["deletion"]["state"] == "waiting" and bool(report["deletion"]["tasks"])


def summarize(report: RegulationView) -> Iterator[str]:
    """The paragraphs that tell what happened."""
    yield describe_request(report)
    yield describe_suppression(report)
    if report["regulation"]["regulationType"] == "suppress_with_delete":
        yield from describe_deletion(report)
    if report["suppression"]["canceledAt"]:
        yield describe_cancellation(report)
    if "aboutThisUser" in report:
        yield describe_given_user(report)


def describe_request(report: RegulationView) -> str:
    """Who asked, when, for what, and under which reference."""
    regulation = report["regulation"]
    deletes = regulation["regulationType"] == "suppress_with_delete"
    what = "suppress one person" + (", and delete them from Mixpanel" if deletes else "")
    reference = regulation.get("reference")
    under = f", under the reference “{reference}”" if reference else ""
    created = time_in_words(regulation["submittedAt"])
    return f"On {created}, {token_holder(regulation['submittedBy'])} asked to {what}{under}."


def token_holder(name: str) -> str:
    """A caller of the API, of whom only the name of the token is known."""
    return f"the holder of the access token “{name}”"


def describe_suppression(report: RegulationView) -> str:
    """Since when nothing is sent, and how much was not."""
    suppression = report["suppression"]
    if not suppression["effectiveAt"]:
        return "The person is not suppressed yet."
    effective, lifted = suppression["effectiveAt"], suppression["liftedAt"]
    since = time_in_words(effective)
    if not took_effect(report):
        promise = f"From {since} on, rudder-mixpanel sends nothing about this person to Mixpanel."
        too_soon = f"The suppression was lifted before it was in full effect, on {since}."
        return too_soon if lifted else promise
    period = (
        f"From {since} to {time_in_words(lifted)}, rudder-mixpanel sent"
        if lifted
        else f"Since {since}, rudder-mixpanel has sent"
    )
    return f"{period} nothing about this person to Mixpanel. {describe_events(suppression)}"


def took_effect(report: RegulationView) -> bool:
    """Whether the suppression was in effect before it was lifted, or the report was made."""
    effective = report["suppression"]["effectiveAt"]
    end = report["suppression"]["liftedAt"] or report["reportedAt"]
    return bool(effective) and datetime.fromisoformat(effective) <= datetime.fromisoformat(end)


def describe_events(suppression: RegulationView) -> str:
    """How many events were not sent."""
    events = suppression["eventsNotSent"]
    if not events:
        return "No event about them arrived in this time."
    were = "was" if events == 1 else "were"
    last = time_in_words(suppression["lastEventNotSentAt"])
    counted = count_in_words(events, "event")
    return f"In this time, {counted} about them arrived and {were} discarded, the last on {last}."


def describe_cancellation(report: RegulationView) -> str:
    """Who cancelled, when, and what that changed."""
    suppression = report["suppression"]
    canceled, by = time_in_words(suppression["canceledAt"]), suppression["canceledBy"]
    sentences = [f"On {canceled}, {token_holder(by)} cancelled the request."]
    if report["regulation"].get("deletionContinues"):
        sentences.append(TOO_LATE)
    if lifted := suppression["liftedAt"]:
        sentences.append(
            f"Since {time_in_words(lifted)}, this request no longer suppresses the person: new "
            "events are sent again, unless another request suppresses them."
        )
    return " ".join(sentences)


def describe_deletion(report: RegulationView) -> Iterator[str]:
    """What Mixpanel was asked, and what it answered."""
    deletion = report["deletion"]
    if not deletion["tasks"]:
        yield "Mixpanel has not been asked to delete anything."
        return
    if erased := report["remains"].get("profileUpdateTimesDeletedAt"):
        yield (
            f"On {time_in_words(erased)}, rudder-mixpanel deleted what it had stored itself about "
            "the person's profile: when its properties were last set."
        )
    asked = time_in_words(max(task["requestedAt"] for task in deletion["tasks"]))
    again = " again, for the last time," if deletion["state"] == "failed" else ""
    only = deletion["deletes"] == "profile"
    what = "the person's profile only" if only else "the person's profile and all their events"
    yield f"On {asked}, Mixpanel was asked{again} to delete {what}. {describe_end(report)}"
    if only:
        yield (
            f"The person's events remain in Mixpanel. {PROVES_NOTHING} This is not an erasure; for "
            "one, the operator changes the setting userDeletionApi to task, and the deletion is "
            "requested again."
        )


def describe_end(report: RegulationView) -> str:
    """How the deletion ended, or by when it should."""
    deletion = report["deletion"]
    ended = time_in_words(deletion["endedAt"])
    if deletion["state"] == "completed":
        if deletion["deletes"] == "profile":
            return f"Mixpanel accepted the request on {ended}."
        return f"On {ended}, Mixpanel reported that this is done."
    if deletion["state"] == "failed":
        last = deletion["history"][-1]["what"] if deletion["history"] else "not recorded"
        return f"This was given up on {ended}. The last step was: “{last}”"
    if deletion["state"] == "canceled":
        return "This was called off; the steps below have Mixpanel's answers."
    by = f"It should be done by {time_in_words(deletion['expectedCompletionAt'])}."
    if asked_in_vain(report):
        again = time_in_words(deletion["nextRequestAt"])
        return f"This was not carried out, and will be requested again on {again}. {by}"
    return by


def describe_given_user(report: RegulationView) -> str:
    """Whether this report is about the user that its reader named."""
    given = report.get("givenUser", {})
    named = " and ".join(f"{name} “{text}”" for name, text in given.items())
    person = f"the person with {named}" if named else "the person whose id was given"
    compared = "by the keyed hash of the id, since the id itself may be deleted"
    if report["aboutThisUser"]:
        return f"This report is about {person}. This was checked {compared}."
    return f"This report is NOT about {person}. This was checked {compared}."


def next_steps(report: RegulationView) -> Iterator[str]:
    """What somebody who wants the person's data deleted has to do."""
    deletion, remains = report["deletion"], report["remains"]
    if deletion["state"] != "failed":
        return
    yield (
        "Find the reason: the steps above have Mixpanel's words. Mixpanel's support can explain "
        "what became of a task, by its id."
    )
    stored = (
        f"The person's ids are stored until {time_in_words(remains['identifiersUntil'])}, for this "
        "purpose."
        if remains["identifiersUntil"]
        else "The person's ids are no longer stored here, so that they have to be named again."
    )
    yield f"Send the same request again: it makes a new deletion. {stored}"
    yield "Until then the person stays suppressed, and what Mixpanel has about them remains there."
