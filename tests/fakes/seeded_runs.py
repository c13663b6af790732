"""What many seeded runs, in several processes, have found."""

import sys
from collections import Counter
from collections.abc import Iterator

# The counts of some runs, and a line for each that failed
type Result = tuple[Counter[str], list[str]]


def report(what: str, results: Iterator[Result], first: int, count: int) -> int:
    """Print what happened and what failed; return how many failed."""
    totals: Counter[str] = Counter()
    failures = 0
    for counts, lines in results:
        totals += counts
        failures += len(lines)
        sys.stdout.writelines(lines)
        sys.stdout.write(f"{totals['run']} of {count}\n")
        sys.stdout.flush()
    summary = ", ".join(f"{number} {name}" for name, number in totals.items() if name != "run")
    sys.stdout.write(f"{count} {what} from seed {first}: {summary}; failed: {failures}\n")
    return failures
