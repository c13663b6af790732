"""A server that hangs does not hang the command; over real sockets, with a short limit."""

import socket
from pathlib import Path

import httpx
import pytest

from rudder_mixpanel.mixpanel.responses import MixpanelResponse
from rudder_mixpanel.mixpanel.transport import http_client, send
from rudder_mixpanel_cli.mixpanel.http import ProxyTransport, http_client_for, proxy_for
from tests.fakes.certificates import tls_contexts
from tests.fakes.hostile_server import (
    Behavior,
    HostileServer,
    dripping,
    endless,
    forwarding,
    read_request,
    responding,
    response,
)

LIMIT = 0.5
DRIPPING = dripping(*[b" "] * 40, first=response(length=40))
ENDLESS = endless(response(length=10**9), b" " * 100_000)


@pytest.fixture
def proxy(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """An environment that names no proxy yet."""
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)
    return monkeypatch


@pytest.mark.parametrize("through_proxy", [False, True])
@pytest.mark.parametrize(
    ("behavior", "reason"),
    [(DRIPPING, "ReadTimeout"), (ENDLESS, "ReadError")],
    ids=["slow", "long"],
)
def test_request_ends(
    proxy: pytest.MonkeyPatch, behavior: Behavior, reason: str, *, through_proxy: bool
) -> None:
    """Whoever drips each byte in time, or never ends."""
    with HostileServer(behavior) as server:
        proxy.setenv("http_proxy", server.url if through_proxy else "")
        url = "http://mixpanel.example" if through_proxy else server.url
        with http_client_for(url, LIMIT if reason == "ReadTimeout" else 10) as http:
            assert reason in str(send(http, "GET", url))


def test_request_goes_through_the_proxy(proxy: pytest.MonkeyPatch) -> None:
    """With its credentials."""
    with HostileServer(responding(response(b"{}"))) as server:
        proxy.setenv("http_proxy", server.url.replace("//", "//ann:s3cret@"))
        with http_client_for("http://mixpanel.example") as http:
            assert send(http, "GET", "http://mixpanel.example") == MixpanelResponse(200, b"{}", 0)


def tunnel_to(port: int) -> Behavior:
    """A proxy that lets a client talk to this port of the machine."""

    def connect(connection: socket.socket) -> None:
        read_request(connection)
        connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
        forwarding(port)(connection)

    return connect


def test_encrypted_request_goes_through_the_proxy(
    proxy: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """By CONNECT, as for Mixpanel."""
    context, _ = tls_contexts(tmp_path)
    proxy.setenv("SSL_CERT_FILE", str(tmp_path / "server.pem"))
    with (
        HostileServer(responding(response(b"{}")), context) as server,
        HostileServer(tunnel_to(server.server_address[1])) as tunnel,
        http_client(ProxyTransport(httpx.Proxy(tunnel.url))) as http,
    ):
        assert send(http, "GET", server.url) == MixpanelResponse(200, b"{}", 0)


@pytest.mark.parametrize(
    ("names", "url", "address"),
    [
        ({}, "https://api.mixpanel.com", ""),
        ({"https_proxy": "http://p:1"}, "https://api.mixpanel.com", "http://p:1"),
        ({"https_proxy": "p:1"}, "https://api.mixpanel.com", "http://p:1"),
        ({"all_proxy": "http://p:1"}, "https://api.mixpanel.com", "http://p:1"),
        ({"all_proxy": "http://p:1", "no_proxy": "mixpanel.com"}, "https://api.mixpanel.com", ""),
        ({"http_proxy": "http://p:1"}, "http://127.0.0.1:8123/eu", ""),
    ],
)
def test_proxy_of_the_environment(
    proxy: pytest.MonkeyPatch, names: dict[str, str], url: str, address: str
) -> None:
    """As other commands use it."""
    for name, value in names.items():
        proxy.setenv(name, value)
    assert proxy_for(httpx.URL(url)) == address
