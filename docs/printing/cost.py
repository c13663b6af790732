"""The tables of docs/cost.md."""

from collections.abc import Iterator
from typing import Final

from benchmarks import cost, memory, profiles
from benchmarks.cost import BROWSERS, DIRECT, EVENTBRIDGE, RATES, ROUTES, SERVERS, UNPACKED, Route
from benchmarks.idle import idle_month
from benchmarks.measured import DEFAULT_ORDER, largest_batch, used_by_batch
from benchmarks.measuring import ORDERS, SHARES
from docs.printing.markdown import code, table
from docs.printing.monitoring import monitored
from rudder_mixpanel_cli.prices import MILLION, PRICES

# Events a second at which the overview is computed.
BUSY: Final = 3_000
TYPICAL: Final = 0.2
# The cases that are compared: order of profile updates, and counters an event.
CASES: Final = tuple((order, share) for share in (0.0, TYPICAL) for order in ORDERS)
# Properties of a profile, for the size of its item.
PROPERTIES: Final = (10, 20, 50, 100, 250, 2000)
# Dollars below which an amount says nothing.
LEAST: Final = 0.001


def overview() -> str:
    """What a million events cost, by route, order of profile updates and share of counters."""
    return table(
        ("how events come", *(case_name(*case) for case in CASES)),
        (
            (route.name, *(dollars(total(route, BUSY, share, order)) for order, share in CASES))
            for route in ROUTES
        ),
    )


def case_name(order: str, share: float) -> str:
    """A case as a column is headed."""
    return f"{code(order)}, {f'{share:g} counters an event' if share else 'no counters'}"


def newer_wins() -> str:
    """What newer-wins asks of its table, by the size of a batch and the share of counters."""
    return table(
        (
            "events in a batch",
            "counters an event",
            "profiles it updates",
            "read units",
            "write units",
            "a million events",
        ),
        (
            (
                f"{size:,}",
                f"{share:g}",
                f"{updated.leased:,.0f}",
                f"{updated.reads:,.0f}",
                f"{updated.writes:,.0f}",
                dollars(
                    cost.delivery_parts(used_by_batch(size, share), BUSY)["DynamoDB, newer wins"]
                    * MILLION
                ),
            )
            for size in (100, largest_batch(0.0))
            for share in SHARES
            for updated in (profiles.updated_by_batch(size, share),)
        ),
    )


def items_of_profiles() -> str:
    """How large the item of a profile is, by its properties, and what it costs."""
    return table(
        (
            "properties of a profile",
            "bytes",
            "units of a write",
            "units of a read",
            "a million profiles, a month",
        ),
        (
            (
                f"{number:,}",
                f"{profiles.item_bytes(number):,}",
                str(profiles.units(number, profiles.WRITE_UNIT)),
                str(profiles.units(number, profiles.READ_UNIT)),
                dollars(profiles.stored_million(number)),
            )
            for number in PROPERTIES
        ),
    )


def by_rate() -> str:
    """What a million events cost, by route and rate."""
    return table(
        ("how events come", *map(rate_name, RATES)),
        (
            (route.name, *(dollars(total(route, rate, TYPICAL)) for rate in RATES))
            for route in ROUTES
        ),
    )


def rate_name(rate: float) -> str:
    """A rate as a column is headed."""
    return f"{rate:,.0f} a second" if rate > 1 else "a million a month"


def a_month() -> str:
    """What all events of a month cost, by route and rate, without the idle month."""
    return table(
        ("how events come", *map(rate_name, RATES)),
        (
            (
                route.name,
                *(
                    f"${total(route, rate, TYPICAL) * rate * cost.SECONDS_A_MONTH / 1e6:,.0f}"
                    for rate in RATES
                ),
            )
            for route in ROUTES
        ),
    )


def total(route: Route, rate: float, share: float, order: str = DEFAULT_ORDER) -> float:
    """Dollars for a million events."""
    return sum(cost.cost(route, rate, share, order).values())


def parts() -> str:
    """The parts of what a million events cost, by route."""
    routes = (DIRECT, SERVERS, UNPACKED, EVENTBRIDGE, BROWSERS)
    costs = [cost.cost(route, BUSY, TYPICAL) for route in routes]
    names = sorted(
        {name for one in costs for name in one}, key=lambda name: -costs[-1].get(name, 0)
    )
    rows = ((name, *(dollars(one.get(name, 0)) for one in costs)) for name in names)
    sums = ("**all**", *(f"**{dollars(sum(one.values()))}**" for one in costs))
    return table(("part", *(route.name for route in routes)), [*rows, sums])


