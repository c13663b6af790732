"""Every rule by which Mixpanel loses data has a row, and every row says what the stack does."""

import pytest

from docs.printing import losses
from docs.printing.loss import Loss
from docs.printing.losses_of_events import EVENTS, PROPERTIES
from docs.printing.losses_of_profiles import PROFILES, USERS
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mapping.left_out import LeftOut

LOSSES = (*EVENTS, *PROPERTIES, *PROFILES, *USERS)


@pytest.mark.parametrize("loss", LOSSES, ids=[loss.what for loss in LOSSES])
def test_row_says_what_the_stack_does(loss: Loss) -> None:
    """It is rejected, kept, counted or avoided, or cannot be known."""
    assert loss.here != ""


def test_every_reason_has_a_row() -> None:
    """What is counted is explained."""
    assert {reason for loss in LOSSES for reason in loss.counted} == set(LeftOut)


def test_row_shows_all_that_the_stack_does() -> None:
    """Codes and reasons by name, and why something cannot be known."""
    loss = Loss(
        what="A",
        mixpanel="cuts it",
        rejected=(Code.TOO_LARGE,),
        counted=(LeftOut.TEXT, LeftOut.NAME),
        unknown="why",
        source="page",
        grade="DOC",
    )
    assert losses.losses((loss,)).splitlines()[-1] == (
        "| A | cuts it | rejected: `TOO_LARGE`; counted: `text`, `name`; cannot be known: why "
        "| page | DOC |"
    )


def test_every_reason_is_explained() -> None:
    """In the order of the code."""
    rows = losses.reasons().splitlines()[2:]
    assert rows == [f"| `{reason}` | {reason.explanation} |" for reason in LeftOut]
