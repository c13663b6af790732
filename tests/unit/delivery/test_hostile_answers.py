"""Odd answers and odd tokens neither end an invocation nor make anything count as delivered."""

import base64
import threading
import time
from typing import Any, Final

import httpx
import pytest

from rudder_mixpanel.errors import Code
from tests.build import TOKEN, identify, track
from tests.fakes.delivery import FakeDeliveryDependencies, deliver_bodies, outcomes_of
from tests.fakes.ingestion import accept_all, accepted_token, refused_token, respond_by_path

OUTAGE: Final = httpx.Response(503)


def user_of(request: httpx.Request) -> str:
    """The user name, as a server reads it: RFC 7617, up to the first colon."""
    return base64.b64decode(request.headers["Authorization"][6:]).decode().partition(":")[0]


@pytest.mark.parametrize("code", [[], {}])
def test_code_that_is_no_number_does_not_end_the_invocation(code: Any) -> None:
    """The whole batch would be received again, with what was delivered of it."""
    content = {"code": code, "num_records_imported": 1, "status": "OK"}
    fakes = FakeDeliveryDependencies(
        respond_by_path(**{"import": httpx.Response(200, json=content)})
    )
    outcomes = outcomes_of(deliver_bodies(fakes, track(), identify(anonymousId=None)))
    assert outcomes == [("kept", Code.UNEXPECTED_ANSWER), ("delivered", "")]


def test_no_update_overtakes_one_that_was_kept_before_the_token_was_proven() -> None:
    """An import can prove the token while a probe is under way that fails."""
    fakes = FakeDeliveryDependencies(identityMergeApi="simplified")
    probing = threading.Event()

    def answer(request: httpx.Request) -> httpx.Response:
        if request.url.path == "/import":
            probing.wait(5)
        return accept_all(request)

    def answer_probe(_: httpx.Request) -> httpx.Response:
        probing.set()
        ends_at = time.monotonic() + 5
        while not fakes.token_proofs.accepted and time.monotonic() < ends_at:
            time.sleep(0.01)
        return OUTAGE

    fakes.answer, fakes.answer_probe = answer, answer_probe
    users = ["ann", *(f"user-{number}" for number in range(1999)), "ann"]
    updates = [
        identify(messageId=f"m-{n}", userId=user, anonymousId=None, traits={"name": f"{n}"})
        for n, user in enumerate(users)
    ]
    delivery = deliver_bodies(fakes, updates, track())
    first, last = delivery.events[0], delivery.events[2000]
    assert (first.outcome_name, last.outcome_name) in {("delivered",) * 2, ("kept",) * 2}


@pytest.mark.parametrize("end", [":", ":x"])
def test_no_update_is_delivered_under_a_token_that_authentication_cuts(end: str) -> None:
    """The probe asks about TOKEN, and the updates name TOKEN:x, which is of no project."""
    fakes = FakeDeliveryDependencies(
        token="{{ event.context.token || " + TOKEN + " }}", identityMergeApi="simplified"
    )
    fakes.answer_probe = lambda request: (
        accepted_token() if user_of(request) == TOKEN else refused_token()
    )
    context = {"token": TOKEN + end, "traits": {"name": "Ann"}}
    delivery = deliver_bodies(fakes, identify(anonymousId=None, context=context))
    assert outcomes_of(delivery)[0][0] != "delivered"


def test_tokens_of_no_project_do_not_use_up_the_probes_of_others() -> None:
    """By dynamic settings, anybody who sends events can name tokens; most events go first."""
    fakes = FakeDeliveryDependencies(
        token="{{ event.context.token || " + TOKEN + " }}", identityMergeApi="simplified"
    )
    fakes.answer_probe = lambda request: (
        accepted_token() if user_of(request) in (TOKEN, "good") else refused_token()
    )

    def update(token: str, number: int) -> Any:
        context = {"token": token, "traits": {"name": "Ann"}}
        return identify(messageId=f"{token}-{number}", anonymousId=None, context=context)

    bad, good = [update(f"bad-{n}", n) for n in range(9)], [update("good", n) for n in range(2)]
    assert outcomes_of(deliver_bodies(fakes, *bad, *good))[-2:] == [("delivered", "")] * 2
