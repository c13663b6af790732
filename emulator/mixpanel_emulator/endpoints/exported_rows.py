"""The rows of an export, which are made from stored events one by one while they are sent."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from mixpanel_emulator.state.store import Item


@dataclass(frozen=True, slots=True)
class ExportedRows:
    """Stored events, what makes a line of one, and what follows the last line."""

    events: Sequence[Item]
    render: Callable[[Item], bytes]
    ending: bytes = b""

    def __iter__(self) -> Iterator[bytes]:
        """Make each line in turn."""
        yield from map(self.render, self.events)
        if self.ending:
            yield self.ending

    @property
    def first(self) -> bytes:
        """The first line; empty without any."""
        return next(iter(self), b"")

    def is_longer_than(self, size: int) -> bool:
        """Whether all lines together have more bytes than this."""
        total = 0
        for line in self:
            total += len(line)
            if total > size:
                return True
        return False
