"""What full batches ask of DynamoDB's tables, and what a table takes."""

from typing import Final

from benchmarks.measured import lease_ms, profiles_of, used_by_batch
from benchmarks.memory import BATCH

# What a table takes at once that is new, and one partition of it always.
NEW_TABLE_WRITES: Final = 4_000
NEW_TABLE_READS: Final = 12_000
# Reads and writes that a table takes at most, unless the account's quota is raised.
TABLE_UNITS: Final = 40_000


def writes_an_event() -> dict[str, float]:
    """The write units of an event, by what they are for; each has a table of its own."""
    ledger = {
        f"`Ledger`, {share} counters an event": used_by_batch(BATCH, share).writes / BATCH
        for share in (0.2, 0.9)
    }
    profiles = used_by_batch(BATCH, 0.0).profile_writes / BATCH
    return ledger | {"`Profiles`, with `newer-wins`": profiles}


def busy_profile_rate() -> float:
    """The events a second whose batches all update one user or group, one after the other."""
    leased = profiles_of(BATCH, 0.0)["leased"]
    return BATCH / lease_ms(leased) * 1000
