"""The tables of docs/limits.md."""

from typing import Final

from benchmarks import limits, memory, scale, tables
from benchmarks.limits import Quota
from docs.printing.cost import CASES, case_name, dollars
from docs.printing.markdown import table

CONCURRENCIES: Final = (2, 5, 10, 20, limits.most_concurrency(memory.BATCH))
LITTLE: Final = 1000
# Up to what Mixpanel takes of a project.
RATES: Final = (100, 1_000, 3_000, 10_000, 20_000, limits.MIXPANEL_EVENTS)


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
    """The events a second that are delivered, by MaximumConcurrency, order and counters."""
    cases = (*CASES, (CASES[-1][0], 0.9))
    head = ("`MaximumConcurrency`", *(case_name(*case) for case in cases))
    chosen = memory.delivery_memory()
    return table(
        head,
        (
            (
                str(concurrency),
                *(
                    rate_text(memory.events_a_second(chosen, concurrency, share, order))
                    for order, share in cases
                ),
            )
            for concurrency in CONCURRENCIES
        ),
    )


def at_rates() -> str:
    """What each rate of events needs, how late its events are, and what they cost."""
    return table(
        (
            "events a second",
            "`MaximumConcurrency`",
            "seconds to Mixpanel, at most",
            "MB a second to Mixpanel",
            "of Mixpanel's 2 GB a minute",
            "a million events",
            "a month",
        ),
        (
            (
                f"{rate:,}",
                str(needs.concurrency),
                f"{needs.seconds:.1f}",
                f"{needs.mixpanel_bytes / 1e6:,.1f}",
                f"{needs.mixpanel_share:.0%}",
                dollars(needs.dollars),
                f"${needs.dollars_a_month:,.0f}",
            )
            for rate in RATES
            for needs in (scale.scale_of(rate),)
        ),
    )


def tables_at_rates() -> str:
    """The request units a second of each table at each rate, against what a new table takes."""
    return table(
        (
            "events a second",
            "`Profiles`, writes",
            "`Ledger`, writes, 0.2 counters",
            "`Ledger`, writes, 0.9 counters",
            "`Profiles`, reads",
            "`Suppressions`, reads",
        ),
        (
            (
                f"{rate:,}",
                *(units_text(number, tables.NEW_TABLE_WRITES) for number in writes),
                *(units_text(number, tables.NEW_TABLE_READS) for number in reads),
            )
            for rate in RATES
            for typical, many in ((scale.scale_of(rate), scale.scale_of(rate, 0.9)),)
            for writes in ((typical.profile_writes, typical.ledger_writes, many.ledger_writes),)
            for reads in ((typical.profile_reads, typical.suppression_reads),)
        ),
    )


def units_text(units: float, at_once: int) -> str:
    """A number of units, in bold where a new table does not take them at once."""
    return f"**{units:,.0f}**" if units > at_once else f"{units:,.0f}"
