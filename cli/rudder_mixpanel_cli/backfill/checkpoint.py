"""The checkpoint of a backfill: a file that says how far it is, and of what."""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
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


@contextmanager
def checkpoint_lock(path: Path) -> Iterator[None]:
    """Use the checkpoint alone. Raises UsageError while another process does.

    The lock is on a file beside it, which stays, since each write replaces the checkpoint. The
    system releases it when the process ends, however it ends.
    """
    try:
        file = hidden_beside(path, "lock").open("w")
    except OSError as error:
        raise UsageError(f"{path}: not writable as a checkpoint: {error.strerror}") from None
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            raise UsageError(
                f"{path}: a backfill with this checkpoint is running; wait for it, or name another "
                "--checkpoint"
            ) from None
        yield


def write_checkpoint(path: Path, checkpoint: Checkpoint) -> None:
    """Replace the file in one step, so that it is whole whenever the process or machine dies.

    Raises CommandError when it cannot be written.
    """
    try:
        replace_file(path, json.dumps(checkpoint.as_json()))
    except OSError as error:
        raise CommandError(f"{path}: the checkpoint cannot be written: {error.strerror}") from None


def replace_file(path: Path, text: str) -> None:
    """Replace a file by one with this text, which is on the disk before. Raises OSError."""
    new = hidden_beside(path, "new")
    with new.open("w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def hidden_beside(path: Path, suffix: str) -> Path:
    """A file beside another one, which is no input of a backfill of their folder."""
    return path.with_name(f".{path.name}.{suffix}")
