"""`make demo`, `make sandbox`, both rehearsals, and the log of a running sandbox."""

import signal
import sys
from typing import Annotated

import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from sandbox.aws import session
from sandbox.demo import demo
from sandbox.life.run import rehearse_life
from sandbox.processes import NotReady
from sandbox.rehearsal.run import rehearse
from sandbox.stack import DeploymentFailed
from sandbox.up import up

app = typer.Typer(
    help="The whole stack on this machine.", no_args_is_help=True, add_completion=False
)
STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
# A sandbox that does not answer at once has ended.
FAIL_FAST = Config(retries={"total_max_attempts": 2})
console = Console(width=None if sys.stdout.isatty() else 120)


@app.command("demo")
def run_demo() -> None:
    """Send the sample events through a deployed stack, and show the outcome of each."""
    raise typer.Exit(demo(console))


@app.command("up")
def run_up() -> None:
    """Leave a deployed stack running, and print how to use it."""
    up(console)


@app.command("rehearsal")
def run_rehearsal() -> None:
    """Break a deployed stack in known ways, and check what `where` and `doctor` say."""
    raise typer.Exit(rehearse(console))


@app.command("life")
def run_life(previous: Annotated[str, typer.Option(help="revision to upgrade from")] = "") -> None:
    """Take a stack through its life: create, update, upgrade, remove, adopt, restore, destroy."""
    raise typer.Exit(rehearse_life(console, previous))


@app.command()
def log(log_group: str, aws: Annotated[str, typer.Option(help="URL of the local AWS")]) -> None:
    """Show the function's log lines of a running sandbox."""
    logs = session().client("logs", endpoint_url=aws, config=FAIL_FAST)
    for event in logs.filter_log_events(logGroupName=log_group)["events"]:
        console.print(event["message"], markup=False, highlight=False, soft_wrap=True)


def main() -> None:
    """Run a command; print an error in one line, and stop what was started."""
    for number in STOP_SIGNALS:
        if signal.getsignal(number) != signal.SIG_IGN:  # nohup ignores SIGHUP
            signal.signal(number, stop)
    try:
        app()
    except (NotReady, DeploymentFailed, BotoCoreError, ClientError) as error:
        console.print(f"✗ {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


def stop(*_: object) -> None:
    """Exit, and ignore further signals: a terminal that closes may send two."""
    for number in STOP_SIGNALS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(1)


if __name__ == "__main__":
    main()
