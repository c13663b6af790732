"""What Mixpanel takes in one event: https://developer.mixpanel.com/reference/import-events."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.operations import Operation

BYTES: Final = 1_048_576
PROPERTIES: Final = 254
ELEMENTS: Final = 255
# Mixpanel documents 3 and stores 10; the peer checks none.
DEPTH: Final = 10
# Bytes of the shortest list that is too long, of digits; objects have names and are longer.
SHORTEST_LONG: Final = 2 * ELEMENTS
# What becomes of one event. Each group and each product takes a copy of everything, and an event of
# a megabyte that names ten thousand of them would be ten gigabytes.
BYTES_OF_ALL: Final = 8 * BYTES


def check(properties: dict[str, Any], encoded: bytes) -> None:
    """Raise RejectedEvent where an event's properties break a limit, with the path that does.

    `encoded` is the event's JSON, a little longer than its properties'.
    """
    if len(properties) > PROPERTIES or may_break(encoded):
        check_object(properties, "properties", DEPTH)
    if len(encoded) > BYTES and (size := len(orjson.dumps(properties))) > BYTES:
        why = f"expected at most {BYTES} bytes, got {size}"
        raise RejectedEvent(Code.TOO_LARGE, why, "properties")


def may_break(encoded: bytes) -> bool:
    """Whether what is nested in an event's properties may be too long or too deep.

    Nearly always it is too short for that between its first bracket and its last, which costs a
    tenth of walking through it. Around it are the braces of the event and of its properties.
    """
    start, first_object = encoded.find(b"["), encoded.find(b"{", encoded.find(b"{", 1) + 1)
    if start < 0 or 0 < first_object < start:
        start = first_object
    if start < 0:
        return False
    end, last_object = encoded.rfind(b"]"), encoded.rfind(b"}", start, -2)
    end = max(end, last_object)
    if end - start >= SHORTEST_LONG:
        return True
    return encoded.count(b"{", start, end) + encoded.count(b"[", start, end) > DEPTH


def bounded(operations: Iterable[Operation], path: str) -> Iterator[Operation]:
    """The operations as they are made, until they are too much; `path` names what multiplies them.

    Raises RejectedEvent.
    """
    size = 0
    for one in operations:
        size += len(one.encoded)
        if size > BYTES_OF_ALL:
            why = f"expected at most {BYTES_OF_ALL} bytes in all that becomes of the event"
            raise RejectedEvent(Code.TOO_LARGE, why, path)
        yield one


def check_object(value: dict[str, Any], path: str, levels: int) -> None:
    """Check an object and everything below it."""
    if len(value) > PROPERTIES:
        raise RejectedEvent(
            Code.TOO_MANY_PROPERTIES,
            f"expected at most {PROPERTIES} properties, got {len(value)}",
            path,
        )
    for key, item in value.items():
        kind = type(item)
        if kind is dict:
            check_nested(item, f"{path}.{key}", levels - 1)
        elif kind is list:
            if len(item) > ELEMENTS:
                raise RejectedEvent(
                    Code.TOO_MANY_ELEMENTS,
                    f"expected at most {ELEMENTS} elements, got {len(item)}",
                    f"{path}.{key}",
                )
            check_nested(item, f"{path}.{key}", levels - 1)


def check_nested(value: dict[str, Any] | list[Any], path: str, levels: int) -> None:
    """Check what stands inside an event; a list in a list may be long, as the peer has it."""
    if levels < 0:
        raise RejectedEvent(Code.TOO_DEEP, f"expected at most {DEPTH} levels", path)
    if isinstance(value, dict):
        check_object(value, path, levels)
        return
    for index, item in enumerate(value):
        if type(item) is dict or type(item) is list:
            check_nested(item, f"{path}[{index}]", levels - 1)
