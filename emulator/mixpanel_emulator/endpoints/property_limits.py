"""Limits on the size, depth and encoding of an event's properties."""

from typing import Any, Final

import orjson

from mixpanel_emulator import messages
from mixpanel_emulator.endpoints.exchange import RecordError

LIMIT: Final = 255  # of properties, keys and elements, and of the characters of a text or name
EVENT_VALUE_BYTES: Final = 8 * 1024
PROFILE_VALUE_BYTES: Final = 256 * 1024


def find_limit_error(properties: dict[str, Any], max_depth: int) -> RecordError | None:
    """Return the error of the first limit that these properties exceed."""
    if len(properties) >= LIMIT:
        return RecordError("E30", "properties", messages.TOO_MANY_PROPERTIES)
    for name, value in properties.items():
        if isinstance(value, (dict, list)):
            message = find_nested_error(value, 1, max_depth)
            if message:
                field = f"properties.{name}"
                return RecordError("E30", field, message.format(field=field, depth=max_depth))
    return None


def find_nested_error(value: dict[str, Any] | list[Any], depth: int, max_depth: int) -> str | None:
    """Return the error of a list or object; one that is itself a property has depth 1."""
    if depth > max_depth:
        return messages.TOO_DEEP
    if len(value) >= LIMIT:
        return messages.TOO_MANY_KEYS if isinstance(value, dict) else messages.TOO_MANY_ELEMENTS
    for inner in value.values() if isinstance(value, dict) else value:
        if isinstance(inner, (dict, list)):
            message = find_nested_error(inner, depth + 1, max_depth)
            if message:
                return message
    return None


def utf8_error(record: dict[str, Any]) -> RecordError | None:
    """Return the error of the first field whose text is not UTF-8."""
    for name, value in record.items():
        if name != "properties" and not is_utf8([name, value]):
            return not_utf8(legible(name))
    properties = record.get("properties")
    for name, value in properties.items() if isinstance(properties, dict) else ():
        if not is_utf8([name, value]):
            return not_utf8(f"properties.{legible(name)}")
    return None


def not_utf8(field: str) -> RecordError:
    """Build the error of a field whose text is not UTF-8."""
    return RecordError("E32", field, messages.NOT_UTF8.format(field=field))


def is_utf8(value: Any) -> bool:
    """Whether all text of a JSON value can be encoded again."""
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return False
    return True


def legible(text: str) -> str:
    """Replace whatever is not UTF-8 by question marks."""
    return text.encode(errors="replace").decode()


def large_values(properties: dict[str, Any], most_bytes: int) -> list[str]:
    """Return the names of lists and objects that are larger than this."""
    return [
        name
        for name, value in properties.items()
        if isinstance(value, (dict, list)) and len(orjson.dumps(value)) > most_bytes
    ]


def truncate_texts(value: dict[str, Any] | list[Any]) -> bool:
    """Truncate every text and name, in place, and return whether one was too long."""
    cut = isinstance(value, dict) and truncate_names(value)
    entries: Any = value.items() if isinstance(value, dict) else enumerate(value)
    for key, inner in entries:
        if isinstance(inner, str):
            if len(inner) > LIMIT:
                value[key] = inner[:LIMIT]
                cut = True
        elif isinstance(inner, (dict, list)):
            cut |= truncate_texts(inner)
    return cut


def truncate_names(value: dict[str, Any]) -> bool:
    """Truncate the names of an object, in place, and return whether one was too long."""
    if all(len(name) <= LIMIT for name in value):
        return False
    shortened = {name[:LIMIT]: inner for name, inner in value.items()}
    value.clear()
    value.update(shortened)
    return True