def sqs_parts() -> str:
    """The requests that SQS bills for an event, by route and rate."""
    return table(
        ("how events come", "at", "send", "receive", "delete"),
        (
            (route.name, rate_name(rate), *(f"{number:.3f}" for number in requests.values()))
            for route in (DIRECT, SERVERS)
            for rate in RATES
            for requests in (cost.sqs_requests(route, rate),)
        ),
    )


def tracing() -> str:
    """What traces add to a million events."""
    return table(
        ("how events come", *map(rate_name, RATES)),
        (
            (
                route.name,
                *(
                    dollars(cost.cost(route, rate, TYPICAL, tracing=True)["X-Ray"])
                    for rate in RATES
                ),
            )
            for route in ROUTES
        ),
    )


def idle() -> str:
    """What an idle month costs, by part."""
    rows = [*idle_month().items(), *always_monitored()]
    shown = [(name, dollars(amount)) for name, amount in rows]
    return table(("part", "a month"), [*shown, ("**all**", f"**{dollars(idle_total())}**")])


def always_monitored() -> Iterator[tuple[str, float]]:
    """What is monitored in an idle month."""
    for what, number, each in monitored():
        if "always" in what or "dashboard" in what:
            yield f"CloudWatch: {number} {what}", number * each


def idle_total() -> float:
    """Dollars for an idle month."""
    return sum(idle_month().values()) + sum(amount for _, amount in always_monitored())


def in_short() -> str:
    """The first sentence of the page: what a million events and an idle month cost."""
    cheapest, bridge = total(SERVERS, BUSY, TYPICAL), total(EVENTBRIDGE, BUSY, TYPICAL)
    least = total(SERVERS, BUSY, 0.0, ORDERS[0])
    return (
        f"A million events cost **{dollars(cheapest)}** when server SDKs send them to the stack, "
        f"and **{dollars(bridge)}** over EventBridge,\nat {BUSY:,} events a second with a "
        "counter in every fifth and `newer-wins`. Without counters, and with `as-they-come`,\n"
        f"it is {dollars(least)} instead of {dollars(cheapest)}. A month without any event costs "
        f"**{dollars(idle_total())}**."
    )


def prices() -> str:
    """The list prices that costs are computed from."""
    rows = (
        (
            price.what,
            f"${price.dollars:,.4g}" + (" a million" if price.units == 10**6 else ""),
            price.page + ("" if price.confirmed else ", not confirmed"),
        )
        for price in PRICES
    )
    return table(("what", "price", "AWS's page"), rows)


def measured() -> str:
    """What was measured of a batch."""
    head = (
        "`profileUpdates`",
        "events in a batch",
        "counters an event",
        "ms of processor",
        "bytes of log",
    )
    rows = (
        (
            code(order),
            f"{size:,}",
            f"{share:g}",
            f"{used.processor_ms:,.0f}",
            f"{used.log_bytes:,.0f}",
            f"{used.reads + used.profile_reads:,.0f}",
            f"{used.writes + used.profile_writes:,.0f}",
            f"{used.requests:,.1f}",
            f"{used.bytes_out:,.0f}",
        )
        for order in ORDERS
        for share in SHARES
        for size in (1, 100, largest_batch(share))
        for used in (used_by_batch(size, share, order),)
    )
    return table((*head, "read units", "write units", "requests to Mixpanel", "bytes sent"), rows)


def memories() -> str:
    """What each memory size gives to the delivery of events."""
    chosen = memory.delivery_memory()
    return table(
        ("MB", "seconds for 2,000 events", "events a second", "Lambda, a million events", ""),
        (
            (
                f"{size:,}",
                f"{row.seconds:.2f}",
                f"{row.rate:,.0f}",
                f"${row.dollars:.4f}",
                "chosen" if size == chosen else "",
            )
            for size in memory.SIZES
            for row in (memory.sized(size),)
        ),
    )


def starts() -> str:
    """How long the functions take to start, by memory size."""
    chosen = {
        "deliver_events": memory.delivery_memory(),
        "receive_events": memory.receiving_memory(),
        "regulations_api": memory.REGULATIONS_MB,
    }
    return table(
        ("function", *(f"{size:,} MB" for size in memory.SIZES), "chosen"),
        (
            (
                code(name),
                *(f"{memory.start_seconds(name, size):.1f} s" for size in memory.SIZES),
                f"{size:,} MB",
            )
            for name, size in chosen.items()
        ),
    )


def dollars(amount: float) -> str:
    """An amount with as many digits as say something."""
    if amount == 0:
        return "-"
    if amount < LEAST:
        return f"under ${LEAST}"
    return f"${amount:,.2f}" if amount >= 0.1 else f"${amount:.3f}"  # noqa: PLR2004 - ten cents
