"""Requests as SDKs make them."""

import gzip
import json
from typing import Any

from rudder_mixpanel.receiving.enrich import Arrival
from tests.build import SENT_AT, without_none


def event(**changes: Any) -> dict[str, Any]:
    """An event as an SDK creates it; keyword arguments override fields, None removes one."""
    fields = {"type": "track", "event": "Seen", "messageId": "m-1", "userId": "user-1"}
    return without_none({**fields, **changes})


def batch(*events: Any) -> bytes:
    """The body of a batch."""
    return json.dumps({"batch": events}).encode()


def zipped(body: bytes) -> bytes:
    """The body compressed with gzip, as most SDKs send it."""
    return gzip.compress(body, 1)


def of_size(size: int) -> dict[str, Any]:
    """An event of this size in bytes of compact JSON."""
    bare = len(json.dumps(event(pad=""), separators=(",", ":")))
    return event(pad="x" * (size - bare))


def deep(levels: int) -> dict[str, Any]:
    """An event with this many levels below it."""
    inner: Any = "bottom"
    for _ in range(levels - 1):
        inner = [inner]
    return event(properties=inner)


def arrival(ip: str | None = "203.0.113.7") -> Arrival:
    """The arrival of a request at the time of the tests."""
    return Arrival(SENT_AT, ip, lambda: "made-up")
