"""What became of a batch is reported before any of its records leaves the queue."""

import httpx
import pytest

from rudder_mixpanel.delivery.deliver import Delivery, deliver
from tests.build import identify, sqs_record, track
from tests.fakes.delivery import FakeDeliveryDependencies, invocation, outcomes_of
from tests.fakes.ingestion import accept_all


def without_engage(request: httpx.Request) -> httpx.Response:
    """Mixpanel, of which /engage is down."""
    return httpx.Response(503) if request.url.path == "/engage" else accept_all(request)


def partly_kept() -> tuple[FakeDeliveryDependencies, list[dict[str, object]]]:
    """A record whose first event is delivered and whose second one is kept."""
    fakes = FakeDeliveryDependencies(without_engage, people=True)
    return fakes, [sqs_record([track(), identify()])]


def test_batch_is_reported_before_a_record_is_replaced() -> None:
    """A process that dies after that would leave no trace of what was delivered."""
    fakes, records = partly_kept()
    reported: list[tuple[list[str], int]] = []

    def report(delivery: Delivery) -> None:
        names = [name for name, _ in outcomes_of(delivery)]
        reported.append((names, len(fakes.events_sqs.messages)))

    deliver(records, fakes, invocation(), report)
    assert (reported, len(fakes.events_sqs.messages)) == ([(["delivered", "kept"], 0)], 1)


def test_record_stays_when_the_process_dies_in_its_report() -> None:
    """It is received again, and reported then."""
    fakes, records = partly_kept()

    def die(_delivery: Delivery) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        deliver(records, fakes, invocation(), die)
    assert (fakes.events_sqs.messages, fakes.events_sqs.deleted) == ([], [])


def test_reported_outcomes_are_final() -> None:
    """Those in the report are those of the response."""
    fakes, records = partly_kept()
    reported: list[list[tuple[str, str]]] = []
    delivery = deliver(
        records, fakes, invocation(), lambda delivery: reported.append(outcomes_of(delivery))
    )
    assert reported == [outcomes_of(delivery)]
