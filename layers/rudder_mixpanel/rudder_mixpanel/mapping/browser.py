"""Detects the browser from a user agent, under the names that RudderStack reports.

RudderStack uses ua-parser-js; docs/decisions/0008 explains why this is not a Python parser.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rudder_mixpanel.message.values import NOTHING

# Longer user agents are truncated, so that the cache cannot grow without bound.
USER_AGENT_LENGTH: Final = 500


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's name, and the pattern that matches its user agents; its group is the version."""

    name: str
    pattern: re.Pattern[str]


def browser_by_pattern(name: str, pattern: str) -> Browser:
    """A browser matched by a pattern, in which `VERSION` stands for the version."""
    return Browser(name, re.compile(pattern.replace("VERSION", r"([\w.]+)"), re.IGNORECASE))


def browser_by_product(name: str, *tokens: str) -> Browser:
    """A browser matched by a product token followed by a version."""
    return browser_by_pattern(name, rf"\b(?:{'|'.join(tokens)})/VERSION")


# The first match wins: most user agents also contain the tokens of browsers further down.
BROWSERS: Final = (
    browser_by_product("Chrome", "CriOS"),
    browser_by_product("Edge", "Edg", "EdgA", "EdgiOS", "Edge"),
    browser_by_pattern("Opera Mini", r"Opera Mini/VERSION"),
    browser_by_pattern("Opera", r"Opera.+Version/VERSION"),
    browser_by_pattern("Opera", r"Opera[ /]VERSION"),
    browser_by_product("Opera Mini", "OPiOS"),
    browser_by_product("Opera GX", "OPX", "OPRGX"),
    browser_by_product("Opera", "OPR"),
    browser_by_product("Maxthon", "Maxthon"),
    browser_by_pattern("IEMobile", r"IEMobile[ /]VERSION"),
    browser_by_pattern("IE", r"\bMSIE VERSION"),
    browser_by_product("Epiphany", "Epiphany"),
    browser_by_product("Silk", "Silk"),
    browser_by_product("Iron", "Iron"),
    browser_by_product("Vivaldi", "Vivaldi"),
    browser_by_product("PhantomJS", "PhantomJS"),
    browser_by_product("Falkon", "Falkon"),
    browser_by_product("Puffin", "Puffin"),
    browser_by_product("Brave", "Brave"),
    browser_by_product("Whale", "Whale"),
    browser_by_product("DuckDuckGo", "DuckDuckGo", "Ddg"),
    browser_by_pattern("UCBrowser", r"\bUC ?Browser[ /]?VERSION"),
    browser_by_product("WeChat", "MicroMessenger"),
    browser_by_pattern("IE", r"Trident/[^)]+rv[: ]VERSION\) like Gecko"),
    browser_by_product("Yandex", "YaBrowser"),
    browser_by_product("Firefox Focus", "Focus"),
    browser_by_product("Opera Touch", "OPT"),
    browser_by_product("Opera Coast", "Coast"),
    browser_by_product("MIUI Browser", "MiuiBrowser"),
    browser_by_product("Firefox", "FxiOS"),
    browser_by_product("Oculus Browser", "OculusBrowser"),
    browser_by_product("Huawei Browser", "HuaweiBrowser"),
    browser_by_product("Samsung Internet", "SamsungBrowser"),
    browser_by_pattern("Electron", r"Electron/VERSION Safari"),
    browser_by_product("QQBrowser", "QQBrowser", "MQQBrowser"),
    browser_by_pattern("LinkedIn", r"\[LinkedInApp\]"),
    browser_by_pattern("Facebook", r";FBAV/VERSION;"),
    browser_by_pattern("KAKAOTALK", r"\bKAKAOTALK[ /]VERSION"),
    browser_by_pattern("Line", r"\bLine/VERSION/IAB"),
    browser_by_pattern("Instagram", r"\bInstagram[ /]VERSION"),
    browser_by_pattern("Snapchat", r"\bSnapchat[ /]VERSION"),
    browser_by_pattern("Chromium", r"\bChromium[ /]VERSION"),
    browser_by_pattern("GSA", r"\bGSA/VERSION .*Safari/"),
    browser_by_pattern("TikTok", r"musical_ly(?:.+app_?version/|_)VERSION"),
    browser_by_pattern("Twitter", r"Twitter for (?:iPhone|iPad|Android)/VERSION"),
    browser_by_pattern("Chrome Headless", r"HeadlessChrome/VERSION"),
    browser_by_product("Avast Secure Browser", "Avast"),
    browser_by_product("AVG Secure Browser", "AVG"),
    browser_by_pattern("Chrome WebView", r" wv\).+Chrome/VERSION"),
    browser_by_pattern("Android Browser", r"Android.+ Version/VERSION .*Safari"),
    browser_by_product("Chrome", "Chrome"),
    browser_by_pattern("Mobile Safari", r"Version/VERSION .*Mobile/\w+ Safari"),
    browser_by_pattern("Mobile Safari", r"Version/VERSION .*Mobile ?Safari"),
    browser_by_pattern("Safari", r"Version/VERSION .*Safari"),
    browser_by_pattern("Mobile Safari", r"WebKit.+Mobile ?Safari"),
    browser_by_pattern("Safari", r"WebKit.+Safari"),
    browser_by_pattern("WebKit", r"AppleWebKit/VERSION"),
    browser_by_product("SeaMonkey", "SeaMonkey"),
    browser_by_product("Firefox", "Firefox"),
)


def browser_properties(fields: Mapping[str, Any]) -> dict[str, str]:
    """`$browser` and `$browser_version` of a web event; empty when it is not from a browser."""
    if fields.get("channel") != "web":
        return NOTHING
    context = fields.get("context")
    user_agent = context.get("userAgent") if type(context) is dict else None
    return parse_user_agent(user_agent[:USER_AGENT_LENGTH]) if type(user_agent) is str else NOTHING


@lru_cache(maxsize=4096)
def parse_user_agent(user_agent: str) -> dict[str, str]:
    """The properties of the browser that sends this user agent; empty for other programs."""
    for browser in BROWSERS:
        if match := browser.pattern.search(user_agent):
            version = match[1] if browser.pattern.groups else None
            return {"$browser": browser.name} | ({"$browser_version": version} if version else {})
    return {}
