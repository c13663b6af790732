"""What is sent of the events of a backfill: old events, whose profiles have newer values by now.

`rudder-mixpanel backfill` sets a message attribute on each record that it sends. It only takes
something away, so that a sender who sets it harms nobody.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Final, NamedTuple, Self

from rudder_mixpanel.message.times import EPOCH, MILLISECOND, since_epoch
from rudder_mixpanel.mixpanel.operations import Operation, Payload
from rudder_mixpanel.profiles.updates import without_presence

# The message attribute of a record of a backfill; its value is the mode as text.
BACKFILL: Final = "backfill"
COUNTERS: Final = "counters"


class BackfillProfiles(StrEnum):
    """What a backfill does with updates of profiles."""

    NONE = "none"
    """They are not sent."""
    ONCE = "once"
    """Properties are set where the profile has no value."""
    NEWER = "newer"
    """Properties are set where the profile has no newer value, which newer-wins decides."""


class BackfillMode(NamedTuple):
    """What a backfill sends beside events."""

    profiles: BackfillProfiles = BackfillProfiles.NONE
    counters: bool = False

    @classmethod
    def read(cls, text: str) -> Self:
        """The mode in the text of an attribute; of what it does not know, nothing is sent."""
        words = text.split()
        known = [word for word in words if word in BackfillProfiles]
        profiles = BackfillProfiles(known[0]) if known else BackfillProfiles.NONE
        return cls(profiles, COUNTERS in words)

    @property
    def text(self) -> str:
        """The text of the attribute."""
        return f"{self.profiles} {COUNTERS}" if self.counters else str(self.profiles)

    def under(self, *, newer_wins: bool) -> Self:
        """The mode for a destination: without newer-wins, old values would replace newer ones."""
        if newer_wins or self.profiles is not BackfillProfiles.NEWER:
            return self
        return self._replace(profiles=BackfillProfiles.NONE)

    @property
    def why_nothing(self) -> str:
        """Why nothing is left of an event."""
        without = [] if self.counters else [COUNTERS]
        if self.profiles is BackfillProfiles.NONE:
            without.insert(0, "profiles")
        return f"backfill without {' and '.join(without)}"


def backfill_operations(
    operations: Iterable[Operation], mode: BackfillMode, *, now: int
) -> list[Operation]:
    """What a backfill sends of an event: of its operations those that the mode allows.

    `now` is the time with which they were mapped, in milliseconds since 1970.
    """
    sent = (backfill_operation(operation, mode, now) for operation in operations)
    return [operation for operation in sent if operation is not None]


def backfill_operation(operation: Operation, mode: BackfillMode, now: int) -> Operation | None:
    """What a backfill sends of an operation, if anything.

    Updates of profiles change neither location nor "last seen". `$union` and `$set_once` replace no
    value, and are the same in both modes.
    """
    if operation.endpoint in {"import", "track"}:
        return with_stable_time(operation, now) if operation.lane == "identity" else operation
    if operation.lane == "counters":
        return past(operation, operation.payload) if mode.counters else None
    if mode.profiles is BackfillProfiles.NONE:
        return None
    payload = operation.payload
    if mode.profiles is BackfillProfiles.ONCE:
        if "$set" in payload:
            payload["$set_once"] = payload.pop("$set")
        elif "$set_once" not in payload and "$union" not in payload:
            return None
    return past(operation, payload)


def past(operation: Operation, payload: Payload) -> Operation:
    """An update with this payload, of a user who may have been elsewhere since."""
    changed = operation.with_payload(payload)
    return changed.with_payload(without_presence(changed))


def with_stable_time(operation: Operation, now: int) -> Operation:
    """An identity event whose time does not depend on when it was sent.

    The mapping replaces a time that Mixpanel would reject by `now`. Then a repeat would be another
    event, so it becomes the start of the year, which is never too old.
    """
    if operation.time != now:
        return operation
    payload = operation.payload
    payload["properties"]["time"] = start_of_year(now)
    changed = operation.with_payload(payload)
    changed.time = payload["properties"]["time"]
    return changed


def start_of_year(time: int) -> int:
    """The first moment of a time's year; both are in milliseconds since 1970."""
    year = (EPOCH + time * MILLISECOND).year
    return since_epoch(datetime(year, 1, 1, tzinfo=EPOCH.tzinfo))
