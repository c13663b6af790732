"""Why messages wait, each cause once, with what to do about it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final, NamedTuple

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.queues.held import Held

DEAD: Final = "The function died of it, or tried too often. See the log before you replay."
UNKNOWN: Final = "This version of the command does not know the code; docs/operating.md may."


class Cause(NamedTuple):
    """What messages have in common that wait for the same reason."""

    code: str
    endpoint: str
    field: str
    message: str


@dataclass(slots=True)
class Group:
    """How many wait for it, and since when the oldest does."""

    count: int
    oldest: datetime


class Causes:
    """The causes of what was seen, with `quotes` apart by what Mixpanel said."""

    def __init__(self, *, quotes: bool) -> None:
        self.quotes = quotes
        self.left_out = False
        self.count = 0
        self.groups: dict[Cause, Group] = {}

    def add(self, held: Held) -> None:
        """Count a message."""
        self.count += 1
        told = safe(held, quotes=self.quotes)
        self.left_out |= told != held.told
        cause = Cause(*(told.get(name, "") for name in Cause._fields))
        group = self.groups.setdefault(cause, Group(0, held.first_sent))
        group.count += 1
        group.oldest = min(group.oldest, held.first_sent)

    def lines(self) -> Iterator[str]:
        """A paragraph for each cause, the most frequent first."""
        for cause, group in sorted(self.groups.items(), key=lambda one: (-one[1].count, one[0])):
            head = (cause.code or "dead", cause.endpoint, cause.field)
            yield f"{group.count:>7,}  " + "  ".join(filter(None, map(plain, head)))
            if cause.message:
                yield f"         {plain(cause.message)}"
            yield f"         {advice(cause.code)}"
            yield f"         oldest: {group.oldest.astimezone(UTC):%Y-%m-%d %H:%M} UTC"
            yield ""


def safe(held: Held, *, quotes: bool) -> dict[str, str]:
    """What a message tells of its cause, without anybody's data unless `quotes` are wanted.

    Where an endpoint refused it, the words are Mixpanel's, which may repeat what an event says.
    """
    ours = quotes or not held.endpoints
    return {name: text for name, text in held.told.items() if ours or name != "message"}


def advice(code: str) -> str:
    """What the cause means, and what to do."""
    if not code:
        return DEAD
    return Code[code].explanation if code in Code.__members__ else UNKNOWN


def plain(text: str) -> str:
    """One line of text that a terminal shows and does not obey."""
    return "".join(one if one.isprintable() else "�" for one in text)
