"""The ids of users, devices and groups: how they are sent, compared and deleted.

All modules spell an id by these functions: mapping sends `usable_id` or `device_id`, suppression
and reports compare `plain_id`, and deletion names `deleted_ids`.
"""

import re
from collections.abc import Iterable
from math import isfinite
from typing import Any, Final
from unicodedata import normalize

from rudder_mixpanel.message.values import js_text

# Mixpanel's prefix of the ids of devices: https://docs.mixpanel.com/docs/tracking-methods/id-management
DEVICE: Final = "$device:"
PREFIXES: Final = re.compile(r"(?:\s*+\$device:)*+")
# What stands in a rejected event for text that may be a credential; as an id it would merge users.
REMOVED: Final = "[removed]"
# Placeholders that identify nobody. Mixpanel rejects them on events, and users would merge on them.
# https://developer.mixpanel.com/reference/import-events#propertiesdistinct_id
JUNK: Final = frozenset(
    {
        "",
        "00000000-0000-0000-0000-000000000000",
        "anon",
        "anonymous",
        "nil",
        "none",
        "null",
        "n/a",
        "na",
        "undefined",
        "unknown",
        "<nil>",
        "0",
        "-1",
        "true",
        "false",
        "[]",
        "{}",
        REMOVED,
        "lmy47d",
    }
)
# The properties that identify users: https://docs.mixpanel.com/docs/tracking-methods/id-management
IDENTITIES: Final = frozenset(
    {"distinct_id", "$distinct_id", "$user_id", "$device_id", "alias", "$distinct_ids"}
)
# These, and the fields of a message that identify users
ID_FIELDS: Final = IDENTITIES | {"userId", "anonymousId", "previousId"}
# Users of one message that are looked up. A real one names few.
MOST_NAMED: Final = 200


def usable_id(value: Any) -> str | None:
    """An id as text; None when it is missing, not text or a number, or a placeholder."""
    text = value if type(value) is str else id_as_text(value)
    if text is None:
        return None
    plain = text.strip()
    if DEVICE in plain:
        plain = without_prefix(plain).strip()
    return None if plain.lower() in JUNK else text


def id_as_text(value: Any) -> str | None:
    """An id as text, a number as Mixpanel reads it; None for what is neither text nor a number."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    return None if isinstance(value, float) and not isfinite(value) else js_text(value)


def device_id(value: Any) -> str | None:
    """The usable id of a device, as simplified ID merge has it: without Mixpanel's prefix."""
    text = usable_id(value)
    return text if text is None or DEVICE not in text else without_prefix(text)


def without_prefix(text: str) -> str:
    """An id without Mixpanel's prefix for devices, however often it was added."""
    return text[PREFIXES.match(text).end() :]  # type: ignore[union-attr]  # it matches empty text


def plain_id(text: str) -> str:
    """The one form in which all spellings of an id are compared.

    Blanks around it, Mixpanel's prefix and the Unicode form of its characters do not count.
    """
    plain = without_prefix(text).strip()
    return plain if plain.isascii() else normalize("NFC", plain)


def deleted_ids(identifier: str, value: str, *, simplified: bool) -> list[str]:
    """The ids under which Mixpanel may know a user by one identifier; none for an empty value.

    Events are sent as they are spelled, so the spellings with and without blanks, and in both
    Unicode forms, are all named. A device has Mixpanel's prefix, in original merge if its library
    adds it.
    """
    texts = spellings(value)
    if identifier != "anonymousId" and not any(text.startswith(DEVICE) for text in texts):
        return texts
    devices = [device for text in texts for device in spellings(without_prefix(text))]
    named = [f"{DEVICE}{device}" for device in devices]
    if not simplified:
        named = [*texts, *devices, *named]
    elif identifier != "anonymousId":
        named = [*texts, *named]
    else:
        # RudderStack adds the prefix to an anonymousId that has one already.
        named += [f"{DEVICE}{text}" for text in texts if text.startswith(DEVICE)]
    return list(dict.fromkeys(named))


def spellings(value: str) -> list[str]:
    """A value as it is, without the blanks around it, and in both Unicode forms."""
    texts = [value, value.strip()]
    if not value.isascii():
        texts += [normalize("NFC", texts[1]), normalize("NFD", texts[1])]
    return [text for text in dict.fromkeys(texts) if text]


def group_id(value: Any) -> Any:
    """The id of a group as text; lists, objects and null, which are no ids, stay as they are."""
    return value if value is None or isinstance(value, dict | list) else js_text(value)


def group_ids(value: Any) -> Any:
    """The id of a group, or a list of ids, as text."""
    return [group_id(item) for item in value] if isinstance(value, list) else group_id(value)


def set_group_ids(values: dict[str, Any], keys: Iterable[str]) -> None:
    """Replace the ids of groups under these keys by their text."""
    for key in keys:
        if key in values:
            values[key] = group_ids(values[key])


def with_group_ids(values: dict[str, Any], keys: Iterable[str]) -> dict[str, Any]:
    """Values with the ids of groups under these keys as text; the same object if there are none."""
    ids = {key: group_ids(values[key]) for key in keys if key in values}
    return {**values, **ids} if ids else values


def ids_named_by(content: Any) -> frozenset[str]:
    """The usable ids in the identity fields of a message, or of an envelope, at any depth."""
    ids: set[str] = set()
    left: list[Any] = [content]
    while left and len(ids) < MOST_NAMED:
        value = left.pop()
        if isinstance(value, dict):
            named = (value[name] for name in ID_FIELDS if name in value)
            ids.update(id_ for field in named for id_ in usable_ids(field))
        if isinstance(value, dict | list):
            inner = value.values() if isinstance(value, dict) else value
            left += [item for item in inner if isinstance(item, dict | list)]
    return frozenset(ids)


def usable_ids(value: Any) -> list[str]:
    """The usable ids in an identity field, which may be a list."""
    values = value if isinstance(value, list) else [value]
    return [id_ for item in values if (id_ := usable_id(item)) is not None]
