"""How many events were read, sent, left out and refused, with examples of the refused ones."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final, Self

from rudder_mixpanel.errors import Code
from rudder_mixpanel_cli.backfill.causes import BackfillCause
from rudder_mixpanel_cli.backfill.evaluation import LeftOutEvent, RefusedEvent, ToSend
from rudder_mixpanel_cli.backfill.reading import EvaluatedEvent
from rudder_mixpanel_cli.terminal import printable, wrapped

MOST_EXAMPLES: Final = 3
INDENT: Final = 10


@dataclass(slots=True)
class EventCounts:
    """The counts of a part of a backfill, which a checkpoint holds as JSON."""

    read: int = 0
    to_send: int = 0
    left_out: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    examples: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def from_json(cls, content: dict[str, Any]) -> Self:
        """Read what `as_json` has written. Raises KeyError or TypeError for anything else."""
        return cls(
            int(content["read"]),
            int(content["to_send"]),
            Counter(content["left_out"]),
            Counter(content["refused"]),
            {str(cause): list(places) for cause, places in content["examples"].items()},
        )

    def copy(self) -> Self:
        """The counts as they are now."""
        return self.from_json(self.as_json())

    def as_json(self) -> dict[str, Any]:
        """The counts as JSON."""
        return {
            "read": self.read,
            "to_send": self.to_send,
            "left_out": dict(self.left_out),
            "refused": dict(self.refused),
            "examples": self.examples,
        }

    def add(self, event: EvaluatedEvent) -> None:
        """Count an event."""
        self.read += 1
        match event.evaluation:
            case ToSend():
                self.to_send += 1
            case LeftOutEvent(reason):
                self.left_out[reason] += 1
            case RefusedEvent(code, message):
                # A plain text, because a member of an enumeration is no key for orjson.
                cause = str(code)
                self.refused[cause] += 1
                examples = self.examples.setdefault(cause, [])
                if len(examples) < MOST_EXAMPLES:
                    place = f"{event.file}, line {event.line}"
                    examples.append(f"{place}: {message}" if message else place)

    def lines(self) -> Iterator[str]:
        """What is left out, and what is refused, each by cause, the most frequent first."""
        for name, counter in (("left out", self.left_out), ("refused", self.refused)):
            if counter:
                yield f"{name:<{INDENT}}{counter.total():,}"
            for cause, count in counter.most_common():
                yield wrapped(explained(cause), f"{count:>{INDENT + 7},}  ")
                for example in self.examples.get(cause, []):
                    yield f"{'':{INDENT + 9}}{printable(example)}"


def explained(cause: str) -> str:
    """A code with its explanation; another reason as it is."""
    known = next((kind for kind in (BackfillCause, Code) if cause in set(kind)), None)
    return f"{cause}: {known(cause).explanation}" if known else printable(cause)  # type: ignore[call-arg]  # a member by its value
