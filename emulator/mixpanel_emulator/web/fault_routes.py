"""Where faults are planned while the emulator runs."""

from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus

import orjson
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mixpanel_emulator.faults.plan import Faults, parse_script


def fault_routes(faults: Faults, now: Callable[[], datetime]) -> list[Route]:
    """Add to the plan, show it, take out of it."""

    async def add(request: Request) -> Response:
        try:
            script = parse_script(orjson.loads(await request.body()))
        except ValueError as error:
            return JSONResponse({"error": str(error)}, HTTPStatus.BAD_REQUEST)
        at = now()
        added = [faults.add(fault, at).shown() for fault in script]
        return JSONResponse(added, HTTPStatus.CREATED)

    async def show(_request: Request) -> Response:
        return JSONResponse([planned.shown() for planned in faults.planned])

    async def clear(_request: Request) -> Response:
        faults.planned.clear()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def remove(request: Request) -> Response:
        removed = faults.remove(request.path_params["id"])
        return Response(status_code=HTTPStatus.NO_CONTENT if removed else HTTPStatus.NOT_FOUND)

    return [
        Route("/_emulator/faults", add, methods=["POST"]),
        Route("/_emulator/faults", show, methods=["GET"]),
        Route("/_emulator/faults", clear, methods=["DELETE"]),
        Route("/_emulator/faults/{id:int}", remove, methods=["DELETE"]),
    ]
