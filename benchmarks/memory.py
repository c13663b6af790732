"""`python -m benchmarks.memory`: the memory sizes of the functions, from what was measured.

Lambda gives a function processor time in proportion to its memory, up to one processor at 1,769 MB;
the functions use one. An invocation takes its waiting, and its processor time stretched by that
share. Both are added up, although they overlap a little: the figures are an upper bound.
"""

from dataclasses import dataclass
from typing import Final

from rich.console import Console
from rich.table import Table

from benchmarks.measured import DEFAULT_ORDER, Used, figures, used_by_batch
from rudder_mixpanel_cli.prices import LAMBDA_GB_SECOND, MILLION

# MB for a whole processor: https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
PROCESSOR_MB: Final = 1769
SIZES: Final = (512, 1024, 1769, 3008)
MB_A_GB: Final = 1024
# The batch by which the memory is chosen.
BATCH: Final = 2000
SHARE: Final = 0.2
CONCURRENCY: Final = 10
# Events a second to reach at that concurrency: what Mixpanel takes of a project. Less memory would
# save a fifth of a cent a million events, and need more concurrent executions.
GOAL: Final = 30_000
# A function keeps this many times its peak memory free of worry: batches of large events.
HEADROOM: Final = 2
# Seconds of work from the start of receive_events to its first answer, for which an SDK waits: one,
# with a fifth to spare, since processors differ.
START_GOAL: Final = 0.8
# Not chosen by measurement: it must accept thousands of users within API Gateway's 29 seconds.
REGULATIONS_MB: Final = 1024


@dataclass(frozen=True, slots=True)
class Sized:
    """What a memory size gives: seconds of a full batch, events a second, dollars a million."""

    memory: int
    seconds: float
    rate: float
    dollars: float


def processor_share(memory: int) -> float:
    """The part of a processor that a function of this memory has, at most one."""
    return min(1.0, memory / PROCESSOR_MB)


def seconds_of(used: Used, memory: int) -> float:
    """How long an invocation takes."""
    return (used.waiting_ms + used.processor_ms / processor_share(memory)) / 1000


def gb_seconds(used: Used, memory: int) -> float:
    """What Lambda bills for it."""
    return seconds_of(used, memory) * memory / MB_A_GB


def events_a_second(
    memory: int, concurrency: int, share: float = SHARE, order: str = DEFAULT_ORDER
) -> float:
    """The events a second that full batches deliver, this many at a time."""
    return concurrency * BATCH / seconds_of(used_by_batch(BATCH, share, order), memory)


def sized(memory: int) -> Sized:
    """What this memory gives to the delivery of events."""
    used = used_by_batch(BATCH, SHARE)
    dollars = gb_seconds(used, memory) * LAMBDA_GB_SECOND.each * MILLION / BATCH
    return Sized(memory, seconds_of(used, memory), events_a_second(memory, CONCURRENCY), dollars)


def delivery_memory() -> int:
    """The memory of deliver_events: the cheapest that reaches the goal, or comes nearest to it.

    More than a whole processor brings nothing, so the smallest of the fastest is taken then.
    """
    options = [sized(memory) for memory in SIZES]
    reached = [option for option in options if option.rate >= GOAL]
    best = max(option.rate for option in options)
    fastest = [option for option in options if option.rate >= best * 0.999]
    return min(reached or fastest, key=lambda option: option.dollars).memory


def peak_mb() -> float:
    """The most memory that a batch of the workload needed."""
    return float(
        max(
            counts["peak_mb"]
            for shares in figures()["deliver_events"].values()
            for sizes in shares.values()
            for counts in sizes.values()
        )
    )


def start_seconds(function: str, memory: int) -> float:
    """How long a function takes from the start of its process to its first answer."""
    used = Used(0, figures()["starts"][function], 0)
    return seconds_of(used, memory)


def receiving_memory() -> int:
    """The memory of receive_events, for which an SDK waits: the smallest that starts in time."""
    return next(size for size in SIZES if start_seconds("receive_events", size) <= START_GOAL)


def deletion_memory() -> int:
    """The memory of delete_users, for which nobody waits: the smallest size."""
    return SIZES[0]


def main() -> None:
    """Print what each memory size gives."""
    table = Table("MB", "seconds a batch", "events a second", "dollars a million")
    for memory in SIZES:
        row = sized(memory)
        table.add_row(str(memory), f"{row.seconds:.2f}", f"{row.rate:,.0f}", f"{row.dollars:.4f}")
    Console().print(table)
    for function in figures()["starts"]:
        starts = (f"{size} MB {start_seconds(function, size):.1f} s" for size in SIZES)
        Console().print(f"{function} starts: {', '.join(starts)}")


if __name__ == "__main__":
    main()
