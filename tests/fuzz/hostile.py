"""Values and texts that no sender should send, and that some sender will."""

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

# Units whose repetition makes a careless pattern slow, or that look like something else.
UNITS: Final = (
    *(" ", "\t", "\n", "a", "A", "0", "9", ".", "-", "/", "%", "&", "=", "{", "}", "|", "\\", '"'),
    *("{{", "{{ a", "{{ event.", "}}", "||", "..", "a.", "0.", "1e", "-1", "\\ud8", "\\\\", "%f0"),
    *("é", "ß", "İ", "ﬃ", "\u0000", "\ufffd", "\u200b", "\u2028", "😀", "e\u0301", "\u202e"),
    *("Mozilla/5.0 (", "Chrome/1", "Version/", "Safari/", "; ", "(", "Android ", "CriOS/1 "),
    *("$device:", "https://", "http://a@", "?utm_source=", "[", "::", "null", "true"),
)
TIMES: Final = (
    *("2026-12-31T12:00:00Z", "2026-12-31T12:00:00.123456789Z", "0001-01-01T00:00:00+14:00"),
    *("9999-12-31T23:59:59-14:00", "2026-02-30T00:00:00Z", "2026-12-31", "2026-W01-1", "20261231"),
    *("+275760-09-13T00:00:00.000Z", "-000001-01-01T00:00:00Z", "1798718400", "1798718400000"),
    *("Thu, 31 Dec 2026 12:00:00 GMT", "2026-12-31T24:00:00Z", "2026-12-31T12:00:60Z"),
    *("2026-12-31T12:00:00+99:99", "2026-12-31T12:00:00.Z", "2026-12-31T12:00:00+00:00:01"),
)
WORDS: Final = (
    *("", "null", "undefined", "NaN", "[object Object]", "none", "0", "-0", "1e5", "1e400", "0x10"),
    *("true", "{{ event.userId || x }}", "{{ || }}", "$device:d-1", "00000000-0000-0000"),
    *("web", "android", "iOS", "reverse_geocoding", "track", "alias", "Order Completed", "5", "-1"),
    *TIMES,
)
NUMBERS: Final = (
    *(0, -0.0, 1, -1, 0.1, 5, 2**31, 2**53 + 1, 2**63 - 1, -(2**63), 2**63, 2**64 - 1),
    *(1e15, 1e16, 1e21, 1e22, 1e308, 5e-324, -1e308, 1798718400, 1798718400000, 1.5e18, 8.64e15),
)
# Names with a meaning to the mapping or to an envelope
NAMES: Final = (
    *("type", "event", "userId", "anonymousId", "previousId", "groupId", "messageId", "name"),
    *("category", "properties", "traits", "context", "integrations", "timestamp", "channel"),
    *("originalTimestamp", "sentAt", "receivedAt", "session_id", "revenue", "products", "value"),
    *("price", "quantity", "total", "ip", "userAgent", "page", "url", "referrer", "campaign", "os"),
    *("device", "location", "geoSource", "active", "library", "screen", "network", "app", "token"),
    *("$email", "$user_id", "$device_id", "$insert_id", "distinct_id", "time", "$distinct_ids"),
    *("company", "email", "address", "city", "firstName", "lastName", "createdAt", "a", "a.b", "0"),
    *("batch", "Records", "detail", "detail-type", "source", "Sns", "Type", "Message", "kinesis"),
    *("data", "partitionKey", "body", "isBase64Encoded", "requestContext", "message", "metadata"),
    *("destination", "__proto__", "constructor", "", ".", "..", "consentManagement", "All"),
    *("deniedConsentIds", "provider", "Mixpanel", "initial_referrer", "density", "width"),
)
COUNTS: Final = (1, 2, 9, 254, 255, 256, 1000)
LENGTHS: Final = (1, 36, 37, 255, 256, 257, 1000, 5000)
LONG: Final = (20_000, 100_000)
DEPTHS: Final = (1, 3, 9, 10, 11, 50, 254, 1000)


