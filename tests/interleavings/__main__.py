"""`make interleavings`: so many stories from a seed on, and the seeds of those that went wrong."""

import sys
from collections import Counter

from tests.interleavings.story import told

PROGRESS = 1_000


def main(first: int, count: int) -> int:
    """Tell them; 1 if one of them went wrong."""
    totals: Counter[str] = Counter()
    wrong = []
    for seed in range(first, first + count):
        story = told(seed)
        totals["requests with events"] += len(story.sent)
        totals["requests for deletions"] += len(story.deleting.sent)
        totals["regulations"] += len(story.promises)
        totals["cancellations"] += len(story.cancelled)
        if faults := story.faults():
            wrong.append(seed)
            sys.stdout.write(f"seed {seed}: {faults[:3]}\n")
        if (seed - first + 1) % PROGRESS == 0:
            sys.stdout.write(f"{seed - first + 1} of {count}\n")
    told_of = ", ".join(f"{number} {name}" for name, number in totals.items())
    sys.stdout.write(f"{count} interleavings from seed {first}: {told_of}; wrong: {len(wrong)}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
