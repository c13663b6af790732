"""The response to an export, which is made while it is sent."""

import asyncio
import zlib
from collections.abc import Iterator
from typing import Final

from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mixpanel_emulator.endpoints.exchange import ApiResponse, Transmission
from mixpanel_emulator.endpoints.exported_rows import ExportedRows
from mixpanel_emulator.web.protocol import TRANSPORT, transport_of, wait_for_disconnect

# Longer responses are compressed for clients that accept it.
PLAIN_BYTES: Final = 1400
CHUNK_BYTES: Final = 64 * 1024
GZIP_WINDOW_BITS: Final = 31  # zlib's value for "gzip with its header"


class RowStream(Response):
    """The rows of an export in chunks, of which one at a time is in memory."""

    def __init__(self, response: ApiResponse, rows: ExportedRows, *, accepts_gzip: bool) -> None:
        super().__init__(None, response.status, dict(response.headers), response.media_type)
        self.response = response
        self.chunks = join_lines(rows, CHUNK_BYTES if response.row_delay == 0 else 1)
        # The length is not known yet.
        del self.headers["content-length"]
        if accepts_gzip and rows.is_longer_than(PLAIN_BYTES):
            self.headers["content-encoding"] = "gzip"
            ends = response.transmission is Transmission.COMPLETE
            self.chunks = compress(self.chunks, ends=ends)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send the rows, and the end of the response unless the connection is to break."""
        with self.response.while_sent():
            await send(
                {
                    "type": "http.response.start",
                    "status": self.status_code,
                    "headers": self.raw_headers,
                }
            )
            for chunk in self.chunks:
                if is_gone(scope):
                    return
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
                # Even without a delay, others get their turn.
                await asyncio.sleep(self.response.row_delay)
        if self.response.transmission is Transmission.PARTIAL:
            transport_of(scope).close()
            await wait_for_disconnect(receive)
        else:
            await send({"type": "http.response.body", "body": b""})


def is_gone(scope: Scope) -> bool:
    """Whether the client has closed the connection."""
    return TRANSPORT in scope and transport_of(scope).is_closing()


def join_lines(lines: ExportedRows, size: int) -> Iterator[bytes]:
    """Join lines to chunks of at least this size."""
    chunk = bytearray()
    for line in lines:
        chunk += line
        if len(chunk) >= size:
            yield bytes(chunk)
            chunk.clear()
    if chunk:
        yield bytes(chunk)


def compress(chunks: Iterator[bytes], *, ends: bool) -> Iterator[bytes]:
    """Compress each chunk so that it can be read at once, and end the stream if it ends."""
    stream = zlib.compressobj(wbits=GZIP_WINDOW_BITS)
    for chunk in chunks:
        yield stream.compress(chunk) + stream.flush(zlib.Z_SYNC_FLUSH)
    if ends:
        yield stream.flush()
