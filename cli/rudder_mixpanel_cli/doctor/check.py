"""The checks of `doctor`: each registers itself in the module of what it checks."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
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


type RunCheck = Callable[[DeployedStack], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of `doctor`: its name in the output, and the function that looks.

    The function raises no error for what it finds; an exception means that it could not look.
    """

    name: str
    run: RunCheck


# In the order in which they are shown
CHECKS: Final[list[Check]] = []


def check(name: str) -> Callable[[RunCheck], RunCheck]:
    """Register a function as the check of this name."""

    def register(run: RunCheck) -> RunCheck:
        CHECKS.append(Check(name, run))
        return run

    return register
