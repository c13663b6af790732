"""The endpoint of an event is chosen when it is sent."""

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from rudder_mixpanel.delivery.deliver import deliver
from rudder_mixpanel.mapping import transform
from tests.build import SENT_AT, destination, sqs_record, track
from tests.fakes.delivery import FakeDeliveryDependencies, invocation, outcomes_of
from tests.fakes.ingestion import accept_all, records_in

MINUTE = 60
HOUR = 60 * MINUTE
# The event's time is twelve hours before its record was sent.
BORDER = (5 * 24 - 1 - 12) * HOUR


def paths(fakes: FakeDeliveryDependencies) -> list[str]:
    """The endpoints that events were sent to."""
    return [request.url.path for request in fakes.requests if "event" in records_in(request)[0]]


@pytest.mark.parametrize(
    ("later", "path"),
    [(0, "/track"), (BORDER, "/track"), (BORDER + 1, "/import"), (6 * 24 * HOUR, "/import")],
    ids=["at once", "at the border", "beyond it", "after an outage of six days"],
)
def test_kept_event_is_tracked_only_while_mixpanel_takes_it(later: int, path: str) -> None:
    """/track answers success for events of over five days and drops them."""
    fakes = FakeDeliveryDependencies(ingestionApi="track")
    delivery = deliver([sqs_record(track())], fakes, invocation(later=later))
    assert (paths(fakes), outcomes_of(delivery)) == ([path], [("delivered", "")])


def test_replayed_event_is_imported() -> None:
    """Its age counts from its own time, and not from when it was replayed."""
    fakes = FakeDeliveryDependencies(ingestionApi="track")
    record = sqs_record(track(), SentTimestamp=str(SENT_AT + 9 * 24 * HOUR * 1000))
    record = {
        **record,
        "messageAttributes": {"firstSentAt": {"stringValue": "2027-01-01T00:00:00Z"}},
    }
    deliver([record], fakes, invocation(later=9 * 24 * HOUR))
    assert paths(fakes) == ["/import"]


def test_event_without_a_time_is_imported_once_it_is_old() -> None:
    """Its time is when its record was first sent."""
    fakes = FakeDeliveryDependencies(ingestionApi="track")
    record = sqs_record(track(timestamp=None))
    deliver([record], fakes, invocation(later=BORDER + 13 * HOUR))
    assert paths(fakes) == ["/import"]


def test_old_and_recent_events_of_a_batch_take_their_own_endpoints() -> None:
    """Each in a request of its own."""
    fakes = FakeDeliveryDependencies(ingestionApi="track")
    old = track(messageId="old", timestamp="2026-12-27T00:30:00Z")
    deliver([sqs_record([old, track()])], fakes, invocation(later=HOUR))
    assert sorted(paths(fakes)) == ["/import", "/track"]


def test_rest_of_an_event_is_found_again_under_the_other_endpoint() -> None:
    """The name of an operation does not depend on the endpoint that it is sent to."""

    def engage_outage(request: httpx.Request) -> httpx.Response:
        return httpx.Response(503) if request.url.path == "/engage" else accept_all(request)

    settings: dict[str, Any] = {"ingestionApi": "track", "people": True}
    bill = track(properties={"revenue": 5})
    charge, event = transform(bill, destination(**settings), now=datetime(2027, 1, 1, tzinfo=UTC))
    fakes = FakeDeliveryDependencies(engage_outage, **settings)
    record = {
        **sqs_record(bill),
        "messageAttributes": {"operations": {"stringValue": f"{event.name}"}},
    }
    deliver([record], fakes, invocation(later=6 * 24 * HOUR))
    assert ([request.url.path for request in fakes.requests], charge.name != event.name) == (
        ["/import"],
        True,
    )
