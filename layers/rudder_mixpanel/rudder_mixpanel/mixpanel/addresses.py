"""Finds an address of a host that accepts a connection, within a time limit.

The socket module's `create_connection` gives every address the whole time limit, and its
`getaddrinfo` has none.
"""

import os
import selectors
import socket
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from time import monotonic
from typing import Any, Final, Self

# Family, type, protocol, canonical name and socket address, as `socket.getaddrinfo` returns them.
type Address = tuple[int, int, int, str, tuple[Any, ...]]
type Lookup = Callable[[str, int], Sequence[Any]]

# Seconds after which the next address is tried as well: RFC 8305, section 5.
ATTEMPT_DELAY: Final = 0.25


def system_lookup(host: str, port: int) -> list[Any]:
    """Look up a host with the operating system. Raises OSError when it has no address."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Resolver:
    """Looks up hosts in threads, because the operating system's look-up has no time limit.

    A look-up that hangs leaves its thread behind, even when the invocation ends. That is harmless:
    it sends nothing to Mixpanel, and there is one for each host, which the next requests wait for.
    If it succeeds late, the next request uses its result.
    """

    def __init__(self, lookup: Lookup = system_lookup) -> None:
        self.lookup = lookup
        self.lock = threading.Lock()
        self.results: dict[tuple[str, int], Future[Sequence[Address]]] = {}

    def addresses(self, host: str, port: int, seconds: float) -> Sequence[Address]:
        """The addresses of a host. Raises OSError: when it has none, or TimeoutError when late."""
        result = self.result_of(host, port)
        try:
            return result.result(seconds)
        finally:
            if result.done():
                self.forget(host, port, result)

    def result_of(self, host: str, port: int) -> "Future[Sequence[Address]]":
        """The result of the look-up that is running, or that was too late; else of a new one."""
        with self.lock:
            result = self.results.get((host, port))
            if result is None or (result.done() and result.exception()):
                result = self.results[host, port] = Future()
                self.start(host, port, result)
            return result

    def start(self, host: str, port: int, result: "Future[Sequence[Address]]") -> None:
        """Start a look-up in a thread of its own, which must not keep the process from ending."""
        thread = threading.Thread(target=self.run, args=(host, port, result), daemon=True)
        try:
            thread.start()
        except RuntimeError as error:  # there are too many threads
            result.set_exception(OSError(str(error)))

    def run(self, host: str, port: int, result: "Future[Sequence[Address]]") -> None:
        """Look up a host, and set the result."""
        try:
            result.set_result(self.lookup(host, port))
        except Exception as error:  # noqa: BLE001 - it is raised in the thread that waits
            result.set_exception(error)

    def forget(self, host: str, port: int, result: "Future[Sequence[Address]]") -> None:
        """Forget a result that was used, so that the next connection looks the host up again."""
        with self.lock:
            if self.results.get((host, port)) is result:
                del self.results[host, port]


class Attempts:
    """Attempts to connect to several addresses at the same time, while the `with` block lasts."""

    def __init__(self) -> None:
        self.pending = selectors.DefaultSelector()
        self.error = OSError("the host has no address")

    def __enter__(self) -> Self:
        """Return the attempts, of which there are none yet."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the attempts that are still pending."""
        for key in list(self.pending.get_map().values()):
            self.socket_of(key).close()
        self.pending.close()

    def start(self, address: Address) -> None:
        """Start to connect to an address."""
        family, kind, protocol, _, socket_address = address
        try:
            attempt = socket.socket(family, kind, protocol)
        except OSError as error:  # the machine has no IPv6, for example
            self.error = error
            return
        try:
            attempt.setblocking(False)  # noqa: FBT003 - the method has no keyword arguments
            attempt.connect(socket_address)
        except BlockingIOError:
            pass  # it is on its way
        except OSError as error:
            self.error = error
            attempt.close()
            return
        self.pending.register(attempt, selectors.EVENT_WRITE)

    def wait(self, until: float) -> socket.socket | None:
        """The first connection; None when it is too late, or when no attempt is pending."""
        while self.pending.get_map():
            ready = self.pending.select(max(0, until - monotonic()))
            if not ready:
                return None
            for key, _ in ready:
                if connection := self.connection_of(key):
                    return connection
        return None

    def connection_of(self, key: selectors.SelectorKey) -> socket.socket | None:
        """The connection of an attempt that has ended; None when it has failed."""
        attempt = self.socket_of(key)
        self.pending.unregister(attempt)
        if code := attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
            self.error = OSError(code, os.strerror(code))
            attempt.close()
            return None
        return attempt

    @staticmethod
    def socket_of(key: selectors.SelectorKey) -> socket.socket:
        """The socket of an attempt."""
        attempt = key.fileobj
        assert isinstance(attempt, socket.socket)  # noqa: S101 - `start` registers nothing else
        return attempt


def connect_first(addresses: Sequence[Address], until: float) -> socket.socket:
    """Connect to the first address that accepts, before the monotonic clock reaches `until`.

    The next address is tried after a short delay, or at once when all attempts have failed; earlier
    attempts continue meanwhile. All addresses are tried in the first half of the time.

    Raises OSError: that of the last address when all have failed, or TimeoutError.
    """
    delay = min(ATTEMPT_DELAY, (until - monotonic()) / 2 / max(1, len(addresses)))
    with Attempts() as attempts:
        for address in addresses:
            attempts.start(address)
            if connection := attempts.wait(monotonic() + delay):
                return connection
        if connection := attempts.wait(until):
            return connection
        if attempts.pending.get_map():
            raise TimeoutError("no address of the host responds")
        raise attempts.error
