"""Where time is moved, and deletion tasks with it."""

from http import HTTPStatus
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mixpanel_emulator.state.clock import Clock, moment_of
from mixpanel_emulator.state.erasure import force, settle
from mixpanel_emulator.state.store import Store
from mixpanel_emulator.state.tasks import STATUSES
from mixpanel_emulator.web.window import as_json


def control_routes(store: Store, clock: Clock) -> list[Route]:
    """The clock, and the statuses of deletion tasks."""

    async def show_clock(_request: Request) -> Response:
        return as_json({"now": clock().isoformat()})

    async def move_clock(request: Request) -> Response:
        try:
            move(clock, await json_object(request))
        except (ValueError, OverflowError) as error:
            return complaint(error)
        settle(store, clock())
        return await show_clock(request)

    async def force_deletion(request: Request) -> Response:
        settle(store, clock())
        task = store.tasks.by_id.get(request.path_params["tracking_id"])
        if task is None:
            return Response(status_code=HTTPStatus.NOT_FOUND)
        try:
            status = status_of(await json_object(request))
        except ValueError as error:
            return complaint(error)
        force(task, status, store, clock())
        return as_json(task.described())

    return [
        Route("/_emulator/clock", show_clock, methods=["GET"]),
        Route("/_emulator/clock", move_clock, methods=["POST"]),
        Route("/_emulator/deletions/{tracking_id}", force_deletion, methods=["POST"]),
    ]


def move(clock: Clock, wanted: dict[str, Any]) -> None:
    """Move the clock by some seconds or to a moment, or ValueError."""
    match list(wanted.items()):
        # JSON's true is no number here.
        case [("advance_seconds", int() | float() as seconds)] if not isinstance(seconds, bool):
            clock.advance(seconds)
        case [("now", str() as moment)]:
            clock.set(moment_of(moment))
        case _:
            raise ValueError('expected {"advance_seconds": number} or {"now": ISO time}')


def status_of(wanted: dict[str, Any]) -> str:
    """The status that a deletion task is to have, or ValueError."""
    status = wanted.get("status")
    if status not in STATUSES:
        raise ValueError(f"status must be one of: {', '.join(STATUSES)}")
    return str(status)


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON object in a request, or ValueError."""
    value = orjson.loads(await request.body())
    if not isinstance(value, dict):
        raise ValueError("expected a JSON object")  # noqa: TRY004 - JSON of the wrong kind
    return value


def complaint(error: Exception) -> Response:
    """400 with what is wrong."""
    return as_json({"error": str(error)}, HTTPStatus.BAD_REQUEST)
