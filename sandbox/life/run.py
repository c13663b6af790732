"""Runs the rehearsal of a stack's life: each step in a line, and what was wrong at the end."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError, WaiterError
from httpx import HTTPError
from rich.console import Console

from sandbox.aws import local_aws
from sandbox.life import steps
from sandbox.life.stack_life import Broken, Life
from sandbox.life.steps import Step
from sandbox.life.upgrade import recorded_revision, upgrade
from sandbox.mixpanel import mixpanel_emulator
from sandbox.progress import step
from sandbox.running import exit_on_interrupt
from sandbox.stack import DeploymentFailed, build

INTRODUCTION: Final = """\
This takes a stack through its life on this machine, with the commands that do it in an account:
from a first deployment that fails to the last trace of it.
"""
ERRORS: Final = (Broken, DeploymentFailed, BotoCoreError, ClientError, WaiterError, HTTPError)


def all_steps(previous: str) -> list[Step]:
    """Return every step; the upgrade is one from the revision `previous`."""
    return [
        steps.FAIL_TO_CREATE,
        steps.CREATE,
        steps.SUPPRESS,
        steps.UPDATE,
        steps.REMOVE,
        steps.REFUSE,
        steps.FORGET,
        steps.ADOPT,
        steps.RESTORE,
        steps.DESTROY,
        Step(
            f"upgrade from {previous[:12]}: no event is lost, settings and suppressions stay",
            partial(upgrade, revision=previous),
        ),
    ]


def rehearse_life(console: Console, previous: str) -> int:
    """Run all steps; return 0 if every promise holds, else 1."""
    console.print(INTRODUCTION, highlight=False)
    with exit_on_interrupt(console), TemporaryDirectory(prefix="rudder-mixpanel-") as name:
        folder = Path(name)
        with step(console, "Build the functions and their layer: sam build"):
            template = build(folder)
        with new_life(folder, template) as life:
            return run_steps(console, life, all_steps(previous or recorded_revision()))


@contextmanager
def new_life(folder: Path, template: Path) -> Iterator[Life]:
    """Run a local AWS and a local Mixpanel for the length of the block."""
    with local_aws(folder) as url, mixpanel_emulator(folder) as mixpanel:
        yield Life(url, mixpanel, folder, template)


def run_steps(console: Console, life: Life, planned: Sequence[Step]) -> int:
    """Run steps until one fails, and say how each went; return 0 if none fails, else 1."""
    start = time.monotonic()
    done = 0
    for each in planned:
        if complaint := run_step(console, life, each):
            print_plainly(console, f"✗ {each.title}\n  {complaint}", style="red")
            break
        done += 1
    failed = done < len(planned)
    seconds = time.monotonic() - start
    mark = "✗" if failed else "✓"
    print_plainly(console, f"{mark} {done} of {len(planned)} steps, {seconds:.0f} s")
    return 1 if failed else 0


def run_step(console: Console, life: Life, each: Step) -> str:
    """Run a step, and show its title with a tick; return what is wrong, or nothing."""
    try:
        with step(console, each.title):
            each.run(life)
    except ERRORS as error:
        return str(error)
    return ""


def print_plainly(console: Console, text: str, style: str | None = None) -> None:
    """Print text as it is."""
    console.print(text, style=style, markup=False, highlight=False, soft_wrap=True)
