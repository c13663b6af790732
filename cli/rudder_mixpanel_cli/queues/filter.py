"""Choose messages by the options of a command."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Self

from rudder_mixpanel_cli.errors import CommandError
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.queues.options import Selection
from rudder_mixpanel_cli.times import parse_time


@dataclass(frozen=True, slots=True)
class Filter:
    """Matches messages that meet every condition; without conditions, all messages."""

    codes: frozenset[str] = frozenset()
    endpoints: frozenset[str] = frozenset()
    ids: frozenset[str] = frozenset()
    since: datetime | None = None
    until: datetime | None = None

    @classmethod
    def from_selection(cls, selection: Selection) -> Self:
        """Read the options; raises UsageError when a time is not valid."""
        since, until = selection.since, selection.until
        return cls(
            codes=frozenset(selection.codes or ()),
            endpoints=frozenset(selection.endpoints or ()),
            ids=frozenset(selection.message_ids or ()),
            since=None if since is None else parse_time(since, "--since"),
            until=None if until is None else parse_time(until, "--until"),
        )

    def __contains__(self, message: QueuedMessage) -> bool:
        """Whether a message meets every condition."""
        return (
            (not self.codes or message.code in self.codes)
            and (not self.endpoints or not self.endpoints.isdisjoint(message.endpoints))
            and (self.since is None or message.first_sent_at >= self.since)
            and (self.until is None or message.first_sent_at < self.until)
            # Last, because it reads the body.
            and (not self.ids or not self.ids.isdisjoint(message.ids))
        )

    def ids_in(self, message: QueuedMessage) -> frozenset[str]:
        """Those of the wanted ids that a message has."""
        return self.ids.intersection(message.ids) if self.ids else self.ids

    def check_found(self, found: Iterable[str]) -> None:
        """Raise CommandError when a wanted id is not among those that messages have."""
        if missing := self.ids.difference(found):
            names = ", ".join(sorted(missing))
            raise CommandError(f"no message that was read has the id {names}")
