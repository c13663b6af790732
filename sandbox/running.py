"""A running sandbox: started, deployed, configured, and removed without a trace at the end."""

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from sandbox.aws import local_aws
from sandbox.mixpanel import Emulator, mixpanel_emulator
from sandbox.progress import step
from sandbox.stack import Stack, build


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A deployed stack, and the emulator that it delivers to."""

    stack: Stack
    mixpanel: Emulator


@contextmanager
def exit_on_interrupt(console: Console) -> Iterator[None]:
    """Turn Ctrl-C into a message and the exit status 130; stopping may take some seconds."""
    try:
        yield
    except KeyboardInterrupt:
        console.print("Stopping")
        sys.exit(128 + signal.SIGINT)


@contextmanager
def sandbox(console: Console) -> Iterator[Sandbox]:
    """Run a sandbox for the length of the block.

    Raises NotReady when a program does not start, DeploymentFailed when sam fails.
    """
    # A folder and ports of its own, so that two sandboxes can run side by side.
    with ExitStack() as resources, exit_on_interrupt(console):
        folder = Path(
            resources.enter_context(
                TemporaryDirectory(prefix="rudder-mixpanel-", ignore_cleanup_errors=True)
            )
        )
        building = resources.enter_context(ThreadPoolExecutor(1)).submit(build, folder)
        with step(console, "Start a local AWS (MiniStack) and a local Mixpanel (the emulator)"):
            stack = Stack(resources.enter_context(local_aws(folder)), folder)
            mixpanel = resources.enter_context(mixpanel_emulator(folder))
        with step(console, "Build the functions and their layer: sam build"):
            template = building.result()
        with step(console, "Deploy template.yaml: sam deploy"):
            stack.deploy(template, mixpanel.url)
        with step(console, "Write the destination's settings and credentials"):
            stack.configure()
        console.print(f"  Version {stack.outputs['Version']} is deployed.", highlight=False)
        yield Sandbox(stack, mixpanel)
