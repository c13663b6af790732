"""Keeps other sites out of the admin API, as any page can send requests to this machine."""

from collections.abc import Collection, Mapping
from http import HTTPStatus
from ipaddress import ip_address
from typing import Final
from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from mixpanel_emulator.web.responses import json_response

ADMIN: Final = "/_emulator"
OTHER_SITES: Final = frozenset({"cross-site", "same-site"})
FOREIGN_HOST: Final = (
    "the admin API is not for the host {host!r}: use localhost, or allow it with --allowed-host"
)
FOREIGN_ORIGIN: Final = "the admin API is not for pages of other origins"


class AdminGuard:
    """An application that refuses requests of other sites to the admin API and the page."""

    def __init__(self, app: ASGIApp, allowed_hosts: Collection[str] = ()) -> None:
        self.app = app
        self.allowed_hosts = frozenset(host.lower() for host in allowed_hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Respond to a request of another site with 403, and pass on every other one."""
        app = self.app
        if scope["type"] == "http" and is_guarded(scope["path"]):
            error = find_objection(scope["method"], Headers(scope=scope), self.allowed_hosts)
            if error:
                app = json_response({"error": error}, HTTPStatus.FORBIDDEN)
        await app(scope, receive, send)


def is_guarded(path: str) -> bool:
    """Whether this path shows or changes the emulator, and is none of Mixpanel's."""
    return path in {"/", ADMIN} or path.startswith(f"{ADMIN}/")


def find_objection(
    method: str, headers: Mapping[str, str], allowed_hosts: Collection[str]
) -> str | None:
    """Return why a request to the admin API is refused, or None."""
    host = headers.get("host", "")
    if not is_own_host(host, allowed_hosts):
        # A name that leads to this machine may belong to anybody (DNS rebinding).
        return FOREIGN_HOST.format(host=host)
    origin = headers.get("origin", "").lower()
    if origin and origin not in {f"http://{host.lower()}", f"https://{host.lower()}"}:
        return FOREIGN_ORIGIN
    # A link from another site is only followed.
    is_link = method == "GET" and headers.get("sec-fetch-mode") == "navigate"
    if headers.get("sec-fetch-site") in OTHER_SITES and not is_link:
        return FOREIGN_ORIGIN
    return None


def is_own_host(host: str, allowed_hosts: Collection[str]) -> bool:
    """Whether a Host header names this machine, or a host that is allowed."""
    try:
        name = urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return False
    return name in allowed_hosts or is_loopback(name)


def is_loopback(name: str) -> bool:
    """Whether a name or address always is this machine."""
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ip_address(name).is_loopback
    except ValueError:
        return False
