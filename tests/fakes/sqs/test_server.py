"""The server on a real socket, where a client can die within a call."""

import json
import socket

import pytest

from tests.fakes.clock import Clock
from tests.fakes.sqs.account import START
from tests.fakes.sqs.server import SqsServer


def call_of(sqs: SqsServer) -> bytes:
    """A call that sends a message."""
    url = sqs.url_of(sqs.create("queue"))
    body = json.dumps({"QueueUrl": url, "MessageBody": "body"})
    lines = (
        "POST / HTTP/1.1",
        "Host: sqs",
        "X-Amz-Target: AmazonSQS.SendMessage",
        f"Content-Length: {len(body)}",
    )
    return "\r\n".join((*lines, "", body)).encode()


@pytest.mark.parametrize(("part", "messages"), [(0.1, 0), (0.4, 0), (0.8, 0), (1, 1)])
def test_call_counts_when_it_has_arrived_as_a_whole(
    part: float, messages: int, capfd: pytest.CaptureFixture[str]
) -> None:
    """A part of it has no effect, and is no error of the server."""
    with SqsServer(Clock(START)) as sqs:
        call = call_of(sqs)
        host, port = sqs.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as client:
            client.sendall(call[: int(len(call) * part)])
            client.shutdown(socket.SHUT_WR)
            client.settimeout(10)
            client.recv(1)
        sent = len(sqs.queues["queue"].messages())
    assert (sent, capfd.readouterr().err) == (messages, "")
