"""What is fuzzed: how an input is made, and what can be wrong with the answer to it."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True, slots=True)
class Target[Input]:
    """Makes inputs, and finds what is wrong with the answers to them.

    `complain` raises what the code raises that is not documented. `show` is an input as text.
    """

    make: Callable[[Random], Input]
    complain: Callable[[Input], Iterable[str]]
    show: Callable[[Input], str] = str
