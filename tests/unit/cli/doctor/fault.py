"""A fault of a stack: how to break it, and what its line of doctor then says."""

from collections.abc import Callable
from typing import NamedTuple

from rudder_mixpanel_cli.doctor.check import Level
from tests.unit.cli.doctor.account import Account

type Break = Callable[[Account], object]


class Fault(NamedTuple):
    """The line that shows a fault, its level and words of it, and how to break a healthy stack."""

    line: str
    level: Level
    words: str
    do: Break

    def __str__(self) -> str:
        """The name of the test."""
        return f"{self.line}: {self.words}"


def fails(line: str, words: str, do: Break) -> Fault:
    """A fault that is a failure."""
    return Fault(line, Level.FAILURE, words, do)


def warns(line: str, words: str, do: Break) -> Fault:
    """A fault that is a warning."""
    return Fault(line, Level.WARNING, words, do)
