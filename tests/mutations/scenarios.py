"""Runs scenarios of the interleavings with the copy of the package, up to the first that fails."""

import sys
from typing import Final

from tests.interleavings.discrepancies import discrepancies
from tests.interleavings.scenario import run_scenario
from tests.mutations.copied_package import require_copy

MOST: Final = 300


def main() -> int:
    """Return 1 for a scenario that fails, and print its seed."""
    require_copy()
    for seed in range(MOST):
        if found := what_fails(seed):
            sys.stdout.write(f"seed {seed}: {found}\n")
            return 1
    return 0


def what_fails(seed: int) -> str:
    """The first discrepancy of a scenario, or the exception that ends it; empty for neither."""
    try:
        return next(iter(discrepancies(run_scenario(seed))), "")
    except Exception as error:  # noqa: BLE001 - a fault can end a scenario by any exception
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    sys.exit(main())
