"""Removes the values of fields that hold secrets from text that cannot be parsed."""

import re
from typing import Final

from rudder_mixpanel.message.identity import REMOVED

# The settings of a destination or a connection, and the credentials that RudderStack's server puts
# beside them, in lower case
SECRET_FIELDS: Final = frozenset(
    {
        *("config", "credentials", "secret", "secretconfig"),
        *("apisecret", "gdprapitoken", "serviceaccountsecret"),
    }
)
# The name of such a field and what follows it, at any level of JSON in JSON, each of which puts
# backslashes before the quotes. Other forms than JSON's have no `quote`: JSON that was escaped for
# HTML, and objects that a language has printed.
SECRET_FIELD: Final = re.compile(
    r"""
    (?:(?P<quote>(?<!\\)\\*+")|(?<!\\)\\++u00(?:22|27)|(?<![\w-]))
    (?:secretconfig|config|credentials|secret|apisecret|gdprapitoken|serviceaccountsecret)
    (?(quote)(?P=quote)|(?:\\*+["'`]|\\++u00(?:22|27))?+)
    (?:\s|\\++[nrt])*+[:=](?:\s|\\++[nrt])*+
    """,
    re.IGNORECASE | re.VERBOSE,
)
# Where the value of a field can begin or end
MARKS: Final = re.compile(r'(?<!\\)\\*+"|[{}\[\]]')
SCALAR: Final = re.compile(r"[-+.\w]*+")
ESCAPED_LETTER: Final = re.compile(r"\\++u00([46][1-9a-f]|[57][0-9a])", re.IGNORECASE)
PERCENT: Final = re.compile("%([2-7][0-9a-f])", re.IGNORECASE)
# What may follow a value: the next field, the end of an object, or the end of a text
AFTER_VALUE: Final = re.compile(r"""\s*+(?:[,}\]]|\\|["'`]\s*+(?:[,}\]]|$)|$)""")
# Only a transformer's envelope has settings, and it names its destination.
ENVELOPE: Final = re.compile("destination|connection", re.IGNORECASE)


def remove_secret_values(text: str) -> str:
    """The text with a placeholder for each value of a field that holds secrets.

    Where it is unknown where the value ends, nothing after it is kept.
    """
    if names_secrets(unescaped := without_escapes(text)):
        text = unescaped
    if not names_secrets(text):
        return text
    kept: list[str] = []
    position = 0
    is_envelope = ENVELOPE.search(text) is not None
    while (field := SECRET_FIELD.search(text, position)) is not None:
        quote = field["quote"]
        if quote is None and not is_envelope:
            kept.append(text[position : field.end()])
            position = field.end()
            continue
        kept += text[position : field.end()], placeholder(quote or '"')
        position = len(text) if quote is None else value_end(text, field.end(), len(quote) - 1)
    return "".join([*kept, text[position:]])


def without_escapes(text: str) -> str:
    """The text without the escapes of letters, of addresses and of HTML, if it has any."""
    text = ESCAPED_LETTER.sub(lambda found: chr(int(found[1], 16)), text)
    if text.count("%22") > 1:
        text = PERCENT.sub(lambda found: chr(int(found[1], 16)), text)
    return text.replace("&quot;", '"').replace("&#34;", '"')


def names_secrets(text: str) -> bool:
    """Whether the name of a field that holds secrets is anywhere in a text."""
    lower = text.lower()
    return any(name in lower for name in SECRET_FIELDS)


def placeholder(quote: str) -> str:
    """What stands for a removed value, as text between quotes like those of its name."""
    return f"{quote}{REMOVED}{quote}"


def value_end(text: str, start: int, backslashes: int) -> int:
    """Where the value ends whose quotes have so many backslashes; the end of the text if unknown.

    A quote inside a string of the value has more of them; a quote with fewer ends the text that the
    value is in. Where something else follows than another field, the text is broken in the value.
    """
    if not text.startswith(("{", "[", "\\" * backslashes + '"'), start):
        scalar = SCALAR.match(text, start)
        return start if scalar is None else scalar.end()
    depth, in_string = 0, False
    for mark in MARKS.finditer(text, start):
        if mark[0].endswith('"'):
            before = len(mark[0]) - 1
            if before < backslashes:
                return mark.start() if AFTER_VALUE.match(text, mark.end()) else len(text)
            if before % (2 * (backslashes + 1)) == backslashes:
                in_string = not in_string
        elif not in_string:
            depth += 1 if mark[0] in "{[" else -1
        if depth == 0 and not in_string:
            return mark.end() if AFTER_VALUE.match(text, mark.end()) else len(text)
    return len(text)
