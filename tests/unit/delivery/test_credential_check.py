"""Nothing is sent under a token that Mixpanel has not accepted."""

from collections.abc import Callable
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.credential_check import MOST_PROBES
from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.delivery.sender import TIME_FOR_A_REQUEST
from rudder_mixpanel.errors import Code
from tests.build import TOKEN, identify, sqs_record, track
from tests.fakes.delivery import (
    FakeDeliveryDependencies,
    deliver_bodies,
    invocation,
    outcomes_of,
)
from tests.fakes.ingestion import accept_all, refused_token, respond_by_path

ACCOUNT: dict[str, Any] = {
    "serviceAccountUserName": "ann.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}
OWN_TOKEN: dict[str, Any] = {"token": "{{ event.context.token || " + TOKEN + " }}"}
REFUSED = ("kept", Code.CREDENTIALS_REFUSED)
UNPROVEN = ("kept", Code.TOKEN_UNPROVEN)
DELIVERED = ("delivered", "")
GROUP = {
    "type": "group",
    "messageId": "group-1",
    "userId": "user-1",
    "traits": {"company": "heron-and-reed"},
}
# Events of which each needs another endpoint than /import, and the settings for them.
EVENTS: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "engage": (identify(), {}),
    "groups": (GROUP, {"groupKeySettings": [{"groupKey": "company"}]}),
    "counters": (track(properties={"revenue": 9.5}), {"people": True}),
    "track": (track(timestamp="2027-01-01T00:00:00.000Z"), {"ingestionApi": "track"}),
}


def fakes_answering(probe: httpx.Response | Exception, **config: Any) -> FakeDeliveryDependencies:
    """A Mixpanel that accepts everything but answers each probe like this."""
    fakes = FakeDeliveryDependencies(**config)
    fakes.answer_probe = respond_by_path(**{"import": probe})
    return fakes


def sent_under_the_token(fakes: FakeDeliveryDependencies) -> list[str]:
    """The paths of the requests that no credentials authenticate."""
    return [request.url.path for request in fakes.requests if request.url.path != "/import"]


@pytest.mark.parametrize("endpoint", EVENTS)
@pytest.mark.parametrize(
    ("probe", "outcome"),
    [
        (refused_token(), REFUSED),
        (httpx.Response(503), UNPROVEN),
        (httpx.Response(403, text="<html>"), UNPROVEN),
        (httpx.ReadTimeout(""), UNPROVEN),
    ],
)
def test_nothing_is_sent_under_a_token_that_is_not_proven(
    endpoint: str, probe: httpx.Response | Exception, outcome: tuple[str, Code]
) -> None:
    """The endpoints would answer success; no counter is claimed, either."""
    event, settings = EVENTS[endpoint]
    fakes = fakes_answering(probe, **ACCOUNT, **settings)
    delivery = deliver_bodies(fakes, event)
    assert (outcomes_of(delivery), sent_under_the_token(fakes), fakes.ledger.entries) == (
        [outcome],
        [],
        {},
    )


@pytest.mark.parametrize("endpoint", EVENTS)
def test_event_is_delivered_under_a_proven_token(endpoint: str) -> None:
    """One probe proves it."""
    event, settings = EVENTS[endpoint]
    fakes = FakeDeliveryDependencies(**ACCOUNT, **settings)
    delivery = deliver_bodies(fakes, event)
    assert (outcomes_of(delivery), len(fakes.probes)) == ([DELIVERED], 1)


def test_event_of_the_import_api_needs_no_proof() -> None:
    """/import authenticates each request."""
    fakes = fakes_answering(refused_token(), **ACCOUNT)
    delivery = deliver_bodies(fakes, track())
    assert (outcomes_of(delivery), fakes.probes) == ([DELIVERED], [])


def test_lanes_share_one_probe() -> None:
    """Users, groups and counters of one batch, and of the next."""
    settings = EVENTS["groups"][1] | EVENTS["counters"][1]
    fakes = FakeDeliveryDependencies(**ACCOUNT, **settings)
    for _ in range(2):
        deliver_bodies(fakes, identify(), GROUP, EVENTS["counters"][0])
    assert len(fakes.probes) == 1


def test_lanes_share_one_probe_without_an_answer() -> None:
    """An outage is met once in an invocation; the next one asks again."""
    settings = EVENTS["groups"][1] | EVENTS["counters"][1]
    fakes = fakes_answering(httpx.Response(503), **ACCOUNT, **settings)
    for _ in range(2):
        deliver_bodies(fakes, identify(), GROUP, EVENTS["counters"][0])
    assert len(fakes.probes) == 2


def test_import_under_the_token_proves_it() -> None:
    """Its own response says that the token was accepted."""
    fakes = fakes_answering(httpx.Response(503))
    outcomes = [outcomes_of(deliver_bodies(fakes, event)) for event in (track(), identify())]
    assert (outcomes, fakes.probes) == ([[DELIVERED], [DELIVERED]], [])


