"""`make demo`, `make sandbox`, and what one does in a running sandbox."""

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
from sandbox.stack import DeploymentFailed, messages_in
from sandbox.up import up

if TYPE_CHECKING:
    from mypy_boto3_sqs import SQSClient

app = typer.Typer(
    help="The whole stack on this machine.", no_args_is_help=True, add_completion=False
)
ENDINGS = (signal.SIGTERM, signal.SIGHUP)
# On this machine, whoever does not answer at once is not there.
IMPATIENT = Config(retries={"total_max_attempts": 2})
EMPTY = "it holds no records, so nothing was sent"
console = Console(width=None if sys.stdout.isatty() else 120)


@app.command("demo")
def run_demo() -> None:
    """Send the sample events through a deployed stack, and show where each one landed."""
    raise typer.Exit(demo(console))


@app.command("up")
def run_up() -> None:
    """Leave a deployed stack running, and say how to use it."""
    up(console)


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
    messages = messages_in(sqs(queue_url), queue_url)
    if not messages:
        console.print("no rejected events")
    for message in messages:
        told = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
        console.print_json(data={**told, "event": message["Body"]})


@app.command()
def log(log_group: str, aws: Annotated[str, typer.Option(help="address of embedded AWS")]) -> None:
    """Show the function's log lines of a running sandbox."""
    logs = session().client("logs", endpoint_url=aws, config=IMPATIENT)
    for event in logs.filter_log_events(logGroupName=log_group)["events"]:
        console.print(event["message"], markup=False, highlight=False, soft_wrap=True)


def sqs(queue_url: str) -> "SQSClient":
    """The queues of the sandbox that a queue's address leads to."""
    address = urlsplit(queue_url)
    if not address.netloc:
        raise typer.BadParameter("expected the address that `make sandbox` prints for the queue")
    return session().client(
        "sqs", endpoint_url=f"{address.scheme}://{address.netloc}", config=IMPATIENT
    )


def main() -> None:
    """Run a command; what cannot be started says so, and ends what it had started."""
    for number in ENDINGS:
        if signal.getsignal(number) != signal.SIG_IGN:  # as nohup wants it
            signal.signal(number, end)
    try:
        app()
    except (NotReady, DeploymentFailed, BotoCoreError, ClientError) as error:
        console.print(f"✗ {error}", style="red", markup=False, highlight=False, soft_wrap=True)
        sys.exit(1)


def end(*_: object) -> None:
    """End what was started, undisturbed: a terminal that closes may say so twice."""
    for number in ENDINGS:
        signal.signal(number, signal.SIG_IGN)
    sys.exit(1)


if __name__ == "__main__":
    main()
