"""deliver_events: a charge counts once, however often SQS delivers it."""

from typing import Any

from mixpanel_emulator import Emulator
from tests.build import sqs_event, track
from tests.functions.delivery import EMPTY, DeliveryFunction

PURCHASE = track(messageId="purchase-1", properties={"revenue": 9.5})


def charges(mixpanel: Emulator) -> list[Any]:
    """The charges of the user's profile."""
    (profile,) = mixpanel.profiles()
    charges: list[Any] = profile["properties"]["$transactions"]
    return charges


def test_charge_that_is_delivered_again_counts_once(
    delivering: DeliveryFunction, mixpanel: Emulator
) -> None:
    """A later invocation finds it in the ledger."""
    responses = [delivering.invoke(sqs_event(PURCHASE)) for _ in range(2)]
    assert (responses, len(charges(mixpanel))) == ([EMPTY, EMPTY], 1)


def test_charge_whose_response_is_lost_is_not_repeated(
    delivering: DeliveryFunction, mixpanel: Emulator
) -> None:
    """Nobody knows whether it counted, and somebody decides."""
    mixpanel.fault("applied_then_lost", endpoint="engage", times=1)
    response = delivering.invoke(sqs_event(PURCHASE))
    assert (response, delivering.codes(), len(charges(mixpanel))) == (
        EMPTY,
        ["OUTCOME_UNKNOWN"],
        1,
    )
