"""The browsers that RudderStack knows, in the order in which it looks for them.

Derived from the browsers of ua-parser-js 1.0.40, which has this license:

MIT License

Copyright (c) 2012-2024 Faisal Salman <<f@faisalman.com>>

Permission is hereby granted, free of charge, to any person obtaining a copy
of this software and associated documentation files (the "Software"), to deal
in the Software without restriction, including without limitation the rights
to use, copy, modify, merge, publish, distribute, sublicense, and/or sell
copies of the Software, and to permit persons to whom the Software is
furnished to do so, subject to the following conditions:

The above copyright notice and this permission notice shall be included in all
copies or substantial portions of the Software.

THE SOFTWARE IS PROVIDED "AS IS", WITHOUT WARRANTY OF ANY KIND, EXPRESS OR
IMPLIED, INCLUDING BUT NOT LIMITED TO THE WARRANTIES OF MERCHANTABILITY,
FITNESS FOR A PARTICULAR PURPOSE AND NONINFRINGEMENT. IN NO EVENT SHALL THE
AUTHORS OR COPYRIGHT HOLDERS BE LIABLE FOR ANY CLAIM, DAMAGES OR OTHER
LIABILITY, WHETHER IN AN ACTION OF CONTRACT, TORT OR OTHERWISE, ARISING FROM,
OUT OF OR IN CONNECTION WITH THE SOFTWARE OR THE USE OR OTHER DEALINGS IN THE
SOFTWARE.
"""

import re
from typing import Final

from rudder_mixpanel.mapping.browser_pattern import BrowserPattern, any_of, browser

# Before version 3, a user agent of Safari had only the number of its build.
OLD_SAFARI: Final = {
    "/8": "1.0",
    "/1": "1.2",
    "/3": "1.3",
    "/412": "2.0",
    "/416": "2.0.2",
    "/417": "2.0.3",
    "/419": "2.0.4",
}


def old_safari(build: str) -> str:
    """The version of an old Safari; empty for other builds."""
    return next((version for start, version in OLD_SAFARI.items() if start in build), "")


def with_dots(version: str) -> str:
    """The version with dots in place of underscores."""
    return version.replace("_", ".")


def without_branch(version: str) -> str:
    """Cobalt's version without the branch it was built from."""
    return re.sub("master.|lts.", "", version, count=1)


