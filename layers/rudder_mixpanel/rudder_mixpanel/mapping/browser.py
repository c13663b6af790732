"""Detects the browser from a user agent, under the names that RudderStack reports.

RudderStack uses ua-parser-js; docs/decisions/0008 explains why this is not a Python parser.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from rudder_mixpanel.mapping.browsers import BROWSERS
from rudder_mixpanel.message.values import NOTHING

# As in ua-parser-js, longer user agents are truncated. This bounds the cache and the searches.
USER_AGENT_LENGTH: Final = 500
# What JavaScript's `\s` means, and what its `.` does not match
WHITESPACE: Final = "\t\n\v\f\r \xa0\u1680\u2028\u2029\u202f\u205f\u3000\ufeff" + "".join(
    map(chr, range(0x2000, 0x200B))
)
LINE_ENDS: Final = str.maketrans(dict.fromkeys("\r\u2028\u2029", "\n"))
# Characters that JavaScript counts as two
ASTRAL: Final = "[\U00010000-\U0010ffff]"

# A pattern is only tried where one of its words occurs. Few are, and the others stay uncompiled.
PATTERNS: Final = tuple((word, browser) for browser in BROWSERS for word in browser.words)


def browser_properties(fields: Mapping[str, Any]) -> dict[str, str]:
    """`$browser` and `$browser_version` of a web event; empty when it is not from a browser."""
    if fields.get("channel") != "web":
        return NOTHING
    context = fields.get("context")
    user_agent = context.get("userAgent") if type(context) is dict else None
    if type(user_agent) is not str:
        return NOTHING
    return parse_user_agent(
        user_agent if len(user_agent) <= USER_AGENT_LENGTH else truncated(user_agent)
    )


@lru_cache(maxsize=4096)
def parse_user_agent(user_agent: str) -> dict[str, str]:
    """The properties of the browser that sends this user agent; empty for other programs."""
    ascii_text = user_agent if user_agent.isascii() else as_ascii(user_agent)
    lower_case = ascii_text.lower().replace("\r", "\n")
    for word, browser in PATTERNS:
        if word in lower_case and (found := browser.search(ascii_text, lower_case)):
            name, version = found
            return {"$browser": name} | ({"$browser_version": version} if version else {})
    return {}


def as_ascii(user_agent: str) -> str:
    """The characters that count, with others replaced: no browser's name or version has them."""
    units = truncated(re.sub(ASTRAL, "??", user_agent))
    return units.translate(LINE_ENDS).encode("ascii", "replace").decode()


def truncated(user_agent: str) -> str:
    """The user agent's first 500 characters; only leading whitespace of longer ones is ignored."""
    if len(user_agent) <= USER_AGENT_LENGTH:
        return user_agent
    return user_agent.lstrip(WHITESPACE)[:USER_AGENT_LENGTH]
