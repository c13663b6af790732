"""Group messages by cause, with what to do about each cause."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, NamedTuple

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.queues.message import QueuedMessage
from rudder_mixpanel_cli.terminal import colored, printable, wrapped
from rudder_mixpanel_cli.times import minute

# What stands in the place of a code for dead letters, which have none
DEAD: Final = "dead"
DEAD_ADVICE: Final = "The function failed on it, or retried it too often. Check the log first."
UNKNOWN_ADVICE: Final = "This version of the command does not know the code: see docs/reasons.md."
INDENT: Final = " " * 9


class Cause(NamedTuple):
    """The attributes that messages with the same cause share."""

    code: str
    endpoint: str
    field: str
    message: str


@dataclass(slots=True)
class CauseCount:
    """How many messages have a cause, and when the oldest was first sent."""

    count: int
    oldest: datetime


class CauseSummary:
    """Counts messages by cause; with `quotes`, by Mixpanel's error message as well."""

    def __init__(self, *, quotes: bool) -> None:
        self.quotes = quotes
        self.left_out = False
        self.count = 0
        self.causes: dict[Cause, CauseCount] = {}

    def add(self, message: QueuedMessage) -> None:
        """Count a message."""
        self.count += 1
        attributes = safe_attributes(message, quotes=self.quotes)
        self.left_out |= attributes != message.attributes
        cause = Cause(*(attributes.get(name, "") for name in Cause._fields))
        total = self.causes.setdefault(cause, CauseCount(0, message.first_sent_at))
        total.count += 1
        total.oldest = min(total.oldest, message.first_sent_at)

    def most_frequent(self) -> list[tuple[Cause, CauseCount]]:
        """The causes, the most frequent first."""
        return sorted(self.causes.items(), key=lambda item: (-item[1].count, item[0]))

    def lines(self) -> Iterator[str]:
        """A paragraph for each cause."""
        for cause, total in self.most_frequent():
            headline = filter(
                None, map(printable, (cause.code or DEAD, cause.endpoint, cause.field))
            )
            yield f"{total.count:>7,}  {colored('  '.join(headline), bold=True)}"
            if cause.message:
                yield wrapped(printable(cause.message), INDENT)
            yield wrapped(advice(cause.code), INDENT)
            yield f"{INDENT}oldest: {minute(total.oldest)}"
            yield ""

    def as_json(self) -> dict[str, Any]:
        """The causes as JSON, with the same content as the text."""
        return {
            "causes": [
                {
                    "count": total.count,
                    **{name: text for name, text in cause._asdict().items() if text},
                    "advice": advice(cause.code),
                    "oldest": total.oldest.isoformat(),
                }
                for cause, total in self.most_frequent()
            ]
        }


def safe_attributes(message: QueuedMessage, *, quotes: bool) -> dict[str, str]:
    """A message's attributes, without personal data unless `quotes` is set.

    When an endpoint rejected the event, `message` is Mixpanel's text and can repeat its values.
    """
    keep_message = quotes or not message.endpoints
    return {
        name: text for name, text in message.attributes.items() if keep_message or name != "message"
    }


def advice(code: str) -> str:
    """What a code means, and what to do."""
    if not code:
        return DEAD_ADVICE
    return Code[code].explanation if code in Code.__members__ else UNKNOWN_ADVICE
