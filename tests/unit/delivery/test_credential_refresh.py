"""Credentials that Mixpanel refuses are read again, and used where they have changed."""

from collections.abc import Callable
from typing import Any

import httpx

from rudder_mixpanel.aws.time_limits import TIME_FOR_A_CALL
from rudder_mixpanel.delivery.credential_check import TIME_TO_REFRESH
from rudder_mixpanel.delivery.sender import TIME_FOR_A_REQUEST
from rudder_mixpanel.errors import Code, ConfigurationError
from tests.build import TOKEN, identify, track
from tests.fakes.delivery import FakeDeliveryDependencies, deliver_bodies, outcomes_of
from tests.fakes.ingestion import accept_all, refused_token, respond_by_path

ACCOUNT: dict[str, Any] = {
    "serviceAccountUserName": "ann.mp-service-account",
    "serviceAccountSecret": "s3cret",
    "projectId": "1",
}
OWN_TOKEN: dict[str, Any] = {"token": "{{ event.context.token || " + TOKEN + " }}"}
REFUSED = ("kept", Code.CREDENTIALS_REFUSED)
DELIVERED = ("delivered", "")


def changing(
    fakes: FakeDeliveryDependencies, meanwhile: Callable[[], None] = lambda: None, **config: Any
) -> None:
    """Refuse the first request; by then, the secret has changed, and something else happened."""

    def answer(request: httpx.Request) -> httpx.Response:
        if len(fakes.requests) > 1:
            return accept_all(request)
        fakes.config = {**fakes.config, **config}
        meanwhile()
        return refused_token()

    fakes.answer = answer


def users_of(fakes: FakeDeliveryDependencies) -> list[str]:
    """The credentials of each import, in order."""
    return [
        request.headers["Authorization"]
        for request in fakes.requests
        if request.url.path == "/import"
    ]


def basic(username: str, password: str = "") -> str:
    """The header of these credentials."""
    return httpx.BasicAuth(username, password)._auth_header


def test_changed_service_account_is_used_in_the_same_invocation() -> None:
    """The secret is read again when Mixpanel refuses it."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)
    changing(fakes, serviceAccountSecret="n3w")
    delivery = deliver_bodies(fakes, track())
    account = ACCOUNT["serviceAccountUserName"]
    assert (outcomes_of(delivery), users_of(fakes)) == (
        [DELIVERED],
        [basic(account, "s3cret"), basic(account, "n3w")],
    )


def test_changed_token_keeps_the_events_until_they_are_mapped_with_it() -> None:
    """The operations contain the old one."""
    fakes = FakeDeliveryDependencies()
    changing(fakes, token="new")
    first, second = (outcomes_of(deliver_bodies(fakes, track())) for _ in range(2))
    assert (first, second, users_of(fakes)) == (
        [REFUSED],
        [DELIVERED],
        [basic(TOKEN), basic("new")],
    )


def test_changed_account_and_token_keep_the_events() -> None:
    """The new account may belong to another project than the old token."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)
    changing(fakes, token="new", serviceAccountSecret="n3w")
    assert (outcomes_of(deliver_bodies(fakes, track())), len(users_of(fakes))) == ([REFUSED], 1)


def test_unchanged_credentials_are_not_tried_again() -> None:
    """The secret is read once in an invocation."""
    fakes = FakeDeliveryDependencies(respond_by_path(**{"import": refused_token()}), **ACCOUNT)
    delivery = deliver_bodies(fakes, track(), identify())
    assert (outcomes_of(delivery), fakes.refreshes) == ([REFUSED] * 2, 1)


def test_changed_credentials_that_are_refused_as_well_keep_the_events() -> None:
    """They are tried once."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)

    def answer(_request: httpx.Request) -> httpx.Response:
        fakes.config = {**fakes.config, "serviceAccountSecret": "n3w"}
        return refused_token()

    fakes.answer = answer
    delivery = deliver_bodies(fakes, track())
    assert (outcomes_of(delivery), len(users_of(fakes)), fakes.refreshes) == ([REFUSED], 2, 1)


def test_secret_that_is_wrong_when_it_is_read_again_keeps_the_events() -> None:
    """The next invocation names what is wrong with it."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)
    error = ConfigurationError("token", "expected text")
    changing(fakes, lambda: setattr(fakes, "configuration_error", error))
    assert outcomes_of(deliver_bodies(fakes, track())) == [REFUSED]


def test_credentials_of_an_event_are_not_replaced_by_those_of_the_secret() -> None:
    """The event names another project."""
    fakes = FakeDeliveryDependencies(**OWN_TOKEN, **ACCOUNT)
    changing(fakes, serviceAccountSecret="n3w")
    delivery = deliver_bodies(fakes, track(context={"token": "own"}))
    assert (outcomes_of(delivery), users_of(fakes)) == ([REFUSED], [basic("own")])


def test_user_suppressed_meanwhile_is_left_out_of_the_repeated_request() -> None:
    """The users are looked up again before a request is repeated."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)
    changing(fakes, lambda: fakes.suppressions.hold("user-1"), serviceAccountSecret="n3w")
    delivery = deliver_bodies(
        fakes, track(anonymousId=None), track(messageId="two", userId="user-2", anonymousId=None)
    )
    sent = [len(records) for records in fakes.sent_to("/import")]
    assert (outcomes_of(delivery), sent) == ([("suppressed", ""), DELIVERED], [2, 1])


def test_secret_is_not_read_again_without_time_for_a_request_after_it() -> None:
    """The next invocation reads it."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)
    left = [60_000]
    changing(fakes, lambda: left.__setitem__(0, TIME_TO_REFRESH - 1), serviceAccountSecret="n3w")
    delivery = deliver_bodies(fakes, track(), time_left=lambda: left[0])
    assert (outcomes_of(delivery), fakes.refreshes) == ([REFUSED], 0)


def test_time_to_refresh_covers_reading_the_secret_and_a_request() -> None:
    """An invocation that is killed would lose all its outcomes."""
    assert TIME_TO_REFRESH >= TIME_FOR_A_CALL + TIME_FOR_A_REQUEST


def test_refused_token_has_the_secret_read_again() -> None:
    """The next invocation maps the events with the new token."""
    fakes = FakeDeliveryDependencies(**ACCOUNT)

    def answer(_request: httpx.Request) -> httpx.Response:
        fakes.config = {**fakes.config, "token": "new"}
        fakes.answer_probe = accept_all
        return refused_token()

    fakes.answer_probe = answer
    first, second = (outcomes_of(deliver_bodies(fakes, identify())) for _ in range(2))
    updates = [record["$token"] for records in fakes.sent_to("/engage") for record in records]
    assert (first, second, fakes.refreshes, set(updates)) == ([REFUSED], [DELIVERED], 1, {"new"})
