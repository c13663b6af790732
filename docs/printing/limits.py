"""The tables of docs/limits.md."""

from typing import Final

from benchmarks import limits, memory
from benchmarks.limits import Quota
from benchmarks.measuring import SHARES
from docs.printing.markdown import table

CONCURRENCIES: Final = (2, 5, 10, 20, limits.most_concurrency(memory.BATCH))
LITTLE: Final = 1000


def quotas() -> str:
    """Each quota with the rate of events at which it is reached, the lowest first."""
    ordered = sorted(limits.quotas(), key=lambda quota: quota.rate or float("inf"))
    return table(
        ("events a second", "service", "quota", "default", "what to do"), map(quota_row, ordered)
    )


def quota_row(quota: Quota) -> tuple[str, ...]:
    """The row of one quota, with a link to its source."""
    name = f"[{quota.name}]({quota.source})" if quota.source.startswith("http") else quota.name
    default = quota.default if quota.confirmed else f"{quota.default}, not confirmed"
    return rate_text(quota.rate), quota.service, name, default, quota.advice


def rate_text(rate: float | None) -> str:
    """A rate in two digits that say something; none that is reached by events."""
    if rate is None:
        return "not reached"
    if rate < LITTLE:
        return f"{rate:,.0f}"
    digits = 10 ** (len(str(int(rate))) - 2)
    return f"{int(rate // digits * digits):,}"


def throughput() -> str:
    """The events a second that are delivered, by MaximumConcurrency and share of counters."""
    head = ("`MaximumConcurrency`", *(f"{share:g} counters an event" for share in SHARES))
    chosen = memory.delivery_memory()
    return table(
        head,
        (
            (
                str(concurrency),
                *(rate_text(memory.events_a_second(chosen, concurrency, s)) for s in SHARES),
            )
            for concurrency in CONCURRENCIES
        ),
    )
