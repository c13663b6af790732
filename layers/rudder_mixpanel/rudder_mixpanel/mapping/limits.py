"""What Mixpanel takes in one event: https://developer.mixpanel.com/reference/import-events."""

from typing import Any, Final

import orjson

from rudder_mixpanel.errors import Code, RejectedEvent

BYTES: Final = 1_048_576
PROPERTIES: Final = 254
ELEMENTS: Final = 255
# Mixpanel documents 3 and stores 10; the peer checks none.
DEPTH: Final = 10


def check(properties: dict[str, Any]) -> None:
    """Raise RejectedEvent where an event's properties break a limit, with the path that does."""
    check_object(properties, "properties", DEPTH)
    size = len(orjson.dumps(properties))
    if size > BYTES:
        raise RejectedEvent(
            Code.TOO_LARGE, f"expected at most {BYTES} bytes, got {size}", "properties"
        )


def check_object(value: dict[str, Any], path: str, levels: int) -> None:
    """Check an object and everything below it."""
    if len(value) > PROPERTIES:
        raise RejectedEvent(
            Code.TOO_MANY_PROPERTIES,
            f"expected at most {PROPERTIES} properties, got {len(value)}",
            path,
        )
    for key, item in value.items():
        if type(item) is dict or type(item) is list:
            check_nested(item, f"{path}.{key}", levels - 1)


def check_nested(value: dict[str, Any] | list[Any], path: str, levels: int) -> None:
    """Check an object or a list inside an event."""
    if levels < 0:
        raise RejectedEvent(Code.TOO_DEEP, f"expected at most {DEPTH} levels", path)
    if isinstance(value, dict):
        check_object(value, path, levels)
        return
    if len(value) > ELEMENTS:
        raise RejectedEvent(
            Code.TOO_MANY_ELEMENTS, f"expected at most {ELEMENTS} elements, got {len(value)}", path
        )
    for index, item in enumerate(value):
        if isinstance(item, dict | list):
            check_nested(item, f"{path}[{index}]", levels - 1)
