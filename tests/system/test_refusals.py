"""The built function when Mixpanel refuses requests: nothing is rejected that is not at fault."""

import json
from typing import Any

import pytest

from tests.fakes.accounting import attribute_text
from tests.system.delivery_system import DeliverySystem
from tests.system.discrepancies import discrepancies
from tests.system.test_delivery import DAY, MIXED, call, purchases, tracks

HOUR = 3600


def rejections(system: DeliverySystem) -> list[tuple[str, str]]:
    """The code and Mixpanel's message of each rejected event."""
    return [
        (attribute_text(message, "code"), attribute_text(message, "message"))
        for message in system.rejected.messages()
    ]


def last_metrics(system: DeliverySystem) -> dict[str, Any]:
    """The metrics of the last invocation, and the codes beside them."""
    lines = [line for answer in system.function.answers for line in answer.log]
    metrics: dict[str, Any] = json.loads(
        [line for line in lines if "CloudWatchMetrics" in line][-1]
    )
    return {name: metrics.get(name) for name in ("Kept", "ConfigurationErrors", "codes")}


@pytest.mark.parametrize("endpoint", ["import", "engage", "groups", None])
@pytest.mark.parametrize("batch_size", [1, 2])
def test_complaint_about_the_project_keeps_every_event(
    system: DeliverySystem, batch_size: int, endpoint: str | None
) -> None:
    """At low traffic, too: everything is delivered when the complaint has ended."""
    system.mixpanel.fault("json_400", endpoint=endpoint, seconds=5 * HOUR)
    system.source.batch_size = batch_size
    system.send(*MIXED, *tracks(3))
    system.run_until_empty(step=60)
    assert discrepancies(system) == []


@pytest.mark.parametrize("count", [1, 2])
def test_complaint_fires_the_alarm(system: DeliverySystem, count: int) -> None:
    """The metric of the alarm counts the invocation, and the code says why."""
    system.mixpanel.fault("json_400")
    system.send(*tracks(count))
    system.source.poll()
    assert last_metrics(system) == {
        "Kept": [count],
        "ConfigurationErrors": [1],
        "codes": {"REFUSED_FOR_NOW": count},
    }


@pytest.mark.parametrize("count", [1, 2])
def test_complaint_that_lasts_for_a_day_rejects_the_events(
    system: DeliverySystem, count: int
) -> None:
    """With Mixpanel's message, and not a quarter of an hour before."""
    system.mixpanel.fault("json_400")
    started = system.clock()
    system.send(*tracks(count))
    system.run_until_empty()
    waited = (system.clock() - started).total_seconds()
    assert (rejections(system), DAY < waited < DAY + HOUR / 2) == (
        [("REFUSED_BY_MIXPANEL", "Project is over its quota")] * count,
        True,
    )


def test_replayed_event_is_rejected_at_once(system: DeliverySystem) -> None:
    """Its patience has ended before."""
    system.mixpanel.fault("json_400")
    system.send(*tracks(1))
    system.run_until_empty()
    (rejected,) = system.rejected.messages()
    replayed = {"firstSentAt": rejected.attributes["firstSentAt"]}
    system.events.send(rejected.body, replayed)
    system.source.poll()
    assert rejections(system) == [("REFUSED_BY_MIXPANEL", "Project is over its quota")] * 2


@pytest.mark.parametrize("count", [1, 2, 40])
def test_events_with_a_bad_time_are_rejected_at_once(system: DeliverySystem, count: int) -> None:
    """Mixpanel lists them, so the reason is not the project, however many they are."""
    system.mixpanel.fault("failed_records", contains="track-")
    system.send(*tracks(count))
    system.source.poll()
    assert (rejections(system), len(system.events.messages())) == (
        [("REFUSED_BY_MIXPANEL", "rejected by a planned fault")] * count,
        0,
    )


@pytest.mark.parametrize("fault", ["html_414", "html_431"])
def test_too_long_url_or_header_keeps_every_event(system: DeliverySystem, fault: str) -> None:
    """The alarm's metric and the code say so; every charge counts once when it is fixed."""
    system.mixpanel.fault(fault, seconds=5 * HOUR)
    system.send(*purchases(2), call("page", 3, name="Pricing"))
    system.source.poll()
    first = last_metrics(system)
    system.run_until_empty(step=60)
    assert (first, discrepancies(system)) == (
        {"Kept": [3], "ConfigurationErrors": [1], "codes": {"URL_OR_HEADERS_TOO_LONG": 3}},
        [],
    )


@pytest.mark.parametrize("fault", ["html_414", "html_431"])
def test_charge_with_a_too_long_header_is_not_in_doubt(system: DeliverySystem, fault: str) -> None:
    """The server has not read the request, so that the charge is sent again."""
    system.mixpanel.fault(fault, endpoint="engage", times=1)
    system.send(*purchases(2))
    system.run_until_empty()
    assert discrepancies(system) == []
