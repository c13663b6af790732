"""Detects the browser from a user agent, under the names that RudderStack reports.

RudderStack uses ua-parser-js; docs/decisions/0008 explains why this is not a Python parser.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

from rudder_mixpanel.message.values import NOTHING

# Longer user agents are truncated, so that the cache cannot grow without bound.
USER_AGENT_LENGTH: Final = 500


@dataclass(frozen=True)
class Browser:
    """A browser's name, and what matches its user agents; `VERSION` stands for the version."""

    name: str
    template: str

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The compiled template; compiled when it is first used, which keeps cold starts short."""
        return re.compile(self.template.replace("VERSION", r"([\w.]+)"), re.IGNORECASE)


def browser_by_product(name: str, *tokens: str) -> Browser:
    """A browser matched by a product token followed by a version."""
    return Browser(name, rf"\b(?:{'|'.join(tokens)})/VERSION")


# The first match wins: most user agents also contain the tokens of browsers further down.
BROWSERS: Final = (
    browser_by_product("Chrome", "CriOS"),
    browser_by_product("Edge", "Edg", "EdgA", "EdgiOS", "Edge"),
    Browser("Opera Mini", r"Opera Mini/VERSION"),
    Browser("Opera", r"Opera.+Version/VERSION"),
    Browser("Opera", r"Opera[ /]VERSION"),
    browser_by_product("Opera Mini", "OPiOS"),
    browser_by_product("Opera GX", "OPX", "OPRGX"),
    browser_by_product("Opera", "OPR"),
    browser_by_product("Maxthon", "Maxthon"),
    Browser("IEMobile", r"IEMobile[ /]VERSION"),
    Browser("IE", r"\bMSIE VERSION"),
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
    Browser("UCBrowser", r"\bUC ?Browser[ /]?VERSION"),
    browser_by_product("WeChat", "MicroMessenger"),
    Browser("IE", r"Trident/[^)]+rv[: ]VERSION\) like Gecko"),
    browser_by_product("Yandex", "YaBrowser"),
    browser_by_product("Firefox Focus", "Focus"),
    browser_by_product("Opera Touch", "OPT"),
    browser_by_product("Opera Coast", "Coast"),
    browser_by_product("MIUI Browser", "MiuiBrowser"),
    browser_by_product("Firefox", "FxiOS"),
    browser_by_product("Oculus Browser", "OculusBrowser"),
    browser_by_product("Huawei Browser", "HuaweiBrowser"),
    browser_by_product("Samsung Internet", "SamsungBrowser"),
    Browser("Electron", r"Electron/VERSION Safari"),
    browser_by_product("QQBrowser", "QQBrowser", "MQQBrowser"),
    Browser("LinkedIn", r"\[LinkedInApp\]"),
    Browser("Facebook", r";FBAV/VERSION;"),
    Browser("KAKAOTALK", r"\bKAKAOTALK[ /]VERSION"),
    Browser("Line", r"\bLine/VERSION/IAB"),
    Browser("Instagram", r"\bInstagram[ /]VERSION"),
    Browser("Snapchat", r"\bSnapchat[ /]VERSION"),
    Browser("Chromium", r"\bChromium[ /]VERSION"),
    Browser("GSA", r"\bGSA/VERSION .*Safari/"),
    Browser("TikTok", r"musical_ly(?:.+app_?version/|_)VERSION"),
    Browser("Twitter", r"Twitter for (?:iPhone|iPad|Android)/VERSION"),
    Browser("Chrome Headless", r"HeadlessChrome/VERSION"),
    browser_by_product("Avast Secure Browser", "Avast"),
    browser_by_product("AVG Secure Browser", "AVG"),
    Browser("Chrome WebView", r" wv\).+Chrome/VERSION"),
    Browser("Android Browser", r"Android.+ Version/VERSION .*Safari"),
    browser_by_product("Chrome", "Chrome"),
    Browser("Mobile Safari", r"Version/VERSION .*Mobile/\w+ Safari"),
    Browser("Mobile Safari", r"Version/VERSION .*Mobile ?Safari"),
    Browser("Safari", r"Version/VERSION .*Safari"),
    Browser("Mobile Safari", r"WebKit.+Mobile ?Safari"),
    Browser("Safari", r"WebKit.+Safari"),
    Browser("WebKit", r"AppleWebKit/VERSION"),
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
