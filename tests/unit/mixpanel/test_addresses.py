"""Looking up a host and connecting to it end in time."""

import socket
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from time import monotonic
from typing import Any

import pytest

from rudder_mixpanel.mixpanel.addresses import Resolver, connect_first
from tests.fakes.hostile_server import Address, address_of, silent_addresses

# No program is given this port, unlike one that was free a moment ago.
REFUSING = address_of(("127.0.0.1", 1))
NO_NETWORK: Address = (99, 1, 6, "", ("127.0.0.1", 1))
FOUND = [REFUSING]
SOON, MUCH_LATER = 0.3, 60.0


class FakeLookup:
    """A look-up that can hang, and that counts its calls."""

    def __init__(self, *results: list[Address] | OSError) -> None:
        self.results = list(results)
        self.calls = 0
        self.released = threading.Event()
        self.released.set()

    def __call__(self, _host: str, _port: int) -> Sequence[Address]:
        """The next result, when it is released."""
        self.calls += 1
        self.released.wait()
        result = self.results.pop(0) if self.results else FOUND
        if isinstance(result, OSError):
            raise result
        return result


@contextmanager
def hanging(lookup: FakeLookup) -> Iterator[None]:
    """The look-up hangs until the end of the block."""
    lookup.released.clear()
    try:
        yield
    finally:
        lookup.released.set()


@contextmanager
def listening() -> Iterator[Address]:
    """An address that accepts connections."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield address_of(server.getsockname())


def connected_to(addresses: list[Address], seconds: float = MUCH_LATER) -> tuple[str, int]:
    """The address that was connected to."""
    with connect_first(addresses, monotonic() + seconds) as connection:
        peer: tuple[str, int] = connection.getpeername()
    return peer


def test_host_has_its_addresses() -> None:
    """As the operating system knows them."""
    addresses = Resolver().addresses("127.0.0.1", 443, MUCH_LATER)
    assert [address for *_, address in addresses] == [("127.0.0.1", 443)]


def test_hanging_look_up_is_given_up() -> None:
    """After the time that it was given."""
    lookup = FakeLookup()
    with hanging(lookup), pytest.raises(TimeoutError):
        Resolver(lookup).addresses("host", 443, SOON)


def test_host_is_looked_up_once_at_a_time() -> None:
    """No thread is added while a look-up hangs."""
    lookup = FakeLookup()
    resolver = Resolver(lookup)
    with hanging(lookup):
        for _ in range(5):
            with pytest.raises(TimeoutError):
                resolver.addresses("host", 443, 0.01)
    assert lookup.calls == 1


def test_other_hosts_do_not_wait() -> None:
    """Each has a look-up of its own."""
    hangs, lookup = FakeLookup(), FakeLookup()
    resolver = Resolver(lambda host, port: (hangs if host == "one" else lookup)(host, port))
    with hanging(hangs), pytest.raises(TimeoutError):
        resolver.addresses("one", 443, 0.01)
    assert resolver.addresses("two", 443, MUCH_LATER) == FOUND


def test_late_result_is_used() -> None:
    """Otherwise a look-up that is always too late would never be of use."""
    lookup = FakeLookup()
    resolver = Resolver(lookup)
    with hanging(lookup), pytest.raises(TimeoutError):
        resolver.addresses("host", 443, 0.01)
    assert (resolver.addresses("host", 443, MUCH_LATER), lookup.calls) == (FOUND, 1)


def test_late_failure_is_not_used() -> None:
    """The host is looked up again."""
    lookup = FakeLookup(OSError("no answer"))
    resolver = Resolver(lookup)
    with hanging(lookup), pytest.raises(TimeoutError):
        resolver.addresses("host", 443, 0.01)
    with pytest.raises(OSError, match="no answer"):
        resolver.results["host", 443].result(MUCH_LATER)
    assert resolver.addresses("host", 443, MUCH_LATER) == FOUND


def test_used_result_is_not_used_again() -> None:
    """The next connection may need another address."""
    lookup = FakeLookup([], FOUND)
    resolver = Resolver(lookup)
    resolver.addresses("host", 443, MUCH_LATER)
    assert resolver.addresses("host", 443, MUCH_LATER) == FOUND


def test_failure_is_raised_to_all_who_wait() -> None:
    """It does not end the thread with a traceback on standard error."""
    lookup = FakeLookup(OSError("no answer"), OSError("no answer"))
    resolver = Resolver(lookup)
    with ThreadPoolExecutor(2) as threads:
        futures = [threads.submit(resolver.addresses, "host", 1, MUCH_LATER) for _ in range(2)]
    assert [str(future.exception()) for future in futures] == ["no answer"] * 2


def test_first_address_is_preferred() -> None:
    """The order is that of the look-up."""
    with listening() as first, listening() as second:
        assert connected_to([first, second]) == first[-1]


@pytest.mark.parametrize("unusable", [REFUSING, NO_NETWORK])
def test_unusable_address_is_skipped(unusable: Address) -> None:
    """It refuses connections, or the machine has no such network."""
    with listening() as working:
        assert connected_to([unusable, working]) == working[-1]


def test_silent_addresses_do_not_use_up_the_time() -> None:
    """The last address is tried as well."""
    with silent_addresses(20) as silent, listening() as working:
        assert connected_to([*silent, working], seconds=1) == working[-1]


def test_silent_addresses_are_given_up_together() -> None:
    """All of them have the time of one."""
    with silent_addresses(20) as silent, pytest.raises(TimeoutError):
        connect_first(silent, monotonic() + SOON)


@pytest.mark.parametrize(
    ("addresses", "error"), [([], OSError), ([REFUSING, REFUSING], ConnectionRefusedError)]
)
def test_error_of_the_last_address_is_raised(
    addresses: list[Address], error: type[OSError]
) -> None:
    """At once, when no address is left."""
    with pytest.raises(error):
        connect_first(addresses, monotonic() + MUCH_LATER)


def test_thread_that_cannot_start_does_not_end_all_look_ups(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Every further connection of the container would wait for nothing."""
    found: list[Any] = ["address"]
    resolver = Resolver(lambda _host, _port: found)
    with monkeypatch.context() as patch:
        patch.setattr(threading.Thread, "start", fail_to_start)
        with pytest.raises(OSError, match="can't start new thread"):
            resolver.addresses("host", 443, 0.1)
    assert resolver.addresses("host", 443, 1) == found


def fail_to_start(_: threading.Thread) -> None:
    """What Python does at the limit of threads. Raises RuntimeError."""
    raise RuntimeError("can't start new thread")
