"""A delivery system with a hostile network between the function and Mixpanel."""

import json
from typing import Any, Final, Self
from urllib.parse import urlsplit

from tests.fakes.hostile_server import Behavior, HostileServer, forwarding
from tests.system.delivery_system import DeliverySystem

HOST: Final = "localhost"
# The look-up of the host, in the place of the operating system's: a file has the ports at which it
# is found, on this machine; `null` is a look-up that hangs.
LOOKUP: Final = f"""
import json
import socket
import time

system_lookup = socket.getaddrinfo


def look_up(host, *arguments, **options):
    if host != "{HOST}":
        return system_lookup(host, *arguments, **options)
    while (ports := json.loads(Path(__file__).with_name("ports").read_text())) is None:
        time.sleep(0.05)
    return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]


socket.getaddrinfo = look_up
"""


class HostileSystem(DeliverySystem):
    """A system whose network works until it is made hostile."""

    addition = LOOKUP

    def __enter__(self) -> Self:
        """Start all parts."""
        super().__enter__()
        self._server = self._stack.enter_context(HostileServer(self._forward))
        self.look_up([self._server.server_address[1]])
        return self

    @property
    def mixpanel_url(self) -> str:
        """The URL at which the function finds Mixpanel; the look-up knows the port."""
        return f"http://{HOST}:443"

    def look_up(self, ports: list[int] | None) -> None:
        """Let the host be found at these ports; None for a look-up that hangs."""
        file = self._clocked.folder / "ports"
        new = file.with_suffix(".new")
        new.write_text(json.dumps(ports))
        new.replace(file)

    def behave(self, behavior: Behavior) -> None:
        """Treat new connections like this."""
        self._server.behavior = behavior

    def recover(self) -> None:
        """Make the network work again."""
        self.behave(self._forward)
        self.look_up([self._server.server_address[1]])

    @property
    def _forward(self) -> Behavior:
        port: Any = urlsplit(self.mixpanel.url).port
        return forwarding(port)
