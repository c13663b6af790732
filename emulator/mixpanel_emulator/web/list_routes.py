"""A window on what the emulator remembers."""

from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mixpanel_emulator.state.clock import Clock
from mixpanel_emulator.state.erasure import settle
from mixpanel_emulator.state.store import Store
from mixpanel_emulator.web.views import profile, view


def window_routes(store: Store, clock: Clock) -> list[Route]:
    """Every list, and the history of each profile."""

    async def show(request: Request) -> Response:
        settle(store, clock())
        query = request.query_params
        queried = query.get("view") == "query"
        try:
            name = request.path_params["name"]
            return as_json(view(store, name, project=query.get("project"), queried=queried))
        except KeyError:
            return Response(status_code=HTTPStatus.NOT_FOUND)

    async def show_profile(request: Request) -> Response:
        settle(store, clock())
        distinct_id = request.path_params["distinct_id"]
        try:
            return as_json(profile(store, distinct_id, request.query_params.get("project")))
        except KeyError:
            return Response(status_code=HTTPStatus.NOT_FOUND)

    return [
        Route("/_emulator/profiles/{distinct_id:path}", show_profile, methods=["GET"]),
        Route("/_emulator/{name}", show, methods=["GET"]),
    ]


def as_json(value: object, status: int = HTTPStatus.OK) -> Response:
    """What the emulator holds, for whoever asks."""
    return Response(orjson.dumps(value), status, media_type="application/json")
