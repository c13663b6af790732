"""The ASGI application: Mixpanel's API, the admin API and the page."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import Route, request_response

from mixpanel_emulator.endpoints.exchange import Exchange
from mixpanel_emulator.endpoints.handle_request import handle_request
from mixpanel_emulator.faults.plan import Fault, FaultPlan
from mixpanel_emulator.state.clock import Clock
from mixpanel_emulator.state.project import Project
from mixpanel_emulator.state.store import LIMIT, Store, Subscriber
from mixpanel_emulator.web.control_routes import control_routes
from mixpanel_emulator.web.event_stream import EventStream
from mixpanel_emulator.web.fault_routes import fault_routes
from mixpanel_emulator.web.list_routes import list_routes
from mixpanel_emulator.web.page_routes import page_routes
from mixpanel_emulator.web.responses import to_http

METHODS: Final = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# Gzip adds five bytes to each 64 KB that cannot be compressed.
GZIP_OVERHEAD: Final = 64 * 1024


def create_app(
    projects: Sequence[Project],
    *,
    now: Callable[[], datetime],
    limit: int = LIMIT,
    script: Sequence[Fault] = (),
    subscribers: Sequence[Subscriber] = (),
) -> Starlette:
    """Create an application with these projects, which keeps up to `limit` items of each kind."""
    store = Store(limit)
    stream = EventStream()
    store.subscribers.extend([*subscribers, stream])
    clock = Clock(now)
    plan = FaultPlan(script)
    plan.start(clock())

    async def clear(_request: Request) -> Response:
        store.clear()
        plan.start(clock())
        return Response(status_code=HTTPStatus.NO_CONTENT)

    api = api_endpoint(projects, store, plan, clock)
    app = Starlette(
        routes=[
            *page_routes(store, stream),
            Route("/_emulator", clear, methods=["DELETE"]),
            *fault_routes(plan, clock),
            *control_routes(store, clock),
            *list_routes(store, clock),
            Route("/{path:path}", api, methods=METHODS),
        ]
    )
    # For paths with line breaks and for unknown methods.
    app.router.default = request_response(api)
    # The server ends the stream when it shuts down.
    app.state.stream = stream
    return app


def api_endpoint(
    projects: Sequence[Project], store: Store, plan: FaultPlan, clock: Clock
) -> Callable[[Request], Awaitable[Response]]:
    """Build the endpoint of every path that belongs to Mixpanel's API."""
    body_limit = max(project.max_body for project in projects) + GZIP_OVERHEAD

    async def respond(request: Request) -> Response:
        exchange = Exchange(
            method=request.method,
            path=request.scope["path"],
            query=dict(request.query_params),
            headers=dict(request.headers),
            body=b"",
            at=clock(),
        )
        fault = plan.find_striking(exchange, body_read=False)
        if fault is None:
            try:
                exchange.body = await read_body(request, body_limit)
            except ClientDisconnect:
                return Response()  # that nobody receives
            fault = plan.find_striking(exchange, body_read=True)
        response = handle_request(exchange, projects, store, fault)
        accepts_gzip = "gzip" in exchange.headers.get("accept-encoding", "")
        return await to_http(response, accepts_gzip=accepts_gzip)

    return respond


async def read_body(request: Request, limit: int) -> bytes:
    """Read the whole body, so that the client gets the response, and return its beginning."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk[: limit - len(body)]
    return bytes(body)
