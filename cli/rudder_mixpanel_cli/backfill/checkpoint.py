"""The checkpoint of a backfill: a file that says how far it is, and of what."""

import json
import os
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, Self

from rudder_mixpanel_cli.backfill.counts import EventCounts
from rudder_mixpanel_cli.backfill.reading import START, Position
from rudder_mixpanel_cli.errors import CommandError, UsageError
from rudder_mixpanel_cli.events_input.inputs import Input

VERSION: Final = 1
RESTART: Final = "to begin anew, add --restart; for another backfill, name another --checkpoint"


@dataclass(frozen=True, slots=True)
class BackfillPlan:
    """What a backfill sends where: a checkpoint belongs to one of these."""

    queue_url: str
    inputs: str
    profiles: str
    counters: bool
    retention_days: int


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a backfill is, with what was expected of it when it started."""

    plan: BackfillPlan
    started_at: str
    rejected_before: int
    expected: int
    records: int = 0
    position: Position = START
    counts: EventCounts = field(default_factory=EventCounts)
    finished: bool = False

    def advanced(
        self, position: Position, counts: EventCounts, records: int, *, finished: bool = False
    ) -> Self:
        """The checkpoint behind further records."""
        return replace(self, position=position, counts=counts, records=records, finished=finished)

    def as_json(self) -> dict[str, Any]:
        """The content of the file."""
        plan = {name: getattr(self.plan, name) for name in BackfillPlan.__slots__}
        return {
            "version": VERSION,
            "plan": plan,
            "startedAt": self.started_at,
            "rejectedBefore": self.rejected_before,
            "expected": self.expected,
            "records": self.records,
            "position": list(self.position),
            "counts": self.counts.as_json(),
            "finished": self.finished,
        }

    @classmethod
    def from_json(cls, content: Any) -> Self:
        """Read the content of a file. Raises KeyError, TypeError or ValueError for another one."""
        if content["version"] != VERSION:
            raise ValueError(content["version"])
        return cls(
            BackfillPlan(**content["plan"]),
            str(content["startedAt"]),
            int(content["rejectedBefore"]),
            int(content["expected"]),
            int(content["records"]),
            Position(*map(int, content["position"])),
            EventCounts.from_json(content["counts"]),
            bool(content["finished"]),
        )


def identity_of(inputs: Iterable[Input]) -> str:
    """A hash that changes when an input changes, is missing, or is new."""
    listed = [[item.name, item.size, item.version] for item in inputs]
    return sha256(json.dumps(listed).encode()).hexdigest()


def read_checkpoint(path: Path, plan: BackfillPlan) -> Checkpoint | None:
    """The checkpoint in a file, None if there is no file.

    Raises UsageError when it is of another backfill: with other inputs or options.
    """
    try:
        text = path.read_text()
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"{path}: not readable as a checkpoint; {RESTART}") from None
    try:
        checkpoint = Checkpoint.from_json(json.loads(text))
    except (KeyError, TypeError, ValueError):
        raise UsageError(f"{path}: not a checkpoint of this version; {RESTART}") from None
    if different := differences(checkpoint.plan, plan):
        raise UsageError(f"{path}: the backfill was started with {different}; {RESTART}")
    return checkpoint


def differences(before: BackfillPlan, now: BackfillPlan) -> str:
    """What is different between two plans; empty when nothing is."""
    names = {
        "queue_url": f"another queue, {before.queue_url}",
        "inputs": "other files, or their content has changed since",
        "profiles": f"--profiles {before.profiles}",
        "counters": "--counters" if before.counters else "no --counters",
        "retention_days": f"--retention-days {before.retention_days}",
    }
    different = (name for name in names if getattr(before, name) != getattr(now, name))
    return ", ".join(names[name] for name in different)


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file in one step, so that it is whole whenever the process or machine dies.

    Raises CommandError when it cannot be written.
    """
    new = path.with_name(f"{path.name}.new")
    try:
        with new.open("w") as file:
            json.dump(checkpoint.as_json(), file)
            file.flush()
            os.fsync(file.fileno())
        new.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        raise CommandError(f"{path}: the checkpoint cannot be written: {error.strerror}") from None


def sync_folder(folder: Path) -> None:
    """Let the new name of a file in a folder outlive a crash of the machine."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
