"""The admin API of the fault plan."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mixpanel_emulator.faults.plan import FaultPlan
from mixpanel_emulator.faults.script import parse_script
from mixpanel_emulator.web.responses import error_response, json_response


def fault_routes(plan: FaultPlan, now: Callable[[], datetime]) -> list[Route]:
    """Build the routes that add, list and remove faults."""

    async def add(request: Request) -> Response:
        try:
            script = parse_script(orjson.loads(await request.body()))
        except ValueError as error:
            return error_response(error)
        at = now()
        added = [plan.add(fault, at).to_json(at) for fault in script]
        return json_response(added, HTTPStatus.CREATED)

    async def show(_request: Request) -> Response:
        at = now()
        return json_response([planned.to_json(at) for planned in plan.planned])

    async def clear(_request: Request) -> Response:
        plan.planned.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def remove(request: Request) -> Response:
        removed = plan.remove(request.path_params["id"])
        return Response(status_code=HTTPStatus.NO_CONTENT if removed else HTTPStatus.NOT_FOUND)

    return [
        Route("/_emulator/faults", add, methods=["POST"]),
        Route("/_emulator/faults", show, methods=["GET"]),
        Route("/_emulator/faults", clear, methods=["DELETE"]),
        Route("/_emulator/faults/{id:int}", remove, methods=["DELETE"]),
    ]