def test_import_under_the_token_proves_it_for_the_counters_of_the_same_batch() -> None:
    """They are sent after the events, whatever became of the probe."""
    fakes = fakes_answering(httpx.Response(503), people=True)
    delivery = deliver_bodies(fakes, EVENTS["counters"][0])
    assert (outcomes_of(delivery), fakes.probes) == ([DELIVERED], [])


def test_import_by_a_service_account_proves_no_token() -> None:
    """It ignores the token in the events."""
    fakes = fakes_answering(refused_token(), **ACCOUNT)
    outcomes = [outcomes_of(deliver_bodies(fakes, event)) for event in (track(), identify())]
    assert (outcomes, len(fakes.probes)) == ([[DELIVERED], [REFUSED]], 1)


@pytest.mark.parametrize(("later", "probes"), [(59, 1), (60, 2)])
def test_refused_token_is_asked_about_once_a_minute(later: int, probes: int) -> None:
    """A minute later it may be accepted."""
    fakes = fakes_answering(refused_token(), **ACCOUNT)
    for seconds in (0, later):
        deliver([sqs_record(identify())], fakes, invocation(later=seconds))
    assert len(fakes.probes) == probes


def test_token_is_proven_once_an_hour() -> None:
    """A project may have been deleted."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)
    for seconds in (0, 3599, 3600):
        deliver([sqs_record(identify())], fakes, invocation(later=seconds))
    assert len(fakes.probes) == 2


def test_refusal_of_one_token_is_for_that_token_alone() -> None:
    """An event that names the token of no project does not stop the others."""
    fakes = FakeDeliveryDependencies(**OWN_TOKEN)
    fakes.answer = fakes.answer_probe = refusing("own")
    delivery = deliver_bodies(fakes, identify(), named_identify("own"))
    assert outcomes_of(delivery) == [DELIVERED, REFUSED]


def refusing(token: str) -> Callable[[httpx.Request], httpx.Response]:
    """A Mixpanel in which this token belongs to no project."""
    header = httpx.BasicAuth(token, "")._auth_header

    def answer(request: httpx.Request) -> httpx.Response:
        if request.headers.get("Authorization") == header:
            return refused_token()
        return accept_all(request)

    return answer


def named_identify(token: str) -> dict[str, Any]:
    """An identify call that names a token."""
    return identify(context={"traits": {"plan": "pro"}, "token": token})


def test_invocation_probes_five_tokens_and_the_next_one_five_more() -> None:
    """The others wait, and the stack's own token is not among them."""
    fakes = FakeDeliveryDependencies(**OWN_TOKEN, identityMergeApi="simplified")
    bodies = [named_identify(f"token-{n}") for n in range(MOST_PROBES + 1)]
    first, second = (outcomes_of(deliver_bodies(fakes, *bodies, identify())) for _ in range(2))
    assert (first, second) == (
        [DELIVERED] * (MOST_PROBES - 1) + [UNPROVEN] * 2 + [DELIVERED],
        [DELIVERED] * (MOST_PROBES + 2),
    )


def test_probe_is_not_started_when_it_could_not_end() -> None:
    """As any other request."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)
    delivery = deliver_bodies(fakes, identify(), time_left=ending(TIME_FOR_A_REQUEST - 1))
    assert (outcomes_of(delivery), fakes.probes) == ([("kept", Code.NO_TIME_LEFT)], [])


def ending(milliseconds: int) -> Callable[[], int]:
    """A clock that leaves this much time once the batch is planned."""
    times = iter([60_000, 60_000, 60_000])
    return lambda: next(times, milliseconds)


def test_request_is_not_started_after_a_probe_that_took_too_long() -> None:
    """The time is read again after the probe."""
    left = [60_000]
    fakes = FakeDeliveryDependencies(**ACCOUNT)

    def answer(request: httpx.Request) -> httpx.Response:
        left[0] = TIME_FOR_A_REQUEST - 1
        return accept_all(request)

    fakes.answer_probe = answer
    delivery = deliver_bodies(fakes, identify(), time_left=lambda: left[0])
    assert (outcomes_of(delivery), sent_under_the_token(fakes)) == (
        [("kept", Code.NO_TIME_LEFT)],
        [],
    )


def test_requests_of_an_event_for_another_project_are_not_mixed_with_others() -> None:
    """Not even when both import with the same credentials of their own."""
    account = {"serviceAccountUserName": "{{ event.context.account || ann }}"}
    fakes = FakeDeliveryDependencies(**{**ACCOUNT, **OWN_TOKEN, **account})
    calls = [
        track(messageId=token, context={"token": token, "account": "bob"}) for token in ("a", "b")
    ]
    deliver_bodies(fakes, *calls)
    sent = [
        [record["properties"]["token"] for record in records]
        for records in fakes.sent_to("/import")
    ]
    assert sent == [["a"], ["b"]]
