"""How large, deep and well-spelled the properties of an event may be."""

from typing import Any, Final

import orjson

from mixpanel_emulator import texts as say
from mixpanel_emulator.endpoints.visit import Fault

LIMIT: Final = 255  # of properties, keys, elements, and of the characters that are kept
LARGE_VALUE: Final = 8 * 1024


def shape_fault(properties: dict[str, Any], max_depth: int) -> Fault | None:
    """The first limit that these properties pass."""
    if len(properties) >= LIMIT:
        return Fault("E30", "properties", say.TOO_MANY_PROPERTIES)
    for name, value in properties.items():
        if isinstance(value, (dict, list)):
            message = nested_fault(value, 1, max_depth)
            if message:
                field = f"properties.{name}"
                return Fault("E30", field, message.format(field=field, depth=max_depth))
    return None


def nested_fault(value: dict[str, Any] | list[Any], depth: int, max_depth: int) -> str | None:
    """What is wrong with a list or object; one directly in the properties has depth 1."""
    if depth > max_depth:
        return say.TOO_DEEP
    if len(value) >= LIMIT:
        return say.TOO_MANY_KEYS if isinstance(value, dict) else say.TOO_MANY_ELEMENTS
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            message = nested_fault(inner, depth + 1, max_depth)
            if message:
                return message
    return None


def utf8_fault(record: dict[str, Any]) -> Fault | None:
    """The first field of an event with text that is not UTF-8."""
    for name, value in record.items():
        if name != "properties" and not is_utf8([name, value]):
            return Fault("E32", legible(name), say.NOT_UTF8.format(field=legible(name)))
    properties = record.get("properties")
    for name, value in properties.items() if isinstance(properties, dict) else ():
        if not is_utf8([name, value]):
            field = f"properties.{legible(name)}"
            return Fault("E32", field, say.NOT_UTF8.format(field=field))
    return None


def is_utf8(value: Any) -> bool:
    """Whether a JSON value can be written again."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


def legible(text: str) -> str:
    """Text with a question mark for whatever is not UTF-8."""
    return text.encode(errors="replace").decode()


def large_values(properties: dict[str, Any]) -> list[str]:
    """The names of lists and objects beyond 8 KB."""
    return [
        name
        for name, value in properties.items()
        if isinstance(value, (dict, list)) and len(orjson.dumps(value)) > LARGE_VALUE
    ]


def cut(value: dict[str, Any] | list[Any]) -> None:
    """Shorten every text in place to the characters that Mixpanel keeps."""
    places: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for place, inner in places:
        if isinstance(inner, str):
            if len(inner) > LIMIT:
                value[place] = inner[:LIMIT]
        elif isinstance(inner, (dict, list)):
            cut(inner)
