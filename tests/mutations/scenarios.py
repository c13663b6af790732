"""Runs scenarios of the interleavings with the copy of the package, up to the first that fails."""

import sys
from typing import Final

from tests.interleavings.discrepancies import discrepancies
from tests.interleavings.scenario import run_scenario
from tests.mutations.copied_package import require_copy
from tests.mutations.fault import ANY

MOST: Final = 300


def main(broken: str) -> int:
    """Return 1 for a scenario in which this is broken, and print its seed."""
    require_copy()
    for seed in range(MOST):
        failures = failures_of(seed)
        if found := next((each for each in failures if broken == ANY or broken in each), ""):
            sys.stdout.write(f"seed {seed}: {found}\n")
            return 1
    return 0


def failures_of(seed: int) -> list[str]:
    """The discrepancies of a scenario, or the exception that ends it."""
    try:
        return discrepancies(run_scenario(seed))
    except Exception as error:  # noqa: BLE001 - a fault can end a scenario by any exception
        return [f"{type(error).__name__}: {error}"]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
