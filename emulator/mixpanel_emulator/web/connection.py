"""Answers that do not arrive whole, on real sockets."""

import asyncio
import socket
import struct
from typing import Final, override

from starlette.responses import Response
from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from mixpanel_emulator.endpoints.visit import Answer, Loss

TRANSPORT: Final = "emulator.transport"
# Linger for no time at all: the kernel then resets the connection instead of ending it.
RESET: Final = struct.pack("ii", 1, 0)


class Protocol(H11Protocol):
    """HTTP that hands the application its connection."""

    @override
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, TRANSPORT: transport}, receive, send)

        self.app = with_transport


class Lost(Response):
    """No answer at all: the connection is reset."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        transport = transport_of(scope)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.abort()
        await disconnected(receive)


class Half(Response):
    """The head and half of the body, then the connection ends."""

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport_of(scope).close()
        await disconnected(receive)


def transport_of(scope: Scope) -> asyncio.Transport:
    """The connection of a request, which only a server has."""
    if TRANSPORT not in scope:
        raise ConnectionResetError("a planned fault")
    transport: asyncio.Transport = scope[TRANSPORT]
    return transport


async def disconnected(receive: Receive) -> None:
    """Wait until the server knows; an answer that ends before would be completed."""
    while (await receive())["type"] != "http.disconnect":
        pass


async def response(answer: Answer) -> Response:
    """The answer on its way, in its own time."""
    await asyncio.sleep(answer.delay)
    kind = {Loss.NOTHING: Response, Loss.HALF: Half, Loss.ALL: Lost}[answer.lost]
    # Status 0 is nobody's: such an answer is lost.
    return kind(
        answer.body,
        answer.status or 200,
        headers=dict(answer.headers),
        media_type=answer.media_type,
    )
