"""Log lines about kept events: few, however many events there are."""

import io
from typing import Any

import httpx
import pytest
from aws_lambda_powertools import Logger

from rudder_mixpanel.delivery.deliver import Delivery, deliver
from rudder_mixpanel.delivery.event import Event
from rudder_mixpanel.delivery.kept import Reason, kept_lines
from rudder_mixpanel.delivery.log import log_delivery
from rudder_mixpanel.delivery.receipts import receipt_hash
from rudder_mixpanel.delivery.record import Record
from rudder_mixpanel.errors import Code
from rudder_mixpanel.mixpanel.outcomes import Kept
from tests.build import identify, sqs_record, track
from tests.fakes.delivery import FakeDeliveryDependencies, deliver_bodies, invocation
from tests.fakes.ingestion import refused_token, respond_by_path
from tests.fakes.log import logged

MEBIBYTE = 1_048_576
BUSY = Kept(Code.PROFILE_BUSY, "another invocation is updating the same profile")
OUTAGE = Kept(Code.MIXPANEL_UNAVAILABLE, "HTTP 503")
# A month after the events were sent: whatever they rest is limited by their attempts alone.
LONG_AFTER = invocation(later=30 * 86_400).now()


def kept_event(index: int, attempt: int = 1, outcome: Kept = OUTAGE, **record: Any) -> Event:
    """An event of a record of its own, kept in this attempt."""
    attributes = {"ApproximateReceiveCount": str(attempt), **record}
    event = Event(Record.of(sqs_record({}, f"record-{index}", **attributes)), 0, None)
    event.message_id = f"m-{index}"
    event.outcomes = [outcome]
    return event


def test_lines_say_why_where_and_how_often() -> None:
    """One for each code, reason, endpoint and attempt."""
    fakes = FakeDeliveryDependencies(
        respond_by_path(
            **{"import": httpx.Response(429)},
            engage=httpx.Response(503),
        ),
        identityMergeApi="simplified",
    )
    second = sqs_record(track(messageId="m-3"), "record-3", ApproximateReceiveCount="2")
    records = [
        sqs_record(track(messageId="m-1"), "record-1"),
        sqs_record(identify(messageId="m-2"), "record-2"),
    ]
    delivery = deliver([*records, second], fakes, invocation(later=1000))
    fields = ("code", "reason", "endpoint", "attempt", "next_attempt_within", "events", "ids")
    assert [tuple(line[field] for field in fields) for line in logged(delivery, "events kept")] == [
        ("THROTTLED", "HTTP 429", "import", 1, 33, 1, receipt_hash("m-1")),
        ("MIXPANEL_UNAVAILABLE", "HTTP 503", "engage", 1, 34, 1, receipt_hash("m-2")),
        ("THROTTLED", "HTTP 429", "import", 2, 69, 1, receipt_hash("m-3")),
    ]


def test_busy_profile_is_no_warning() -> None:
    """Two invocations that meet at a profile are normal work, and soon tried again."""
    events = [kept_event(1, outcome=BUSY), kept_event(2)]
    lines = [
        (line["level"], line["code"], line["next_attempt_within"] <= 30)
        for line in logged(Delivery(events, invocation().now()), "events kept")
    ]
    assert lines == [("INFO", Code.PROFILE_BUSY, True), ("WARNING", OUTAGE.code, False)]


@pytest.mark.parametrize(
    ("attempt", "named"), [(1, True), (2, True), (3, False), (4, True), (96, False), (128, True)]
)
def test_events_are_named_at_powers_of_two(attempt: int, *, named: bool) -> None:
    """An outage of a day has a hundred attempts, of which seven name the events."""
    (line,) = kept_lines([kept_event(1, attempt)], LONG_AFTER)
    assert ("ids" in line) is named


def test_next_attempt_is_that_of_the_last_record() -> None:
    """Also when another event of a record waits longer than the one that the line is about."""
    first, waiting = kept_event(1), kept_event(1, outcome=Kept(Code.THROTTLED, "", wait=300))
    lines = list(kept_lines([waiting, first], LONG_AFTER))
    assert [line["next_attempt_within"] for line in lines] == [338, 338]


def test_words_are_those_of_the_first_event_that_has_some() -> None:
    """They may differ, and one line must not become many."""
    quotes = ("", "Ann is invalid", "Bob is invalid")
    events = [
        kept_event(index, outcome=Kept(Code.REFUSED_FOR_NOW, "refused", quote=quote))
        for index, quote in enumerate(quotes)
    ]
    (line,) = kept_lines(events, LONG_AFTER)
    assert line["words"] == "… is invalid"


@pytest.mark.parametrize("endpoint", ["import", "engage"])
def test_words_say_which_credentials_are_refused(endpoint: str) -> None:
    """Of a request, and of the question whether a token exists."""
    fakes = FakeDeliveryDependencies(
        lambda _: refused_token(), identityMergeApi="simplified", people=True
    )
    fakes.answer_probe = lambda _: refused_token()
    delivery = deliver_bodies(fakes, track() if endpoint == "import" else identify())
    (line,) = logged(delivery, "events kept")
    assert (line["level"], line["endpoint"], line["words"]) == (
        "ERROR",
        endpoint,
        "Unauthorized, invalid project secret.",
    )


def test_record_that_was_not_opened_has_a_line() -> None:
    """Without ids, which nobody knows yet."""
    delivery = deliver_bodies(FakeDeliveryDependencies(), track(), time_left=lambda: 20_000)
    (line,) = logged(delivery, "events kept")
    assert (line["code"], line["events"], "ids" in line, "endpoint" in line) == (
        Code.NO_TIME_LEFT,
        1,
        False,
        False,
    )


@pytest.mark.parametrize(("attempt", "most"), [(1, MEBIBYTE), (3, MEBIBYTE / 2)])
def test_many_kept_events_are_few_bytes(attempt: int, most: int) -> None:
    """Of 29,444 events, which would be 15 MB with a line each; every line is one for CloudWatch."""
    events = [kept_event(index, attempt) for index in range(29_444)]
    stream = io.StringIO()
    logger = Logger(service=f"kept {attempt}", stream=stream)
    log_delivery(Delivery(events, invocation().now()), logger)
    lines = stream.getvalue().encode().splitlines()
    assert sum(map(len, lines)) < most
    assert max(map(len, lines)) < 200_000


def test_attempts_that_name_their_events() -> None:
    """Powers of two, and one of about seventeen hours."""
    named = [n for n in range(1, 300) if Reason(Code.THROTTLED, "", "import", n).names_events]
    assert named == [1, 2, 4, 8, 16, 32, 64, 128, 192, 256]
