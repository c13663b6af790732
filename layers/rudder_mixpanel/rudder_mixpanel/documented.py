"""Names with explanations, such as codes and metrics, from which the docs are printed."""

from enum import StrEnum
from typing import Self


class Documented(StrEnum):
    """An enumeration of names, each with a sentence that explains it."""

    explanation: str

    def __new__(cls, name: str, explanation: str) -> Self:
        """Make a member whose value is its name."""
        member = str.__new__(cls, name)
        member._value_ = name
        member.explanation = explanation
        return member
