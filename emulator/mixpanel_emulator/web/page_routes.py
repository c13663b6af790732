"""The page at `/`: what arrives, as it arrives, and switches for faults."""

from dataclasses import asdict
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import FileResponse, Response, StreamingResponse
from starlette.routing import Route

from mixpanel_emulator.faults.types import KINDS
from mixpanel_emulator.rules import RULES
from mixpanel_emulator.state.store import Store
from mixpanel_emulator.web.stream import Stream
from mixpanel_emulator.web.window import as_json

PAGE: Final = Path(__file__).parent / "page"
FILES: Final = ("page.css", "page.js", "icon.svg")
# Nothing but this emulator's own files, and no script that arrived as data.
SAFE: Final = {
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-cache",
}
# For programs that ask for the address alone.
WELCOME: Final = {
    "what": "A Mixpanel emulator. It takes what is posted to /import, /track, /engage and /groups.",
    "see": [
        f"/_emulator/{name}" for name in ("events", "profiles", "groups", "violations", "requests")
    ],
}


def live_routes(store: Store, stream: Stream) -> list[Route]:
    """The page, its files, and what it listens to."""

    async def front(request: Request) -> Response:
        if "text/html" in request.headers.get("accept", ""):
            return FileResponse(PAGE / "index.html", headers=SAFE)
        return as_json(WELCOME)

    async def file(request: Request) -> Response:
        return FileResponse(PAGE / request.url.path.rpartition("/")[2], headers=SAFE)

    async def icon(_request: Request) -> Response:
        return FileResponse(PAGE / "icon.svg", headers=SAFE)

    async def catalogue(_request: Request) -> Response:
        return as_json(
            {
                "rules": [asdict(rule) for rule in RULES],
                "faults": [
                    {name: getattr(kind, name) for name in ("name", "endpoints", "sees", "stored")}
                    for kind in KINDS.values()
                ],
            }
        )

    async def watch(_request: Request) -> Response:
        return StreamingResponse(
            stream.watch(store),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    return [
        Route("/", front, methods=["GET"]),
        # A browser asks for it wherever it is, and it is no violation.
        Route("/favicon.ico", icon, methods=["GET"]),
        *(Route(f"/_emulator/page/{name}", file, methods=["GET"]) for name in FILES),
        Route("/_emulator/catalogue", catalogue, methods=["GET"]),
        Route("/_emulator/stream", watch, methods=["GET"]),
    ]
