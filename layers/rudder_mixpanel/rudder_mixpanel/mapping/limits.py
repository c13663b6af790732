"""Mixpanel's limits on one event: https://developer.mixpanel.com/reference/import-events.

An event or update that exceeds one is rejected.
"""

from collections.abc import Iterable, Iterator
from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent
from rudder_mixpanel.mixpanel.operations import Operation

BYTES: Final = 1_048_576
PROPERTIES: Final = 254
ELEMENTS: Final = 255
# Mixpanel documents 3 and stores 10; RudderStack does not check.
DEPTH: Final = 10
# Bytes of the shortest list that is too long: one of digits. Objects have names and are longer.
SHORTEST_LONG: Final = 2 * ELEMENTS
# https://docs.mixpanel.com/docs/data-structure/user-profiles#user-profile-limits
PROFILE_PROPERTIES: Final = 2000
# All operations of one event. Each group and each product gets a copy of everything, so that an
# event of a megabyte that names ten thousand of them would become ten gigabytes.
BYTES_OF_ALL: Final = 8 * BYTES


def check_limits(properties: dict[str, Any], encoded: bytes) -> None:
    """Raise RejectedEvent when an event's properties exceed a limit, with the path that does.

    `encoded` is the event's JSON, a little longer than its properties'.
    """
    if len(encoded) > BYTES and (size := len(orjson.dumps(properties))) > BYTES:
        why = f"expected at most {BYTES} bytes, got {size}"
        raise RejectedEvent(Code.TOO_LARGE, why, "properties")
    if len(properties) > PROPERTIES or may_exceed(encoded):
        check_object(properties, "properties", DEPTH)


def check_update(values: dict[str, Any], encoded: bytes) -> None:
    """Raise RejectedEvent when the update of a profile exceeds a limit; `encoded` is its JSON."""
    if len(values) > PROFILE_PROPERTIES:
        why = f"expected at most {PROFILE_PROPERTIES} properties, got {len(values)}"
        raise RejectedEvent(Code.TOO_MANY_PROPERTIES, why, "traits")
    if len(encoded) > BYTES:
        why = f"expected at most {BYTES} bytes, got {len(encoded)}"
        raise RejectedEvent(Code.TOO_LARGE, why, "traits")


def may_exceed(encoded: bytes) -> bool:
    """Whether a value nested in an event's properties may be too long or too deep.

    Nearly always the text from the first nested bracket to the last is too short for that, which
    takes a tenth of the time of a walk. The first two braces are the event's and its properties'.
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
    """Yield the operations while their total size is within the limit.

    Raises RejectedEvent beyond it; `path` names the field that multiplies the operations.
    """
    size = 0
    for operation in operations:
        size += len(operation.encoded)
        if size > BYTES_OF_ALL:
            why = f"expected at most {BYTES_OF_ALL} bytes in all operations of the event"
            raise RejectedEvent(Code.TOO_LARGE, why, path)
        yield operation


def check_object(value: dict[str, Any], path: str, levels: int) -> None:
    """Check an object and everything in it, at most `levels` deep; raises RejectedEvent."""
    if len(value) > PROPERTIES:
        why = f"expected at most {PROPERTIES} properties, got {len(value)}"
        raise RejectedEvent(Code.TOO_MANY_PROPERTIES, why, path)
    for key, item in value.items():
        if type(item) is dict:
            check_object(item, inner := f"{path}.{key}", levels_below(levels, inner))
        elif type(item) is list:
            check_list(item, inner := f"{path}.{key}", levels_below(levels, inner))


def check_list(value: list[Any], path: str, levels: int) -> None:
    """Check a list and the objects in it; raises RejectedEvent.

    Of a list directly in a list only the depth is checked, as RudderStack does.
    """
    if len(value) > ELEMENTS:
        why = f"expected at most {ELEMENTS} elements, got {len(value)}"
        raise RejectedEvent(Code.TOO_MANY_ELEMENTS, why, path)
    for index, item in enumerate(value):
        if type(item) is dict:
            check_object(item, inner := f"{path}[{index}]", levels_below(levels, inner))
        elif type(item) is list:
            check_depth(item, inner := f"{path}[{index}]", levels_below(levels, inner))


def check_depth(value: dict[str, Any] | list[Any], path: str, levels: int) -> None:
    """Check only the depth of a value; raises RejectedEvent."""
    for item in value.values() if type(value) is dict else value:
        if type(item) is dict or type(item) is list:
            check_depth(item, path, levels_below(levels, path))


def levels_below(levels: int, path: str) -> int:
    """The levels allowed below this one; raises RejectedEvent when there are none left."""
    if levels == 0:
        raise RejectedEvent(Code.TOO_DEEP, f"expected at most {DEPTH} levels", path)
    return levels - 1
