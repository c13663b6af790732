"""The model of costs: what a part is made of, and how it changes with the rate."""

import pytest

from benchmarks import cost, limits, memory, prices
from benchmarks.cost import BROWSERS, DIRECT, EVENTBRIDGE, RATES, ROUTES, SERVERS, UNPACKED
from benchmarks.measured import Used, interpolate, used_by_batch
from benchmarks.measuring import SHARES


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("rate", RATES)
def test_a_counter_costs_two_writes(route: cost.Route, rate: float) -> None:
    """Its claim and its outcome, whatever the route and the rate."""
    parts = cost.cost(route, rate, 0.9)
    expected = 0.9 * 2 * prices.DYNAMODB_WRITE.each * prices.MILLION
    assert parts["DynamoDB, counters"] == pytest.approx(expected, rel=0.1)


@pytest.mark.parametrize("share", SHARES)
def test_an_event_costs_no_more_at_a_higher_rate(share: float) -> None:
    """Batches are larger then."""
    for route in ROUTES:
        totals = [sum(cost.cost(route, rate, share).values()) for rate in RATES]
        assert totals == sorted(totals, reverse=True)


def test_each_route_costs_what_it_passes() -> None:
    """Only EventBridge's events pay EventBridge, only requests pay API Gateway."""
    services = {
        route.name: {"EventBridge", "API Gateway"} & cost.cost(route, 100, 0.0).keys()
        for route in ROUTES
    }
    assert services == {
        route.name: {"EventBridge"} if route.by_eventbridge
        else {"API Gateway"} if route.request_size else set()
        for route in ROUTES
    }  # fmt: skip


def test_packing_saves_most_of_sqs() -> None:
    """A hundred events in a request are a few records."""
    packed, unpacked = (cost.sqs(route, 3000) for route in (SERVERS, UNPACKED))
    assert packed < unpacked / 3


def test_a_browser_pays_api_gateway_for_each_event() -> None:
    """Its list price is the least that a million events cost."""
    assert cost.cost(BROWSERS, 100, 0.0)["API Gateway"] == pytest.approx(3.50)


@pytest.mark.parametrize(
    ("size", "requests"), [(0, 1), (1, 1), (65_536, 1), (65_537, 2), (1_048_576, 16)]
)
def test_each_started_64_kb_is_a_request(size: int, requests: int) -> None:
    """An empty receive is one, too."""
    assert cost.chunks(size) == requests


def test_events_of_a_low_rate_come_alone() -> None:
    """With one event in ten seconds, each has an invocation, a receive and a delete of its own."""
    requests = cost.sqs_requests(EVENTBRIDGE, 0.1)
    batch = cost.batch_events(EVENTBRIDGE, 0.1)
    found = [requests["receive"], requests["delete"], batch]
    assert found == pytest.approx([1, 1, 1], rel=0.15)


def test_full_batches_are_received_by_tens() -> None:
    """Ten messages share a receive and a delete."""
    requests = cost.sqs_requests(DIRECT, 30_000)
    assert [requests["receive"], requests["delete"]] == pytest.approx([0.1, 0.1])


@pytest.mark.parametrize(("rate", "traced"), [(0.5, 0.5), (1, 1), (21, 2), (1001, 51)])
def test_x_ray_samples_one_a_second_and_a_twentieth(rate: float, traced: float) -> None:
    """As AWS's default rule does."""
    assert cost.traces(rate) == pytest.approx(traced * prices.TRACE.each)


def test_a_traced_event_costs_more() -> None:
    """By what X-Ray takes, and nothing else changes."""
    plain, traced = (cost.cost(DIRECT, 100, 0.2, tracing=tracing) for tracing in (False, True))
    assert {name: traced[name] for name in plain} == plain
    assert traced.keys() - plain.keys() == {"X-Ray"}


@pytest.mark.parametrize(
    ("megabytes", "seconds"), [(512, 1 + 1769 / 512), (1769, 2.0), (3008, 2.0)]
)
def test_memory_buys_processor_time_up_to_one_processor(megabytes: int, seconds: float) -> None:
    """Waiting takes as long with any memory."""
    used = Used(1, processor_ms=1000, log_bytes=0, waiting_ms=1000)
    assert memory.seconds_of(used, megabytes) == pytest.approx(seconds)


def test_figures_between_two_sizes_are_on_a_line() -> None:
    """And beyond the largest on the last one."""
    measured = {"10": {"ms": 10.0}, "100": {"ms": 100.0}, "200": {"ms": 300.0}}
    found = [interpolate(measured, size)["ms"] for size in (10, 55, 100, 150, 300)]
    assert found == pytest.approx([10, 55, 100, 200, 500])


def test_counters_are_waited_for_one_request_after_another() -> None:
    """Fifty are a request, with one round of claims and one of outcomes around it."""
    none, some = (used_by_batch(2000, share).waiting_ms for share in (0.0, 0.2))
    assert some - none == 8 * (50 + 5 * (1 + 1))


def test_every_known_quota_has_its_source() -> None:
    """What has none says that it is unknown."""
    without = [quota for quota in limits.quotas() if not quota.source]
    assert [quota for quota in without if "unknown" not in quota.default] == []
