"""The model of costs: what a part is made of, and how it changes with the rate."""

import pytest

from benchmarks import cost, limits, memory, profiles, scale
from benchmarks.cost import BROWSERS, DIRECT, EVENTBRIDGE, RATES, ROUTES, SERVERS, UNPACKED
from benchmarks.measured import Used, figures, interpolate, waiting_ms
from benchmarks.measuring import ORDERS, SHARES
from rudder_mixpanel_cli import prices


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


def test_counters_are_waited_for_four_requests_at_a_time() -> None:
    """Fifty are a request, with one round of claims and one of outcomes around it."""
    none, some = (waiting_ms(counters, 0) for counters in (0, 400))
    assert some - none == 2 * (50 + 5 * (1 + 1))


def test_leases_are_waited_for_around_the_request() -> None:
    """Two calls at a time take 25 each and two end them, after one call that reads the items."""
    none, some = (waiting_ms(0, profiles) for profiles in (0, 100))
    assert some - none == 5 * (1 + 2 + 2)


@pytest.mark.parametrize("share", SHARES)
def test_newer_wins_costs_its_table_and_some_time(share: float) -> None:
    """The parts that time has no influence on are the same, as far as two measurements agree."""
    plain, newer = (cost.cost(SERVERS, 3000, share, order) for order in ORDERS)
    others = plain.keys() - {"DynamoDB, newer wins", "Lambda", "Secrets Manager"}
    assert {name: newer[name] for name in others} == pytest.approx(
        {name: plain[name] for name in others}, rel=0.02
    )
    assert (plain["DynamoDB, newer wins"], newer["DynamoDB, newer wins"] > 0) == (0, True)


@pytest.mark.parametrize("share", SHARES)
def test_the_built_function_updates_the_profiles_that_the_mapping_counts(share: float) -> None:
    """What was measured and the model agree, but for the users of which each has others."""
    measured = figures()["deliver_events"]["newer-wins"][str(share)]["2000"]
    counted = profiles.updated_by_batch(2000, share)
    assert [counted.reads, counted.writes] == pytest.approx(
        [measured["items of profiles, read"], measured["items of profiles, written"]], rel=0.1
    )


@pytest.mark.parametrize(
    ("properties", "written"), [(0, 1), (57, 1), (58, 2), (121, 2), (2000, 32)]
)
def test_an_item_takes_a_write_unit_for_each_started_kb(properties: int, written: int) -> None:
    """Sixteen bytes for each property of the profile."""
    assert profiles.units(properties, profiles.WRITE_UNIT) == written


@pytest.mark.parametrize(
    ("order", "share", "most"), [("as-they-come", 0.0, 0.60), ("newer-wins", 0.2, 1.00)]
)
def test_a_million_events_cost_no_more_than_they_should(
    order: str, share: float, most: float
) -> None:
    """From server SDKs, on their whole path."""
    assert sum(cost.cost(SERVERS, 3000, share, order).values()) <= most


def test_an_event_is_no_later_at_a_higher_rate() -> None:
    """Batches are full sooner, and as many are delivered at once as are needed."""
    needs = [scale.scale_of(rate) for rate in (3_000, 10_000, 30_000)]
    seconds, concurrency = (
        [getattr(each, name) for each in needs] for name in ("seconds", "at_once")
    )
    assert (seconds, concurrency) == (sorted(seconds, reverse=True), sorted(concurrency))


def test_every_known_quota_has_its_source() -> None:
    """What has none says that it is unknown."""
    without = [quota for quota in limits.quotas() if not quota.source]
    assert [quota for quota in without if "unknown" not in quota.default] == []
