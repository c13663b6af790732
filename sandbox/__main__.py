"""`make demo`, `make sandbox`, and what one does in a running sandbox."""

import json
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

import typer
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
        for record in json.loads(file.read_text())["Records"]:
            sqs(queue_url).send_message(QueueUrl=queue_url, MessageBody=record["body"])
            console.print(f"sent {file.name}")


@app.command()
def rejected(queue_url: str) -> None:
    """Show the rejected events of a running sandbox, each with its reason."""
    for message in messages_in(sqs(queue_url), queue_url):
        told = {name: one["StringValue"] for name, one in message["MessageAttributes"].items()}
        console.print_json(data={**told, "event": message["Body"]})


@app.command()
def log(log_group: str, aws: Annotated[str, typer.Option(help="address of embedded AWS")]) -> None:
    """Show the function's log lines of a running sandbox."""
    logs = session().client("logs", endpoint_url=aws)
    for event in logs.filter_log_events(logGroupName=log_group)["events"]:
        console.print(event["message"], markup=False, highlight=False, soft_wrap=True)


def sqs(queue_url: str) -> "SQSClient":
    """The queues of the sandbox that a queue's address leads to."""
    address = urlsplit(queue_url)
    return session().client("sqs", endpoint_url=f"{address.scheme}://{address.netloc}")


def main() -> None:
    """Run a command; what cannot be started says so, and ends what it had started."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        app()
    except (NotReady, DeploymentFailed) as error:
        console.print(f"✗ {error}", style="red", markup=False)
        sys.exit(1)


if __name__ == "__main__":
    main()
