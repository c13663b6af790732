"""The tables of docs/losses.md: what Mixpanel drops, cuts or changes without an error."""

from docs.printing.errors import explanations
from docs.printing.loss import Loss
from docs.printing.losses_of_events import EVENTS, PROPERTIES
from docs.printing.losses_of_profiles import PROFILES, USERS
from docs.printing.markdown import table
from rudder_mixpanel.mapping.left_out import LeftOut


def events() -> str:
    """Whole events."""
    return losses(EVENTS)


def properties() -> str:
    """Properties of events and profiles."""
    return losses(PROPERTIES)


def profiles() -> str:
    """Updates of profiles."""
    return losses(PROFILES)


def users() -> str:
    """Ids of users."""
    return losses(USERS)


def losses(rows: tuple[Loss, ...]) -> str:
    """A table of losses."""
    return table(
        ("what", "what Mixpanel does", "what this stack does", "source", "grade"),
        ((loss.what, loss.mixpanel, loss.here, loss.source, loss.grade) for loss in rows),
    )


def reasons() -> str:
    """The reasons by which parts of an event are counted as left out."""
    return explanations("reason", "what is left out", LeftOut)
