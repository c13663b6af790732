"""The export is requested until it is whole, and nothing less counts."""

import gzip
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.raw_export.download import AFTER_FAILURES, WHILE_THROTTLED
from rudder_mixpanel_cli.raw_export.exported_event import ExportedEvent
from tests.fakes.hostile_server import response
from tests.unit.cli.raw_export.mixpanel import (
    NOON,
    TODAY,
    YESTERDAY,
    error,
    exporting,
    lines,
    ok,
    row,
)

DAYS = ["2026-11-25", "2026-11-26", "2026-11-27"]
NAME = b"Authorization: Basic YW5uOnMzY3JldA=="


def test_events_are_read_from_each_day() -> None:
    """With the service account, and a day more on both sides."""
    renamed = row()
    renamed["properties"]["$distinct_id_before_identity"] = "anonymous"
    with exporting(ok(), ok(row(), renamed), response(lines(row("B")))) as mixpanel:
        names = [(event.name, event.distinct_id) for event in mixpanel.events()]
        query = "from_date=2026-11-25&to_date=2026-11-25&time_in_ms=true HTTP/1.1"
        assert (names, mixpanel.days, query in mixpanel.requests[0]) == (
            [("Signed Up", "u"), ("Signed Up", "anonymous"), ("B", "u")],
            DAYS,
            True,
        )
        assert all(NAME in request.encode() for request in mixpanel.requests)


@pytest.mark.parametrize(
    ("local", "utc"),
    [("2026-07-01T02:00", "2026-07-01T00:00"), ("2026-12-01T02:00", "2026-12-01T01:00")],
)
def test_time_of_an_older_project_is_converted(local: str, utc: str) -> None:
    """It is what a clock in its zone shows, in summer and in winter."""
    one = row(time=milliseconds(local))
    event = ExportedEvent.of(one, ZoneInfo("Europe/Berlin"))
    assert event.time == milliseconds(utc)


def milliseconds(text: str) -> int:
    """A time in UTC in milliseconds."""
    return round(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp() * 1000)


def test_day_that_has_not_begun_has_no_events() -> None:
    """In the project's time zone, today is another day."""
    refused = error("400 Bad Request", "to_date cannot be later than today")
    with exporting(ok(), ok(row()), refused, refused) as mixpanel:
        assert [event.time for event in mixpanel.events(TODAY, TODAY)] == [NOON]
        assert mixpanel.days == ["2026-11-26", "2026-11-27", "2026-11-28"]


@pytest.mark.parametrize(
    "failure",
    [error("503 Unavailable"), ok(row())[:-9], b""],
    ids=["503", "cut", "closed"],
)
def test_failed_request_is_repeated_from_its_beginning(failure: bytes) -> None:
    """No event of it is read twice."""
    answers = [ok(), failure or response(length=1)[:-1], ok(row()), ok()]
    with exporting(*answers) as mixpanel:
        assert (len(mixpanel.events()), mixpanel.days, len(mixpanel.told)) == (
            1,
            [DAYS[0], DAYS[1], DAYS[1], DAYS[2]],
            1,
        )


def test_failing_export_ends_the_command() -> None:
    """After a few attempts."""
    with exporting(*[error("500 No")] * 9) as mixpanel, pytest.raises(CommandError, match="500"):
        mixpanel.events()
    assert [wait for wait in mixpanel.waits if wait > 1] == list(AFTER_FAILURES)


def test_throttled_request_waits_for_minutes() -> None:
    """Longer than the hour of the limit, and says so."""
    throttled = [error("429 Too Many")] * (len(WHILE_THROTTLED) + 1)
    with exporting(*throttled) as mixpanel, pytest.raises(CommandError, match="60 an hour"):
        mixpanel.events()
    assert (
        sum(mixpanel.waits) > 3600,
        "the next attempt is in 60 seconds" in mixpanel.told[0],
    ) == (
        True,
        True,
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (error("401 No"), "does not let ann export project 1"),
        (error("403 No"), "does not let ann export project 1"),
        (error("400 Bad", "invalid from_date"), "invalid from_date"),
        (error("400 Bad", "to_date cannot be later than today"), "later than today"),
        (error("302 Found"), "302"),
        (response(b"x", b"Content-Encoding: br"), "as br"),
        (response(lines(row()) + b"terminated early\n"), "ended it early, after 1 events"),
        (response(b"export terminated early"), "ended it early, after 0 events"),
        (response(gzip.compress(lines(row()))[:-4], b"Content-Encoding: gzip"), "was cut"),
        (response(b"not gzip", b"Content-Encoding: gzip"), "was cut"),
        (response(lines({"event": 1, "properties": {}})), "no event"),
        (response(lines(row(time="x"))), "no time"),  # type: ignore[arg-type]
        (response(lines(row(time=10**20))), "no time"),
    ],
)
def test_what_is_not_an_export_ends_the_command(answer: bytes, reason: str) -> None:
    """At once, without the secret."""
    with exporting(answer) as mixpanel, pytest.raises(CommandError, match=reason) as raised:
        mixpanel.events(YESTERDAY, date(2026, 11, 26))
    assert ("s3cret" in str(raised.value), len(mixpanel.requests)) == (False, 1)
