"""The servers of the benchmarks stop with the benchmark."""

from contextlib import AbstractContextManager

import httpx
import pytest

from benchmarks.servers import run_aws, run_emulator
from benchmarks.workload import START

SERVERS = {"AWS": lambda: run_aws({"token": ""}, 0), "the emulator": lambda: run_emulator(START)}


def fail_with(server: AbstractContextManager[str], urls: list[str]) -> None:
    """A benchmark that fails while a server runs."""
    with server as url:
        urls.append(url)
        raise ZeroDivisionError


@pytest.mark.parametrize("name", SERVERS)
def test_server_stops_when_the_benchmark_fails(name: str) -> None:
    """A failed benchmark ends, and leaves no process behind."""
    urls: list[str] = []
    with pytest.raises(ZeroDivisionError):
        fail_with(SERVERS[name](), urls)
    with pytest.raises(httpx.ConnectError):
        httpx.get(urls[0], trust_env=False)
