"""Group the events of messages by type and name, with the codes of each."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from rudder_mixpanel_cli.personal_names import WITHHELD
from rudder_mixpanel_cli.queues.cause_summary import DEAD
from rudder_mixpanel_cli.queues.event_names import EventName, event_names
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.terminal import colored, printable, wrapped
from rudder_mixpanel_cli.times import minute

# Names that are kept apart: a name that holds an id is another one for each event.
MOST_NAMES: Final = 100
OTHERS: Final = EventName("other names")


@dataclass(slots=True)
class NameCount:
    """How many events have a name, by code, and when the oldest was first sent."""

    oldest: datetime
    codes: Counter[str] = field(default_factory=Counter)


class NameSummary:
    """Counts events by name; without `quotes`, not by names that may be personal data."""

    def __init__(self, *, quotes: bool) -> None:
        self.quotes = quotes
        self.left_out = False
        self.count = 0
        self.names: dict[EventName, NameCount] = {}

    def add(self, message: QueuedMessage) -> None:
        """Count the events of a message."""
        self.count += 1
        for name, _ in event_names(message, quotes=self.quotes):
            self.left_out |= name.name == WITHHELD
            known = name in self.names or len(self.names) < MOST_NAMES
            total = self.names.setdefault(
                name if known else OTHERS, NameCount(message.first_sent_at)
            )
            total.codes[message.code or DEAD] += 1
            total.oldest = min(total.oldest, message.first_sent_at)

    def most_frequent(self) -> list[tuple[EventName, NameCount]]:
        """The names, the most frequent first."""
        return sorted(self.names.items(), key=lambda item: (-item[1].codes.total(), item[0]))

    def lines(self) -> Iterator[str]:
        """A paragraph for each name."""
        for name, total in self.most_frequent():
            codes = ", ".join(
                f"{printable(code)} {count:,}" for code, count in total.codes.most_common()
            )
            yield f"{total.codes.total():>7,}  {colored(str(name), bold=True)}"
            yield wrapped(codes, " " * 9)
            yield f"{'':9}oldest: {minute(total.oldest)}"
            yield ""

    def as_json(self) -> dict[str, Any]:
        """The names as JSON, with the same content as the text."""
        return {
            "events": [
                {
                    **name._asdict(),
                    "count": total.codes.total(),
                    "codes": dict(total.codes),
                    "oldest": total.oldest.isoformat(),
                }
                for name, total in self.most_frequent()
            ]
        }
