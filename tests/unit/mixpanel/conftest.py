"""TLS between a test and its server."""

import ssl

import pytest

from tests.fakes.certificates import tls_contexts


@pytest.fixture(scope="session")
def tls(tmp_path_factory: pytest.TempPathFactory) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """The contexts of a server and of its client."""
    return tls_contexts(tmp_path_factory.mktemp("tls"))


@pytest.fixture(params=["http", "https"])
def contexts(
    tls: tuple[ssl.SSLContext, ssl.SSLContext], request: pytest.FixtureRequest
) -> tuple[ssl.SSLContext | None, ssl.SSLContext]:
    """The contexts of a server, without TLS and with it, and of its client."""
    server, client = tls
    return server if request.param == "https" else None, client
