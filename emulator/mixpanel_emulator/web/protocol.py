"""The HTTP protocol of the server, which gives the application access to the connection."""

import asyncio
from typing import Final

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

TRANSPORT: Final = "emulator.transport"


class Protocol(H11Protocol):
    """HTTP that passes the transport of each connection to the application."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wrap the application with the new transport."""
        super().connection_made(transport)
        app = self.app

        async def with_transport(scope: Scope, receive: Receive, send: Send) -> None:
            await app({**scope, TRANSPORT: transport}, receive, send)

        self.app = with_transport


def transport_of(scope: Scope) -> asyncio.Transport:
    """Return the transport of a request. Raises ConnectionResetError where there is no server."""
    if TRANSPORT not in scope:
        raise ConnectionResetError("a planned fault")
    transport: asyncio.Transport = scope[TRANSPORT]
    return transport


async def wait_for_disconnect(receive: Receive) -> None:
    """Wait until the server notices; it would complete a response that ends before."""
    while (await receive())["type"] != "http.disconnect":
        pass
