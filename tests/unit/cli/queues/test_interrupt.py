"""Ctrl-C during a replay on a terminal."""

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

from rudder_mixpanel_cli.queues.queue import Queue, QueueStatus

COMMAND = [
    *(sys.executable, "-m", "rudder_mixpanel_cli.command"),
    *("rejected", "replay", "--yes", "--rate", "5"),
]


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Queue, Queue]]:
    """Two queues that another process can reach, with 200 messages in the first."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    monkeypatch.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    sqs = boto3.client("sqs")
    source, events = (
        Queue(sqs, sqs.create_queue(QueueName=name)["QueueUrl"]) for name in ("from", "to")
    )
    for number in range(200):
        sqs.send_message(QueueUrl=source.url, MessageBody=f"body-{number}")
    yield source, events
    server.stop()


def test_ctrl_c_stops_a_replay_between_batches(queues: tuple[Queue, Queue]) -> None:
    """Sent messages are deleted, all others are visible, and the progress bar was shown."""
    source, events = queues
    terminal, child_end = pty.openpty()
    urls = ["--queue-url", source.url, "--events-queue-url", events.url]
    environ = {**os.environ, "TERM": "xterm", "COLUMNS": "80"}
    with subprocess.Popen(  # noqa: S603 - our own command
        [*COMMAND, *urls], stdout=subprocess.PIPE, stderr=child_end, env=environ
    ) as process:
        os.close(child_end)
        output = b""
        while events.status().visible == 0 or b"replaying" not in output:
            output += read_terminal(terminal)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=60)
    os.close(terminal)
    sent = events.status().visible
    first = out.decode().partition("\n")[0]
    assert (process.returncode, b"replaying" in output, first, source.status()) == (
        130,
        True,
        f"replayed  {sent}",
        QueueStatus(visible=200 - sent, in_flight=0, largest=1_048_576),
    )


def read_terminal(terminal: int) -> bytes:
    """Read what a terminal shows; nothing when it shows nothing for a moment."""
    return os.read(terminal, 65536) if select.select([terminal], [], [], 0.1)[0] else b""
