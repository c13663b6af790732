"""Tables that refuse some calls, or whose response is lost, by a seed."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any, Final

from rudder_mixpanel.errors import TableUnavailable

# Calls that write many items, of which some may be written when the rest is refused.
MANY_ITEMS: Final = frozenset({"hold", "release", "erase"})
# Calls that write, of which the response may be lost.
WRITES: Final = MANY_ITEMS | {"begin", "enter", "save", "claim"}


class UnreliableTable:
    """A table of which a share of the calls fails, with or without an effect."""

    def __init__(self, table: Any, random: Random, failure_rate: float) -> None:
        self.table = table
        self.random = random
        self.failure_rate = failure_rate
        self.failures = 0

    def __getattr__(self, name: str) -> Any:
        """A method of the table that may fail."""
        method = getattr(self.table, name)

        def call(*arguments: Any) -> Any:
            if self.random.random() >= self.failure_rate:
                return method(*arguments)
            self.failures += 1
            raise self.failed(name, method, *arguments)

        return call

    def failed(self, name: str, method: Callable[..., Any], *arguments: Any) -> TableUnavailable:
        """The error of a call, after the part of its effect that it may have had."""
        if name in WRITES and self.random.random() < 0.3:
            method(*arguments)
            return TableUnavailable("ReadTimeoutError")
        if name in MANY_ITEMS and self.random.random() < 0.5:
            method(first_half(arguments[0]))
        return TableUnavailable("ThrottlingException")


def first_half(names: Mapping[str, Any] | list[str]) -> dict[str, Any] | list[str]:
    """Half of the items of a call."""
    half = list(names)[: len(names) // 2]
    return {name: names[name] for name in half} if isinstance(names, Mapping) else half
