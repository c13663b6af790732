"""Where two JSON values differ."""

from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from rudder_mixpanel_cli.compare.rudderstack import ABSENT

type Path = tuple[str | int, ...]

NUMBERS: Final = (int, float)


class Mismatch(NamedTuple):
    """A place where Mixpanel has another value than this stack sends; either may be ABSENT."""

    path: Path
    held: Any
    sent: Any

    @property
    def name(self) -> str | int:
        """The property that it is in, or the field of the event."""
        return self.path[1] if len(self.path) > 1 else self.path[0]

    @property
    def is_property(self) -> bool:
        """Whether it is a property of the event, and not a part of one."""
        return len(self.path) == 2  # noqa: PLR2004 - "properties" and its name

    @property
    def change(self) -> str:
        """What differs, in words."""
        if self.sent is ABSENT:
            return "only in Mixpanel"
        return "not in Mixpanel" if self.held is ABSENT else "another value"


def find_mismatches(held: Any, sent: Any, path: Path = ()) -> Iterator[Mismatch]:
    """Each place where two values differ; lists of different lengths differ as a whole."""
    if isinstance(held, dict) and isinstance(sent, dict):
        for name in dict.fromkeys((*sent, *held)):
            theirs, ours = held.get(name, ABSENT), sent.get(name, ABSENT)
            # Most values are the same text, which this tells in a tenth of the time.
            if not (type(theirs) is str and theirs == ours):
                yield from find_mismatches(theirs, ours, (*path, name))
    elif isinstance(held, list) and isinstance(sent, list) and len(held) == len(sent):
        for index, pair in enumerate(zip(held, sent, strict=True)):
            yield from find_mismatches(*pair, (*path, index))
    elif not is_same(held, sent):
        yield Mismatch(path, held, sent)


def is_same(held: Any, sent: Any) -> bool:
    """Whether two values are the same in JSON, where 1.0 is 1, and true is not."""
    if type(held) in NUMBERS and type(sent) in NUMBERS:
        return bool(held == sent)
    return type(held) is type(sent) and bool(held == sent)
