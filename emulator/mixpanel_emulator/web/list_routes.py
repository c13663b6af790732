"""The admin API of everything that the emulator stores."""

from http import HTTPStatus

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mixpanel_emulator.state.clock import Clock
from mixpanel_emulator.state.erasure import advance_tasks
from mixpanel_emulator.state.store import Store
from mixpanel_emulator.web.responses import json_response
from mixpanel_emulator.web.views import show_list, show_profile


def list_routes(store: Store, clock: Clock) -> list[Route]:
    """Build the routes of every list, and of single profiles with their history."""

    async def get_list(request: Request) -> Response:
        advance_tasks(store, clock())
        query = request.query_params
        queried = query.get("view") == "query"
        name = request.path_params["name"]
        try:
            items = show_list(store, name, project=query.get("project"), queried=queried)
        except KeyError:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return json_response(items)

    async def get_profile(request: Request) -> Response:
        advance_tasks(store, clock())
        distinct_id = request.path_params["distinct_id"]
        try:
            profile = show_profile(store, distinct_id, request.query_params.get("project"))
        except KeyError:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        return json_response(profile)

    return [
        Route("/_emulator/profiles/{distinct_id:path}", get_profile, methods=["GET"]),
        Route("/_emulator/{name}", get_list, methods=["GET"]),
    ]
