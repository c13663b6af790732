"""What a catalogue is: names that logs, metrics and queues use, each with its sentence."""

from enum import StrEnum
from typing import Self


class Documented(StrEnum):
    """Names with an explanation each; the docs are printed from them."""

    explanation: str

    def __new__(cls, name: str, explanation: str) -> Self:
        """Make a member whose value is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.explanation = explanation
        return member
