"""What Mixpanel takes in one event: https://developer.mixpanel.com/reference/import-events."""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mixpanel.operations import Operation

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


def check_limits(properties: dict[str, Any], encoded: bytes) -> None:
    """Raise RejectedEvent where an event's properties break a limit, with the path that does.

    `encoded` is the event's JSON, a little longer than its properties'.
    """
    if len(encoded) > BYTES and (size := len(orjson.dumps(properties))) > BYTES:
        why = f"expected at most {BYTES} bytes, got {size}"
        raise RejectedEvent(Code.TOO_LARGE, why, "properties")
    if len(properties) > PROPERTIES or may_break(encoded):
        check_object(properties, "properties", DEPTH)


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
    """Check an object and everything below it, which may be so many levels deep."""
    if len(value) > PROPERTIES:
        why = f"expected at most {PROPERTIES} properties, got {len(value)}"
        raise RejectedEvent(Code.TOO_MANY_PROPERTIES, why, path)
    for key, item in value.items():
        if type(item) is dict:
            check_object(item, place := f"{path}.{key}", below(levels, place))
        elif type(item) is list:
            check_list(item, place := f"{path}.{key}", below(levels, place))


def check_list(value: list[Any], path: str, levels: int) -> None:
    """Check a list and the objects in it; of what a list in a list holds only how deep it is.

    So has it the peer.
    """
    if len(value) > ELEMENTS:
        why = f"expected at most {ELEMENTS} elements, got {len(value)}"
        raise RejectedEvent(Code.TOO_MANY_ELEMENTS, why, path)
    for index, item in enumerate(value):
        if type(item) is dict:
            check_object(item, place := f"{path}[{index}]", below(levels, place))
        elif type(item) is list:
            check_depth(item, place := f"{path}[{index}]", below(levels, place))


def check_depth(value: dict[str, Any] | list[Any], path: str, levels: int) -> None:
    """Check only how deep it is."""
    for item in value.values() if type(value) is dict else value:
        if type(item) is dict or type(item) is list:
            check_depth(item, path, below(levels, path))


def below(levels: int, path: str) -> int:
    """The levels that there may be further down."""
    if levels == 0:
        raise RejectedEvent(Code.TOO_DEEP, f"expected at most {DEPTH} levels", path)
    return levels - 1
