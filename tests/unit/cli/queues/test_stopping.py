"""Ctrl-C in the middle of a replay, as a person at a terminal presses it."""

import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Iterator

import boto3
import pytest
from moto.server import ThreadedMotoServer

from rudder_mixpanel_cli.queues.queues import About, Queue

COMMAND = [
    sys.executable,
    "-m",
    "rudder_mixpanel_cli.command",
    "rejected",
    "replay",
    "--yes",
    "--rate",
    "5",
]


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Queue, Queue]]:
    """Two queues that another process reaches, too; 30 messages are in the first."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    sqs = boto3.client("sqs")
    both = [Queue(sqs, sqs.create_queue(QueueName=name)["QueueUrl"]) for name in ("from", "to")]
    for number in range(30):
        sqs.send_message(QueueUrl=both[0].url, MessageBody=f"body-{number}")
    yield both[0], both[1]
    server.stop()


def test_ctrl_c_stops_a_replay_where_it_stands(queues: tuple[Queue, Queue]) -> None:
    """What was sent is gone from the queue, all else is in sight, and the bar has shown it."""
    source, events = queues
    terminal, theirs = pty.openpty()
    addresses = ["--queue-url", source.url, "--events-queue-url", events.url]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(  # noqa: S603 - ours
        [*COMMAND, *addresses], stdout=subprocess.PIPE, stderr=theirs, env=environ
    ) as started:
        os.close(theirs)
        said = b""
        while events.about().waiting == 0 or b"replaying" not in said:
            said += what_shows(terminal)
        started.send_signal(signal.SIGINT)
        out, _ = started.communicate(timeout=60)
    os.close(terminal)
    sent = events.about().waiting
    assert (started.returncode, b"replaying" in said, out.decode(), source.about()) == (
        130,
        True,
        f"replayed  {sent}\n",
        About(waiting=30 - sent, out_of_sight=0, largest=1_048_576),
    )


def what_shows(terminal: int) -> bytes:
    """What a terminal shows next; nothing, if it is quiet for a moment."""
    return os.read(terminal, 65536) if select.select([terminal], [], [], 0.1)[0] else b""
