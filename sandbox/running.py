"""The sandbox as a whole: started, configured, and gone without a trace at the end."""

import signal
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from sandbox.aws import embedded_aws
from sandbox.mixpanel import Emulator, mixpanel_emulator
from sandbox.progress import step
from sandbox.stack import Stack, build


@dataclass(frozen=True, slots=True)
class Sandbox:
    """A deployed stack, and the Mixpanel that it delivers to."""

    stack: Stack
    mixpanel: Emulator


@contextmanager
def stopped_calmly(console: Console) -> Iterator[None]:
    """Ctrl-C ends the block with a word; ending what was started may take some seconds."""
    try:
        yield
    except KeyboardInterrupt:
        console.print("Stopping")
        sys.exit(128 + signal.SIGINT)


@contextmanager
def sandbox(console: Console) -> Iterator[Sandbox]:
    """A running sandbox, for as long as the block lasts."""
    # A folder and ports of its own: two sandboxes side by side do not meet.
    with ExitStack() as stays, stopped_calmly(console):
        folder = Path(
            stays.enter_context(
                TemporaryDirectory(prefix="rudder-mixpanel-", ignore_cleanup_errors=True)
            )
        )
        building = stays.enter_context(ThreadPoolExecutor(1)).submit(build, folder)
        with step(console, "Starting embedded AWS, and a Mixpanel that checks everything"):
            stack = Stack(stays.enter_context(embedded_aws(folder)), folder)
            mixpanel = stays.enter_context(mixpanel_emulator(folder))
        with step(console, "sam build: the layer and the function"):
            template = building.result()
        with step(console, "sam deploy: queues, function, settings, secret, alarms"):
            stack.deploy(template, mixpanel.url)
        with step(console, "Putting the destination's settings and credentials"):
            stack.configure()
        yield Sandbox(stack, mixpanel)
