"""The parts of a message by path, found without the code that explains them."""

import json
import re
from typing import Any

type Keys = tuple[str | int, ...]


def parts_of(value: Any, keys: Keys = ()) -> dict[Keys, Any]:
    """A value and everything in it, by the keys that lead to it."""
    parts = {keys: value}
    items: Any = value.items() if isinstance(value, dict) else ()
    for key, item in enumerate(value) if isinstance(value, list) else items:
        parts |= parts_of(item, (*keys, key))
    return parts


def leaves_of(message: dict[str, Any]) -> dict[Keys, Any]:
    """The values of a message that contain no others."""
    return {keys: part for keys, part in parts_of(message).items() if not has_parts(part)}


def has_parts(value: Any) -> bool:
    """Whether a value contains others."""
    return isinstance(value, dict | list) and bool(value)


def written(keys: Keys) -> str:
    """A path as an explanation writes it."""
    text = "".join(
        f"[{key}]"
        if isinstance(key, int)
        else f".{key}"
        if re.fullmatch(r"[\w$-]+", key)
        else f"[{json.dumps(key, ensure_ascii=False)}]"
        for key in keys
    )
    return text.removeprefix(".")


def sentences_about(keys: Keys, sentences: dict[str, str]) -> list[str]:
    """The sentences about a part of a message: about itself, or what it lies in."""
    prefixes = (written(keys[:size]) for size in range(len(keys) + 1))
    return [sentences[prefix] for prefix in prefixes if prefix in sentences]


def with_part(value: Any, keys: Keys, part: Any) -> Any:
    """A copy of a value with another part."""
    if not keys:
        return part
    copy = value.copy()
    copy[keys[0]] = with_part(value[keys[0]], keys[1:], part)
    return copy
