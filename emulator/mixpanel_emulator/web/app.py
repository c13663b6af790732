"""Mixpanel's ingestion API over HTTP, and a window on what it received."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Final

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route, request_response

from mixpanel_emulator.endpoints.receive import receive
from mixpanel_emulator.endpoints.visit import Visit
from mixpanel_emulator.faults.plan import Fault, Faults
from mixpanel_emulator.faults.routes import fault_routes
from mixpanel_emulator.state.clock import Clock
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import LIMIT, Listener, Store
from mixpanel_emulator.web.connection import response
from mixpanel_emulator.web.controls import control_routes
from mixpanel_emulator.web.live import live_routes
from mixpanel_emulator.web.stream import Stream
from mixpanel_emulator.web.window import window_routes

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# What cannot be compressed becomes a little longer by gzip: five bytes for each 64 KB.
GZIP_OVERHEAD: Final = 64 * 1024


def create_app(
    projects: Sequence[Project],
    *,
    now: Callable[[], datetime],
    limit: int = LIMIT,
    script: Sequence[Fault] = (),
    listeners: Sequence[Listener] = (),
) -> Starlette:
    """An application that holds these projects, empty, and remembers so much of each kind."""
    store = Store(limit)
    stream = Stream()
    store.listeners.extend([*listeners, stream])
    clock = Clock(now)
    faults = Faults(script)
    faults.start(clock())
    longest = max(project.max_body for project in projects) + GZIP_OVERHEAD

    async def ingest(request: Request) -> Response:
        visit = Visit(
            method=request.method,
            path=request.scope["path"],
            query=dict(request.query_params),
            headers=dict(request.headers),
            body=b"",
            at=clock(),
        )
        fault = faults.striking(visit, body_read=False)
        if fault is None:
            visit.body = await beginning(request, longest)
            fault = faults.striking(visit, body_read=True)
        return await response(receive(visit, projects, store, fault))

    async def empty(_request: Request) -> Response:
        store.clear()
        faults.start(clock())
        return Response(status_code=204)

    app = Starlette(
        routes=[
            *live_routes(store, stream),
            Route("/_emulator", empty, methods=["DELETE"]),
            *fault_routes(faults, clock),
            *control_routes(store, clock),
            *window_routes(store, clock),
            Route("/{path:path}", ingest, methods=METHODS),
        ]
    )
    # Paths with line breaks in them, and methods that nobody has heard of.
    app.router.default = request_response(ingest)
    # For the server, which ends it.
    app.state.stream = stream
    return app


async def beginning(request: Request, length: int) -> bytes:
    """The body's first bytes; the rest is read, too, so that the client hears the answer."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk[: length - len(body)]
    return bytes(body)
