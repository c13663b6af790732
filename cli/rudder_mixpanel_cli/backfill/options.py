"""The options of a backfill, in one value."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rudder_mixpanel.delivery.backfill import BackfillMode, BackfillProfiles
from rudder_mixpanel_cli.errors import UsageError


@dataclass(frozen=True, slots=True)
class BackfillOptions:
    """What to send, how fast, and what to do about an earlier start."""

    paths: Sequence[str]
    profiles: BackfillProfiles
    counters: bool
    retention_days: int
    rate: int
    checkpoint: Path | None
    restart: bool
    confirmed: bool
    as_json: bool

    @property
    def mode(self) -> BackfillMode:
        """What is sent beside events."""
        return BackfillMode(self.profiles, self.counters)

    def checkpoint_of(self, stack: str) -> Path:
        """The file of the checkpoint: in this folder, one for each stack, unless it is named."""
        return self.checkpoint or Path(f"rudder-mixpanel-backfill.{stack}.json")


def profiles_named(name: str | None) -> BackfillProfiles:
    """The value of --profiles. Raises UsageError for an unknown one."""
    if name is None:
        return BackfillProfiles.NONE
    if name not in {BackfillProfiles.ONCE, BackfillProfiles.NEWER}:
        raise UsageError(f"--profiles: expected once or newer, got {name}")
    return BackfillProfiles(name)
