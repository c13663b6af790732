"""`make interleavings`: so many stories from a seed on, and the seeds of those that went wrong.

Most are told over the use cases, with tables in memory; some over the functions as they are built.
"""

import logging
import os
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from moto.server import ThreadedMotoServer

from tests.interleavings import built, story
from tests.package.conftest import Built, sam_build

# Stories that a process tells in a row
PORTION = 500
# Stories over the built functions, for each of the others
BUILT = 300 / 100_000

type Portion = tuple[Counter[str], list[str]]


def main(first: int, count: int) -> int:
    """Tell them, on all processors; 1 if one of them went wrong."""
    starts = range(first, first + count, PORTION)
    with ProcessPoolExecutor() as processes:
        told = processes.map(tell, starts, [first + count] * len(starts))
        wrong = report("interleavings", told, first, count)
    few = round(count * BUILT)
    return 1 if wrong + report("interleavings of built functions", tell_built(few), 0, few) else 0


def report(what: str, told: Iterator[Portion], first: int, count: int) -> int:
    """Print what happened and what went wrong; how many went wrong."""
    totals: Counter[str] = Counter()
    wrong = 0
    for counted, complaints in told:
        totals += counted
        wrong += len(complaints)
        sys.stdout.writelines(complaints)
        sys.stdout.write(f"{totals['told']} of {count}\n")
        sys.stdout.flush()
    told_of = ", ".join(f"{number} {name}" for name, number in totals.items() if name != "told")
    sys.stdout.write(f"{count} {what} from seed {first}: {told_of}; wrong: {wrong}\n")
    return wrong


def tell(first: int, end: int) -> Portion:
    """What happened in the next stories, and what went wrong in which."""
    totals: Counter[str] = Counter()
    complaints = []
    for seed in range(first, min(first + PORTION, end)):
        one = story.told(seed)
        totals["told"] += 1
        totals["requests with events"] += len(one.sent)
        totals["requests for deletions"] += len(one.deleting.sent)
        totals["regulations"] += len(one.promises)
        totals["cancellations"] += len(one.cancelled)
        totals["replays"] += one.replayed
        if faults := one.faults():
            complaints.append(f"seed {seed}: {faults[:3]}\n")
    return totals, complaints


def tell_built(count: int) -> Iterator[Portion]:
    """The same, one by one, over the functions as they are built."""
    if not count:
        return
    with town() as there:
        for seed in range(count):
            one = built.told(there, seed)
            totals = Counter(
                {
                    "told": 1,
                    "requests with events": len(one.requests()),
                    "deletions": len(there.mixpanel.deletions()),
                    "regulations": len(one.promises),
                    "of these while Mixpanel was asked": one.asked_meanwhile,
                    "cancellations": len(one.cancelled),
                }
            )
            faults = one.faults()
            yield totals, [f"seed {seed}: {faults[:3]}\n"] if faults else []


@contextmanager
def town() -> Iterator[built.Town]:
    """The functions as they are built, and AWS on this machine."""
    os.environ |= dict.fromkeys(("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"), "testing")
    os.environ["AWS_DEFAULT_REGION"] = "us-east-1"
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    with TemporaryDirectory() as name:
        folder = Path(name)
        sam_build(folder / "built")
        with built.Town(Built(folder / "built"), f"http://{host}:{port}", folder) as there:
            yield there
    server.stop()


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
