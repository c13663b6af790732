"""JSON values as RudderStack's transformer treats them, where JavaScript and Python differ."""

from typing import Any, Final

# The empty object that stands for a missing one; it is never written to.
NOTHING: Final[dict[str, Any]] = {}


def is_sendable(value: Any) -> bool:
    """Whether a mapped value is sent: not null and not empty text; 0, false, [] and {} are sent."""
    # Only text can equal "".
    return value is not None and value != ""


def truthy(value: Any) -> bool:
    """Whether JavaScript treats a value as true: [] and {} are, 0, NaN and empty text are not."""
    return bool(value and value == value) or type(value) is list or type(value) is dict  # noqa: PLR0124


def has_content(value: Any) -> bool:
    """Whether a value has content: blank text, [] and {} have none, 0 and false have."""
    if type(value) is str:
        return value != "" and not value.isspace()
    if type(value) is list or type(value) is dict:
        return bool(value)
    return value is not None and value == value  # noqa: PLR0124 - NaN


def as_object(value: Any) -> dict[str, Any]:
    """An object as it is, a list as an object of its indexes, anything else as an empty object."""
    if type(value) is dict:
        return value
    return {str(i): item for i, item in enumerate(value)} if isinstance(value, list) else NOTHING


def js_text(value: Any) -> str:
    """A value as JavaScript converts it to text."""
    if type(value) is int:
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        whole = value.is_integer() and abs(value) < 1e21  # noqa: PLR2004 - JavaScript's own bound
        return str(int(value)) if whole else str(value).replace("e-0", "e-")
    if not isinstance(value, list):
        return "[object Object]"
    return ",".join("" if item is None else js_text(item) for item in value)
