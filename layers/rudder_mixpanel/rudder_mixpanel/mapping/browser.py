"""The browser behind a user agent, under the names that the peer's charts already show.

The peer asks ua-parser-js; docs/decisions/0008 says why no parser for Python stands in for it.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

from rudder_mixpanel.message.values import NOTHING

# Longer ones are cut, so that no sender's user agents fill the memory.
LONGEST: Final = 500


@dataclass(frozen=True, slots=True)
class Browser:
    """A browser's name, and what of a user agent tells it; its group is the version."""

    name: str
    told_by: re.Pattern[str]


def told(name: str, pattern: str) -> Browser:
    """A browser that a pattern tells; `VERSION` in it stands for what is taken as its version."""
    return Browser(name, re.compile(pattern.replace("VERSION", r"([\w.]+)"), re.IGNORECASE))


def product(name: str, *tokens: str) -> Browser:
    """A browser that is told by a product token with a version behind it."""
    return told(name, rf"\b(?:{'|'.join(tokens)})/VERSION")


# The first that fits counts: nearly all of them also say that they are like others below.
BROWSERS: Final = (
    product("Chrome", "CriOS"),
    product("Edge", "Edg", "EdgA", "EdgiOS", "Edge"),
    told("Opera Mini", r"Opera Mini/VERSION"),
    told("Opera", r"Opera.+Version/VERSION"),
    told("Opera", r"Opera[ /]VERSION"),
    product("Opera Mini", "OPiOS"),
    product("Opera GX", "OPX", "OPRGX"),
    product("Opera", "OPR"),
    product("Maxthon", "Maxthon"),
    told("IEMobile", r"IEMobile[ /]VERSION"),
    told("IE", r"\bMSIE VERSION"),
    product("Epiphany", "Epiphany"),
    product("Silk", "Silk"),
    product("Iron", "Iron"),
    product("Vivaldi", "Vivaldi"),
    product("PhantomJS", "PhantomJS"),
    product("Falkon", "Falkon"),
    product("Puffin", "Puffin"),
    product("Brave", "Brave"),
    product("Whale", "Whale"),
    product("DuckDuckGo", "DuckDuckGo", "Ddg"),
    told("UCBrowser", r"\bUC ?Browser[ /]?VERSION"),
    product("WeChat", "MicroMessenger"),
    told("IE", r"Trident/[^)]+rv[: ]VERSION\) like Gecko"),
    product("Yandex", "YaBrowser"),
    product("Firefox Focus", "Focus"),
    product("Opera Touch", "OPT"),
    product("Opera Coast", "Coast"),
    product("MIUI Browser", "MiuiBrowser"),
    product("Firefox", "FxiOS"),
    product("Oculus Browser", "OculusBrowser"),
    product("Huawei Browser", "HuaweiBrowser"),
    product("Samsung Internet", "SamsungBrowser"),
    told("Electron", r"Electron/VERSION Safari"),
    product("QQBrowser", "QQBrowser", "MQQBrowser"),
    told("LinkedIn", r"\[LinkedInApp\]"),
    told("Facebook", r";FBAV/VERSION;"),
    told("KAKAOTALK", r"\bKAKAOTALK[ /]VERSION"),
    told("Line", r"\bLine/VERSION/IAB"),
    told("Instagram", r"\bInstagram[ /]VERSION"),
    told("Snapchat", r"\bSnapchat[ /]VERSION"),
    told("Chromium", r"\bChromium[ /]VERSION"),
    told("GSA", r"\bGSA/VERSION .*Safari/"),
    told("TikTok", r"musical_ly(?:.+app_?version/|_)VERSION"),
    told("Twitter", r"Twitter for (?:iPhone|iPad|Android)/VERSION"),
    told("Chrome Headless", r"HeadlessChrome/VERSION"),
    product("Avast Secure Browser", "Avast"),
    product("AVG Secure Browser", "AVG"),
    told("Chrome WebView", r" wv\).+Chrome/VERSION"),
    told("Android Browser", r"Android.+ Version/VERSION .*Safari"),
    product("Chrome", "Chrome"),
    told("Mobile Safari", r"Version/VERSION .*Mobile/\w+ Safari"),
    told("Mobile Safari", r"Version/VERSION .*Mobile ?Safari"),
    told("Safari", r"Version/VERSION .*Safari"),
    told("Mobile Safari", r"WebKit.+Mobile ?Safari"),
    told("Safari", r"WebKit.+Safari"),
    told("WebKit", r"AppleWebKit/VERSION"),
    product("SeaMonkey", "SeaMonkey"),
    product("Firefox", "Firefox"),
)


def browser(fields: Mapping[str, Any]) -> dict[str, str]:
    """`$browser` and `$browser_version` of a web event; nothing for what is no browser."""
    if fields.get("channel") != "web":
        return NOTHING
    context = fields.get("context")
    user_agent = context.get("userAgent") if type(context) is dict else None
    return behind(user_agent[:LONGEST]) if type(user_agent) is str else NOTHING


@lru_cache(maxsize=4096)
def behind(user_agent: str) -> dict[str, str]:
    """The browser that introduces itself like this."""
    for one in BROWSERS:
        if found := one.told_by.search(user_agent):
            version = found[1] if one.told_by.groups else None
            return {"$browser": one.name} | ({"$browser_version": version} if version else {})
    return {}
