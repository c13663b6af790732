"""`make demo`, `make sandbox`, and the commands for a running sandbox."""

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from rich.console import Console

from sandbox.aws import session
from sandbox.demo import demo
from sandbox.processes import NotReady
from sandbox.rehearsal.run import rehearse
from sandbox.stack import DeploymentFailed, peek_messages
from sandbox.up import up

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

app = typer.Typer(
    help="The whole stack on this machine.", no_args_is_help=True, add_completion=False
)
STOP_SIGNALS = (signal.SIGTERM, signal.SIGHUP)
# A sandbox that does not answer at once has ended.
FAIL_FAST = Config(retries={"total_max_attempts": 2})
EMPTY = "no records, nothing sent"
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


@app.command()
def send(queue_url: str, files: Annotated[list[Path], typer.Argument(exists=True)]) -> None:
    """Send the records of sample files to a queue of a running sandbox."""
    for file in files:
        records = json.loads(file.read_text())["Records"]
        for record in records:
            sqs(queue_url).send_message(QueueUrl=queue_url, MessageBody=record["body"])
        console.print(f"{file.name}: {len(records)} sent" if records else f"{file.name}: {EMPTY}")


@app.command()
def rejected(queue_url: str) -> None:
    """Show the rejected events of a running sandbox, each with its reason."""
    messages = peek_messages(sqs(queue_url), queue_url)
    if not messages:
        console.print("no rejected events")
    for message in messages:
        attributes = {
            name: attribute["StringValue"]
            for name, attribute in message["MessageAttributes"].items()
        }
        console.print_json(data={**attributes, "event": message["Body"]})


@app.command()
def log(log_group: str, aws: Annotated[str, typer.Option(help="URL of the local AWS")]) -> None:
    """Show the function's log lines of a running sandbox."""
    logs = session().client("logs", endpoint_url=aws, config=FAIL_FAST)
    for event in logs.filter_log_events(logGroupName=log_group)["events"]:
        console.print(event["message"], markup=False, highlight=False, soft_wrap=True)


def sqs(queue_url: str) -> "SQSClient":
    """Return a client for the sandbox that has a queue.

    Raises typer.BadParameter when the queue's URL is not one.
    """
    address = urlsplit(queue_url)
    if not address.netloc:
        raise typer.BadParameter("expected the URL that `make sandbox` prints for the queue")
    return session().client(
        "sqs", endpoint_url=f"{address.scheme}://{address.netloc}", config=FAIL_FAST
    )


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
