"""Serving the application on one address."""

import socket
from collections.abc import Callable
from typing import override

import uvicorn
from starlette.applications import Starlette

from mixpanel_emulator.web.connection import Protocol


def listener(host: str, port: int) -> socket.socket:
    """A socket on this address; port 0 takes any that is free."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    # asyncio sees to this only for sockets that name their protocol. Without it each answer waits
    # 40 ms for an acknowledgement that is itself delayed.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def address(listening: socket.socket) -> str:
    """The URL that reaches this socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A server that says when it is ready."""

    def __init__(self, app: Starlette, ready: Callable[[], None]) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                access_log=False,
                http=Protocol,
                lifespan="off",
                log_level="warning",
                timeout_graceful_shutdown=5,
                ws="none",
            )
        )
        self.ready = ready
        self.stream = app.state.stream

    @override
    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()

    @override
    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # Whoever watches would never leave, and is not waited for.
        self.stream.end()
        await super().shutdown(sockets)
