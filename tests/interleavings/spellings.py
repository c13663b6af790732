"""How events and regulations of a scenario spell an id, and which ids a request names.

Nothing here uses the package: the names in a request are compared in a way of their own.
"""

import re
from collections.abc import Iterable
from random import Random
from typing import Any, Final
from unicodedata import normalize

# Of three users, one has an accent in the name, and one a number as id.
USERS: Final = ("ann", "andr\u00e9", "4711")
AROUND: Final = re.compile(r"^(?:\s|\$device:)+|\s+$")
STRING_OR_NUMBER: Final = re.compile(r'"((?:[^"\\]|\\.)*)"|(?<![\w.-])(\d+)(?![\w.-])')


def spell(random: Random, plain: str) -> Any:
    """An id as a library or a sender may spell it; digits also as a number."""
    return int(plain) if plain.isdigit() and random.random() < 0.3 else spell_as_text(random, plain)


def spell_as_text(random: Random, plain: str) -> str:
    """An id with or without blanks and Mixpanel's prefix, in one of its Unicode forms."""
    blank, prefix = random.choice(["", "", " "]), random.choice(["", "", "$device:"])
    return f"{blank}{prefix}{normalize(random.choice(['NFC', 'NFD']), plain)}{blank}"


def plain_name(text: str) -> str:
    """The one name of all spellings of an id."""
    return normalize("NFC", AROUND.sub("", text))


def plain_names(texts: Iterable[str]) -> set[str]:
    """The names of these ids."""
    return {plain_name(text) for text in texts}


def names_in(text: str) -> set[str]:
    """The names of everything in a JSON that may be an id."""
    return plain_names(string or number for string, number in STRING_OR_NUMBER.findall(text))


def known_devices(user: dict[str, str], merge: str) -> set[str]:
    """The ids that a user's device has at Mixpanel, if events spell it as the user does."""
    device = user.get("anonymousId")
    if device is None:
        return set()
    before = re.match(r"(?:\s*\$device:)*", device)
    bare = device[before.end() :] if before else device
    return {f"$device:{bare}" if merge == "simplified" else device}
