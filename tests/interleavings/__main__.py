"""`make interleavings`: so many stories from a seed on, and the seeds of those that went wrong."""

import sys
from collections import Counter
from concurrent.futures import ProcessPoolExecutor

from tests.interleavings.story import told

# Stories that a process tells in a row
PORTION = 500

type Portion = tuple[Counter[str], list[str]]


def main(first: int, count: int) -> int:
    """Tell them, on all processors; 1 if one of them went wrong."""
    totals: Counter[str] = Counter()
    wrong = 0
    starts = range(first, first + count, PORTION)
    with ProcessPoolExecutor() as processes:
        for number, portion in enumerate(
            processes.map(tell, starts, [first + count] * len(starts))
        ):
            counted, complaints = portion
            totals += counted
            wrong += len(complaints)
            sys.stdout.writelines(complaints)
            sys.stdout.write(f"{min(count, (number + 1) * PORTION)} of {count}\n")
            sys.stdout.flush()
    told_of = ", ".join(f"{number} {name}" for name, number in totals.items())
    sys.stdout.write(f"{count} interleavings from seed {first}: {told_of}; wrong: {wrong}\n")
    return 1 if wrong else 0


def tell(first: int, end: int) -> Portion:
    """What happened in the next stories, and what went wrong in which."""
    totals: Counter[str] = Counter()
    complaints = []
    for seed in range(first, min(first + PORTION, end)):
        story = told(seed)
        totals["requests with events"] += len(story.sent)
        totals["requests for deletions"] += len(story.deleting.sent)
        totals["regulations"] += len(story.promises)
        totals["cancellations"] += len(story.cancelled)
        totals["replays"] += story.replayed
        if faults := story.faults():
            complaints.append(f"seed {seed}: {faults[:3]}\n")
    return totals, complaints


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
