"""HTTP responses: JSON of the admin API, and API responses that do not arrive complete."""

import asyncio
import socket
import struct
from http import HTTPStatus
from typing import Final

import orjson
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mixpanel_emulator.endpoints.exchange import ApiResponse, Transmission
from mixpanel_emulator.web.protocol import transport_of, wait_for_disconnect
from mixpanel_emulator.web.row_stream import RowStream

# SO_LINGER with a time of zero: the kernel resets the connection instead of closing it.
RESET: Final = struct.pack("ii", 1, 0)


def json_response(value: object, status: int = HTTPStatus.OK) -> Response:
    """Build a response of the admin API."""
    return Response(orjson.dumps(value), status, media_type="application/json")


def error_response(error: Exception) -> Response:
    """Build a 400 that says what is wrong."""
    return json_response({"error": str(error)}, HTTPStatus.BAD_REQUEST)


class ResetResponse(Response):
    """No response: the connection is reset."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:  # noqa: ARG002 - nothing is sent
        """Reset the connection."""
        transport = transport_of(scope)
        transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        transport.abort()
        await wait_for_disconnect(receive)


class PartialResponse(Response):
    """The head and half of the body; then the connection ends."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send half of the response and close the connection."""
        head = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **head})
        half = bytes(self.body[: len(self.body) // 2])
        await send({"type": "http.response.body", "body": half, "more_body": True})
        transport_of(scope).close()
        await wait_for_disconnect(receive)


CLASSES: Final[dict[Transmission, type[Response]]] = {
    Transmission.COMPLETE: Response,
    Transmission.PARTIAL: PartialResponse,
    Transmission.NONE: ResetResponse,
}


async def to_http(response: ApiResponse, *, accepts_gzip: bool) -> Response:
    """Convert an API response to HTTP, after its delay."""
    await asyncio.sleep(response.delay)
    if response.rows is not None and response.transmission is not Transmission.NONE:
        return RowStream(response, response.rows, accepts_gzip=accepts_gzip)
    return CLASSES[response.transmission](
        response.body,
        # Status 0 means that nothing is transmitted, but Starlette needs a valid status.
        response.status or HTTPStatus.OK,
        headers=dict(response.headers),
        media_type=response.media_type,
    )
