"""The admin API of the clock and of the statuses of deletion tasks."""

from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mixpanel_emulator.state.clock import Clock, parse_time
from mixpanel_emulator.state.deletion_tasks import STATUSES
from mixpanel_emulator.state.erasure import advance_tasks, force_status
from mixpanel_emulator.state.store import Store
from mixpanel_emulator.web.responses import error_response, json_response


def control_routes(store: Store, clock: Clock) -> list[Route]:
    """Build the routes of the clock and of deletion tasks."""

    async def show_clock(_request: Request) -> Response:
        return json_response({"now": clock().isoformat()})

    async def change_clock(request: Request) -> Response:
        try:
            move_clock(clock, await read_object(request))
        except (ValueError, OverflowError) as error:
            return error_response(error)
        advance_tasks(store, clock())
        return await show_clock(request)

    async def reset_clock(_request: Request) -> Response:
        clock.reset()
        return Response(status_code=HTTPStatus.NO_CONTENT)

    async def change_deletion(request: Request) -> Response:
        advance_tasks(store, clock())
        task = store.tasks.by_id.get(request.path_params["tracking_id"])
        if task is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        try:
            status = parse_status(await read_object(request))
        except ValueError as error:
            return error_response(error)
        force_status(task, status, store, clock())
        return json_response(task.to_json())

    return [
        Route("/_emulator/clock", show_clock, methods=["GET"]),
        Route("/_emulator/clock", change_clock, methods=["POST"]),
        Route("/_emulator/clock", reset_clock, methods=["DELETE"]),
        Route("/_emulator/deletions/{tracking_id}", change_deletion, methods=["POST"]),
    ]


def move_clock(clock: Clock, change: dict[str, Any]) -> None:
    """Move the clock by some seconds or to a time. Raises ValueError for anything else."""
    match list(change.items()):
        # In Python, JSON's true is a number.
        case [("advance_seconds", int() | float() as seconds)] if not isinstance(seconds, bool):
            clock.advance(seconds)
        case [("now", str() as time)]:
            clock.set(parse_time(time))
        case _:
            raise ValueError('expected {"advance_seconds": number} or {"now": ISO time}')


def parse_status(change: dict[str, Any]) -> str:
    """Read the status to give a deletion task. Raises ValueError."""
    status = change.get("status")
    if status not in STATUSES:
        raise ValueError(f"status must be one of: {', '.join(STATUSES)}")
    return str(status)


async def read_object(request: Request) -> dict[str, Any]:
    """Read the JSON object in a request. Raises ValueError."""
    value = orjson.loads(await request.body())
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - JSON of another type
    return value
