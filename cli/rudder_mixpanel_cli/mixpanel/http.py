"""HTTP to Mixpanel from this machine: perhaps through a proxy, and with the limits of delivery."""

from typing import Final
from urllib.request import getproxies, proxy_bypass

import httpcore
import httpx

from rudder_mixpanel.mixpanel.addresses import Resolver, system_lookup
from rudder_mixpanel.mixpanel.connections import Network
from rudder_mixpanel.mixpanel.transport import LONGEST, Transport, http_client

LOCAL: Final = frozenset({"127.0.0.1", "localhost"})


class ProxyTransport(Transport):
    """The transport of delivery through a proxy: a request has the same limits of time and size."""

    def __init__(self, proxy: httpx.Proxy, longest: float = LONGEST) -> None:
        context = httpx.create_ssl_context()
        super().__init__(context, longest=longest)
        self._pool = httpcore.HTTPProxy(
            proxy_url=str(proxy.url),
            proxy_auth=proxy.raw_auth,
            ssl_context=context,
            network_backend=Network(self.exchange, Resolver(system_lookup)),
        )


def http_client_for(url: str, longest: float = LONGEST) -> httpx.Client:
    """A client that follows no redirect; the proxy of the environment is not for this machine."""
    if proxy := proxy_for(httpx.URL(url)):
        return http_client(ProxyTransport(httpx.Proxy(proxy), longest))
    return http_client(Transport(httpx.create_ssl_context(), longest=longest))


def proxy_for(url: httpx.URL) -> str:
    """The address of the proxy that the environment names for a URL; empty for none."""
    if url.host in LOCAL or proxy_bypass(url.host):
        return ""
    proxies = getproxies()
    proxy = proxies.get(url.scheme) or proxies.get("all") or ""
    return proxy if not proxy or "://" in proxy else f"http://{proxy}"
