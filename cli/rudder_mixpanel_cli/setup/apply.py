"""Writes what was planned, and remembers what could not be written."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from rudder_mixpanel_cli.aws import AWS_ERRORS
from rudder_mixpanel_cli.setup.new_keys import NewKey
from rudder_mixpanel_cli.setup.plan import Change
from rudder_mixpanel_cli.setup.stored import StoredObject, StoredObjects, aws_message


@dataclass(frozen=True, slots=True)
class Failure:
    """An object that could not be read or written, and why, in the words of AWS."""

    stored: StoredObject
    reason: str


@dataclass(slots=True)
class Result:
    """What was written, what was not, and the new keys that are stored now."""

    written: list[Change] = field(default_factory=list)
    failures: list[Failure] = field(default_factory=list)
    keys: list[NewKey] = field(default_factory=list)

    def has_failed(self, output: str) -> bool:
        """Whether the object of an output could not be read or written."""
        return any(failure.stored.output == output for failure in self.failures)


def write_changes(
    before: StoredObjects, changes: Iterable[Change], keys: Iterable[NewKey]
) -> Result:
    """Write each change that is needed; one that fails does not stop the others."""
    result = Result()
    for change in changes:
        if change.stored.unreadable:
            result.failures.append(Failure(change.stored, change.stored.unreadable))
        elif change.is_needed:
            write_change(before, change, result)
    result.keys = [key for key in keys if not result.has_failed(key.output)]
    return result


def write_change(before: StoredObjects, change: Change, result: Result) -> None:
    """Write one change."""
    try:
        before.write(change.stored, change.content)
    except AWS_ERRORS as error:
        result.failures.append(Failure(change.stored, aws_message(error)))
    else:
        result.written.append(change)
