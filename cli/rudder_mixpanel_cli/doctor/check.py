"""The checks of `doctor`: each registers itself in the module of what it checks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from inspect import getdoc
from typing import Final

from rudder_mixpanel_cli.deployed_stack import DeployedStack


class Level(StrEnum):
    """How serious a finding is; `skipped` when it could not be checked, which the text explains."""

    OK = "ok"
    WARNING = "warning"
    FAILURE = "failure"
    SKIPPED = "skipped"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found in one sentence, without personal data or secrets, and what to do."""

    level: Level
    text: str
    advice: str = ""


# A deployment changes nothing when the template is as before.
CHANGED_BY_HAND: Final = 'See "Something was changed by hand" in docs/operating.md.'


class WaitsFor(Exception):
    """A check cannot look before another one is fixed; the text is that one's name."""


type RunCheck = Callable[[DeployedStack], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor`: its name in the output, and the function that looks.

    The function raises no error for what it finds; an exception means that it could not look. Its
    docstring says what is checked and, in a second paragraph, what to do.
    """

    name: str
    run: RunCheck

    @property
    def explanation(self) -> tuple[str, str]:
        """What is checked, and what to do when it is not fine."""
        what, _, advice = (getdoc(self.run) or "").partition("\n\n")
        return " ".join(what.split()), " ".join(advice.split())


# In the order in which their modules are imported
CHECKS: Final[list[Check]] = []


def check(name: str) -> Callable[[RunCheck], RunCheck]:
    """Register a function as the check of this name."""

    def register(run: RunCheck) -> RunCheck:
        CHECKS.append(Check(name, run))
        return run

    return register


def ok(text: str) -> Finding:
    """What is fine."""
    return Finding(Level.OK, text)


def warning(text: str, advice: str) -> Finding:
    """What works, and should be looked at."""
    return Finding(Level.WARNING, text, advice)


def failure(text: str, advice: str) -> Finding:
    """What does not work."""
    return Finding(Level.FAILURE, text, advice)


def skipped(text: str, advice: str = "") -> Finding:
    """What could not be checked."""
    return Finding(Level.SKIPPED, text, advice)
