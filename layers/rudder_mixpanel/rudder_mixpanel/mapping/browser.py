"""The browser behind a user agent, under the names that the peer's charts already show."""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from rudder_mixpanel.mapping.values import NOTHING

# ua-parser's family -> the peer's name, and the product tokens that carry its full version
BROWSERS: Final = {
    "Chrome": ("Chrome", ("Chrome",)),
    "Chrome Mobile": ("Chrome", ("Chrome",)),
    "Chrome Mobile iOS": ("Chrome", ("CriOS",)),
    "Chrome Mobile WebView": ("Chrome WebView", ("Chrome",)),
    "HeadlessChrome": ("Chrome Headless", ("HeadlessChrome",)),
    "Chromium": ("Chromium", ("Chromium",)),
    "Safari": ("Safari", ("Version",)),
    "Mobile Safari": ("Mobile Safari", ("Version",)),
    "Mobile Safari UI/WKWebView": ("WebKit", ("AppleWebKit",)),
    "Apple Mail": ("WebKit", ("AppleWebKit",)),
    "Firefox": ("Firefox", ("Firefox",)),
    "Firefox Mobile": ("Firefox", ("Firefox",)),
    "Firefox iOS": ("Firefox", ("FxiOS",)),
    "Edge": ("Edge", ("Edg", "Edge")),
    "Edge Mobile": ("Edge", ("EdgA", "EdgiOS", "Edge")),
    "Opera": ("Opera", ("OPR", "Version", "Opera")),
    "Opera Mobile": ("Opera", ("OPR", "Version")),
    "Opera Mini": ("Opera Mini", ("Opera Mini",)),
    "IE": ("IE", ("rv", "MSIE")),
    "Samsung Internet": ("Samsung Internet", ("SamsungBrowser",)),
    "Facebook": ("Facebook", ("FBAV",)),
    "Instagram": ("Instagram", ("Instagram",)),
    "Brave": ("Brave", ("Brave", "Brave Chrome")),
    "Vivaldi": ("Vivaldi", ("Vivaldi",)),
    "DuckDuckGo Mobile": ("DuckDuckGo", ("DuckDuckGo", "Ddg")),
    "DuckDuckGo": ("DuckDuckGo", ("DuckDuckGo", "Ddg")),
    "Yandex Browser": ("Yandex", ("YaBrowser",)),
    "UC Browser": ("UCBrowser", ("UCBrowser",)),
    # Less common, under the names of the parser that the peer uses
    "Amazon Silk": ("Silk", ("Silk",)),
    "Electron": ("Electron", ("Electron",)),
    "Facebook Messenger": ("Facebook", ("FBAV",)),
    "Google": ("GSA", ("GSA",)),
    "MiuiBrowser": ("MIUI Browser", ("MiuiBrowser",)),
    "Snapchat": ("Snapchat", ("Snapchat",)),
    "TikTok": ("TikTok", ("musical_ly",)),
    "WeChat Browser": ("WeChat", ("MicroMessenger",)),
    "Whale": ("Whale", ("Whale",)),
}
VERSION: Final = r"[ /:_](\d[\w.]*)"
# Longer ones are cut, so that no sender's user agents fill the memory.
LONGEST: Final = 500


def browser(fields: Mapping[str, Any]) -> dict[str, str]:
    """`$browser` and `$browser_version` of a web event; nothing for what is no browser."""
    if fields.get("channel") != "web":
        return NOTHING
    context = fields.get("context")
    user_agent = context.get("userAgent") if type(context) is dict else None
    return behind(user_agent[:LONGEST]) if isinstance(user_agent, str) else NOTHING


@lru_cache(maxsize=4096)
def behind(user_agent: str) -> dict[str, str]:
    """The browser that introduces itself like this."""
    # Imported at the first web event: the parser costs more than all the rest at start.
    from ua_parser import parse_user_agent  # noqa: PLC0415

    found = parse_user_agent(user_agent)
    if found is None or found.family not in BROWSERS:
        return {}
    name, products = BROWSERS[found.family]
    version = next(filter(None, (version_of(one, user_agent) for one in products)), None)
    return {"$browser": name} | ({"$browser_version": version} if version else {})


def version_of(product: str, user_agent: str) -> str | None:
    """The version that stands behind a product's name."""
    match = re.search(re.escape(product) + VERSION, user_agent)
    return match[1] if match else None
