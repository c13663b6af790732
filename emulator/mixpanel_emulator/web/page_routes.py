"""The page at `/`: a live view of what arrives, and switches for faults."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from mixpanel_emulator.faults.types import FAULT_TYPES
from mixpanel_emulator.rules.table import RULES
from mixpanel_emulator.state.store import Store
from mixpanel_emulator.web.event_stream import EventStream
from mixpanel_emulator.web.responses import json_response

PAGE: Final = Path(__file__).parent / "page"
FILES: Final = ("page.css", "page.js", "icon.svg")
# The page loads only the emulator's own files, and never runs a script that arrived as data.
SECURITY_HEADERS: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# For programs that request the bare address.
WELCOME: Final = {
    "what": "A Mixpanel emulator. It accepts POST to /import, /track, /engage and /groups.",
    "see": [
        f"/_emulator/{name}" for name in ("events", "profiles", "groups", "violations", "requests")
    ],
}


def page_routes(store: Store, stream: EventStream) -> list[Route]:
    """Build the routes of the page, its files and its data."""

    async def get_front(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return FileResponse(PAGE / "index.html", headers=SECURITY_HEADERS)
        return json_response(WELCOME)

    async def get_stream(_request: Request) -> Response:
        return StreamingResponse(
            stream.watch(store),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    return [
        Route("/", get_front, methods=["GET"]),
        # Every browser requests it; it must not count as a violation.
        Route("/favicon.ico", get_icon, methods=["GET"]),
        *(Route(f"/_emulator/page/{name}", get_file, methods=["GET"]) for name in FILES),
        Route("/_emulator/catalogue", get_catalogue, methods=["GET"]),
        Route("/_emulator/stream", get_stream, methods=["GET"]),
    ]


async def get_file(request: Request) -> Response:
    """Serve a file of the page."""
    return FileResponse(PAGE / request.url.path.rpartition("/")[2], headers=SECURITY_HEADERS)


async def get_icon(_request: Request) -> Response:
    """Serve the page's icon."""
    return FileResponse(PAGE / "icon.svg", headers=SECURITY_HEADERS)


async def get_catalogue(_request: Request) -> Response:
    """Serve all rules and faults."""
    names = ("name", "endpoints", "sees", "stored")
    return json_response(
        {
            "rules": [asdict(rule) for rule in RULES],
            "faults": [
                {name: getattr(fault_type, name) for name in names}
                for fault_type in FAULT_TYPES.values()
            ],
        }
    )
