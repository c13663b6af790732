"""A DynamoDB that throttles every call, as a table does whose limit is used up."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any, Final

THROTTLED: Final = json.dumps(
    {
        "__type": "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        "message": "The level of configured provisioned throughput for the table was exceeded.",
    }
).encode()


class Throttle(BaseHTTPRequestHandler):
    """Refuses every call."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        """Answer that the table's throughput is exceeded."""
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(400)
        self.send_header("Content-Type", "application/x-amz-json-1.0")
        self.send_header("Content-Length", str(len(THROTTLED)))
        self.end_headers()
        self.wfile.write(THROTTLED)

    def log_message(self, *_: Any) -> None:
        """Print nothing."""


@contextmanager
def throttled_dynamodb() -> Iterator[str]:
    """Run it for the length of the block; yields its URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Throttle)
    server.daemon_threads = True
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