# The first match wins: most user agents also contain the words of browsers further down.
BROWSERS: Final[tuple[BrowserPattern, ...]] = (
    browser("Chrome", r"\b(?:crmo|crios)/VERSION", "crmo/", "crios/"),
    browser("Edge", r"edg(?:e|ios|a)?/VERSION", "edg"),
    any_of("opera mini", "/REVISION"),
    browser("{}", r"(NAME:opera [mobiletab]{3,6})\b.+version/REVISION", "opera "),
    any_of("opera", "(?:.+version/|[/ ]+)VERSION"),
    browser("Opera Mini", "opios[/ ]+VERSION", "opios"),
    browser("Opera GX", r"\bop(?:rg)?x/VERSION", "opx/", "oprgx/"),
    browser("Opera", r"\bopr/VERSION", "opr/"),
    browser(
        "Baidu",
        r"\bb[ai]*d(?:uhd|[ub]*[aekoprswx]{5,6})[/ ]?VERSION",
        *("bd", "ba", "bia", "bid", "bii"),
    ),
    browser(
        "Maxthon",
        r"\b(?:mxbrowser|mxios|myie2)/?(?P<version>[-\w.]*)\b",
        *("mxbrowser", "mxios", "myie2"),
    ),
    any_of("kindle", "/VERSION"),
    any_of("lunascape|maxthon|netfront|jasmine|blazer|sleipnir", r"[/ ]?(?P<version>[\w.]*)"),
    any_of("avant|iemobile|slimbrowser|slimboat|slimjet", r"[/ ]?(?P<version>[\d.]*)"),
    browser("{}", r"(?:ms|\()(NAME:ie) VERSION", "msie ", "(ie "),
    any_of(
        "flock|rockmelt|midori|epiphany|silk|skyfire|ovibrowser|bolt|iron|vivaldi|iridium|phantomjs"
        "|bowser|qupzilla|falkon|rekonq|puffin|brave|whale|qqbrowserlite|duckduckgo|klar|helio"
        "|dragon",
        # Whale's name is also in the user agents of Naver's app.
        "(?<!whale(?=.+naver))/REVISION",
    ),
    any_of("heytap|ovi|115", "browser/NUMBER"),
    any_of("weibo", "__NUMBER"),
    browser("Quark", "quark(?:pc)?/REVISION", "quark"),
    browser("DuckDuckGo", r"\bddg/VERSION", "ddg/"),
    browser(
        "UCBrowser",
        r"(?:\buc? ?browser|juc.+ucweb)[/ ]?VERSION",
        *("ubrowser", "u browser", "ucbrowser", "uc browser", "ucweb"),
    ),
    browser("WeChat", r"microm.+\bqbcore/VERSION", "qbcore/"),
    browser("WeChat", r"(FIRST:\bqbcore/(?=[\w.]))VERSION.+microm", "qbcore/"),
    browser("WeChat", "micromessenger/VERSION", "micromessenger/"),
    browser("Konqueror", "konqueror/VERSION", "konqueror/"),
    browser(
        "IE",
        r"(FIRST:trident).+rv[: ](?P<version>[\w.]{1,9})\b.+like gecko",
        "trident",
    ),
    browser("Yandex", "ya(?:search)?browser/VERSION", "yabrowser/", "yasearchbrowser/"),
    browser("Smart Lenovo Browser", "slbrowser/VERSION", "slbrowser/"),
    any_of("avast|avg", "/VERSION", name="{} Secure Browser"),
    browser("Firefox Focus", r"\bfocus/VERSION", "focus/"),
    browser("Opera Touch", r"\bopt/VERSION", "opt/"),
    browser("Coc Coc", r"coc_coc\w+/VERSION", "coc_coc"),
    browser("Dolphin", "dolfin/VERSION", "dolfin/"),
    browser("Opera Coast", "coast/VERSION", "coast/"),
    browser("MIUI Browser", "miuibrowser/VERSION", "miuibrowser/"),
    browser("Firefox", "fxios/REVISION", "fxios/"),
    browser("360", r"\bqihoobrowser/?(?P<version>[\w.]*)", "qihoobrowser"),
    browser("{}Browser", r"\b(NAME:qq)/VERSION", "qq/"),
    any_of("oculus|sailfish|huawei|vivo|pico", "browser/VERSION", name="{} Browser"),
    browser("Samsung Internet", "samsungbrowser/VERSION", "samsungbrowser/"),
    browser("Sogou Explorer", "metasr[/ ]?NUMBER", "metasr"),
    browser("Sogou Mobile", r"sogoumo\w+/NUMBER", "sogoumo"),
    any_of("electron", "/VERSION safari"),
    any_of("tesla", r"(?: qtcarbrowser|/(?P<version>20\d\d\.[-\w.]+))"),
    browser(
        "{}",
        r"(NAME:qqbrowser|2345(?=browser|chrome|explorer))\w*[/ ]?v?VERSION",
        *("qqbrowser", "2345"),
    ),
    any_of("lbbrowser|rekonq", ""),
    browser("{}", r"\[(NAME:linkedin)app\]", "[linkedinapp]"),
    browser("{}", r"ome/VERSION \w* ?(NAME:iron) saf", "iron saf"),
    browser("360", r"(FIRST:ome/(?=[\w.]))VERSION.+qihu 360[es]e", "qihu 360"),
    # In apps
    browser(
        "Facebook",
        "(?:(?:fban/fbios|fb_iab/fb4a)(?!.+fbav)|;fbav/VERSION;)",
        *("fban/fbios", "fb_iab/fb4a", ";fbav/"),
    ),
    any_of("klarna", "/VERSION"),
    any_of("kakaotalk|kakaostory", "[/ ]VERSION"),
    browser(
        "{}",
        r"(FIRST:(NAME:naver)\()(?>.*?(?P<version>\d+\.[\w.]+)).*\)",
        "naver(",
    ),
    browser("{}", "safari (NAME:line)/VERSION", "safari line/"),
    browser("{}", r"\b(NAME:line)/VERSION/iab", "line/"),
    any_of("alipay", "client/VERSION"),
    any_of("twitter", "(?:and| f.+e/VERSION)"),
    any_of("chromium|instagram|snapchat", "[/ ]REVISION"),
    browser("GSA", r"\bgsa/VERSION .*safari/", "gsa/"),
    browser("TikTok", "musical_ly(?:.+app_?version/|_)VERSION", "musical_ly"),
    browser("Chrome Headless", "headlesschrome(?:/VERSION| )", "headlesschrome"),
    browser("Chrome WebView", r" wv\).+chrome/VERSION", " wv)"),
    # The engines of many browsers
    browser("Android Browser", r"(FIRST:droid).+ version/VERSION\b.+safari", " version/"),
    browser(
        "{}",
        "(NAME:chrome|omniweb|arora|[tizenoka]{5} ?browser)/v?VERSION",
        *("chrome/", "omniweb/", "arora/", "browser/"),
    ),
    browser(
        "Mobile Safari",
        r"version/(?P<version>[\w.,]+) .*mobile/\w+ safari",
        "mobile/",
    ),
    browser("{}", r"version/(?P<version>[\w(.|,)]+) .*(NAME:safari)", "version/"),
    browser(
        "{}",
        r"(FIRST:webkit).+?(NAME:mobile ?safari|safari)(?P<version>/[\w.]+)",
        "webkit",
        read=old_safari,
    ),
    any_of("webkit|khtml", "/VERSION"),
    browser("Netscape", r"(?:navigator|netscape\d?)/REVISION", "navigator/", "netscape"),
    any_of("wolvic|librewolf", "/VERSION"),
    browser("Firefox Reality", r"mobile vr; rv:VERSION\).+firefox", "mobile vr; rv:"),
    browser("{}", "ekiohf.+(NAME:flow)/VERSION", "ekiohf", read=with_dots),
    any_of("swiftfox", ""),
    any_of(
        "icedragon|iceweasel|camino|chimera|fennec|maemo browser|minimo|conkeror",
        r"[/ ]?(?P<version>[\w.+]+)",
        read=with_dots,
    ),
    any_of(
        "seamonkey|k-meleon|icecat|iceape|firebird|phoenix|palemoon|basilisk|waterfox",
        r"/REVISION\Z",
        read=with_dots,
    ),
    any_of("firefox", "/VERSION", read=with_dots),
    browser("{}", r"(FIRST:(NAME:mozilla)/VERSION ).+rv:.+gecko/\d", "gecko/", read=with_dots),
    # Others
    browser(
        "{}",
        "(NAME:polaris|lynx|dillo|icab|doris|amaya|w3m|netsurf|obigo|mosaic"
        "|(?:go|ice|up)[. ]?browser)[-/ ]?v?VERSION",
        *("polaris", "lynx", "dillo", "icab", "doris", "amaya", "w3m", "netsurf", "obigo"),
        *("mosaic", "browser"),
        read=with_dots,
    ),
    browser("{}", r"(NAME:links) \(VERSION", "links (", read=with_dots),
    any_of("cobalt", "/VERSION", read=without_branch),
)
