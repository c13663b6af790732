"""The server of the application on one address."""

import socket
from collections.abc import Callable, Collection

import uvicorn
from starlette.applications import Starlette

from mixpanel_emulator.web.guard import AdminGuard
from mixpanel_emulator.web.protocol import Protocol


def open_socket(host: str, port: int) -> socket.socket:
    """Open a listening socket; port 0 takes any free port. Raises OSError."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.create_server((host, port), family=family)
    # asyncio sets this only on sockets that name their protocol. Without it, each response waits
    # 40 ms for a delayed acknowledgement.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listening


def url_of(listening: socket.socket) -> str:
    """Return the URL of this socket."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


class Server(uvicorn.Server):
    """A server that calls `ready` when it accepts requests.

    Its admin API is for this machine, and under other names only for the allowed hosts.
    """

    def __init__(
        self, app: Starlette, ready: Callable[[], None], allowed_hosts: Collection[str] = ()
    ) -> None:
        super().__init__(
            uvicorn.Config(
                AdminGuard(app, allowed_hosts),
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

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, then call `ready`."""
        await super().startup(sockets)
        self.ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the event streams, which uvicorn would wait for, then shut down."""
        self.stream.end()
        await super().shutdown(sockets)