def long_text(random: Random) -> str:
    """A text that repeats something, and ends in something else."""
    unit = random.choice(UNITS)
    length = random.choice(LONG if random.random() < 0.1 else LENGTHS)
    text = unit * (length // len(unit) + 1)
    first, last = random.choice(("", "x", "\n", "!")), random.choice(("", "x", "\n", "Z", "}}"))
    return first + text + last


def mixed_text(random: Random) -> str:
    """A text of a few units."""
    return "".join(random.choices((*UNITS, *WORDS), k=random.randint(1, 8)))


def any_characters(random: Random) -> str:
    """A text of characters from everywhere but the surrogates."""
    points = [random.choice((random.randrange(0xD800), random.randrange(0xE000, 0x110000)))]
    return "".join(map(chr, points * random.choice(LENGTHS[:4])))


def deep_value(random: Random) -> Any:
    """A value within many lists or objects."""
    value: Any = random.choice(WORDS)
    name = random.choice((None, "a", random.choice(NAMES)))
    for _ in range(random.choice(DEPTHS)):
        value = [value] if name is None else {name: value}
    return value


def many_keys(random: Random) -> dict[str, Any]:
    """An object with many keys."""
    value: Any = random.choice((1, "x", [], {}))
    prefix = random.choice(("k", "$k", "a.", " "))
    return {f"{prefix}{number}": value for number in range(random.choice(COUNTS))}


def many_elements(random: Random) -> list[Any]:
    """A list with many elements."""
    element: Any = random.choice((1, "x", [], {}, {"sku": "s-1", "price": 1, "quantity": 2}))
    return [element] * random.choice(COUNTS)


KINDS: Final[tuple[Callable[[Random], Any], ...]] = (
    lambda random: random.choice(WORDS),
    lambda random: random.choice(NUMBERS),
    lambda random: random.choice((None, True, False, [], {}, [[]], [{}], {"": ""})),
    long_text,
    mixed_text,
    any_characters,
    deep_value,
    many_keys,
    many_elements,
)


def hostile_value(random: Random) -> Any:
    """Any value that JSON can express."""
    return random.choice(KINDS)(random)


# What JSON's grammar lacks or allows, but Python's encoder does not write
RAW_VALUES: Final = (
    *("NaN", "Infinity", "-Infinity", "1e400", "-1e400", "9" * 30, "9" * 5000, "-" + "9" * 400),
    *("1." + "0" * 500 + "1", "0" * 9, "1E+05", "01", "+1", ".5", "'a'", "undefined", "/* a */ 1"),
    *(
        r'"\ud800"',
        r'"\udc00\ud800"',
        r'"\ud83d\ude00"',
        r'"\\ud800"',
        r'"\u0000"',
        '"\x01"',
        '"\t"',
    ),
    *('{"a":1,"a":2}', '{"type":"track","type":"alias"}', "[" * 300 + "]" * 300, '"\\x"', "{", "]"),
)


def damaged_text(random: Random, text: str) -> str:
    """A JSON text with something that is not, or hardly, JSON."""
    place = random.randrange(len(text) + 1)
    match random.randrange(6):
        case 0:
            return text[:place]
        case 1:
            return text[:place] + text[place + random.randint(1, 5) :]
        case 2:
            return text[:place] + random.choice((*UNITS, "\x00", "\ufeff")) + text[place:]
        case 3:
            return text.replace('"', random.choice((r"\ud83d" + '"', r"\\" + '"', "'")), 3)
        case _:
            number = random.randint(1, 9)
            old = json.dumps(random.choice(("user-1", number)))
            return text.replace(old, random_raw(random), 3)


def random_raw(random: Random) -> str:
    """A raw value, or what repeats until it is long."""
    if random.random() < 0.2:
        return '"' + random.choice((r"\ud800", r"\\", r"\u00e9", "é", r"\ud83d\ude00")) * 3000 + '"'
    if random.random() < 0.1:
        depth = random.choice((1000, 1100, 20_000))
        return random.choice(("[" * depth + "]" * depth, '{"a":' * depth + "1" + "}" * depth))
    return random.choice(RAW_VALUES)
