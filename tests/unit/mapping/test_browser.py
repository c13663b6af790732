"""The browser is detected from the user agent."""

import pytest

from rudder_mixpanel.mapping.browser import browser_properties, parse_user_agent

GECKO = "(KHTML, like Gecko)"
WINDOWS = f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {GECKO}"
CHROME = f"{WINDOWS} Chrome/120.0.6099.43 Safari/537.36"
MAC = f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 {GECKO}"
IPHONE = f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_1 like Mac OS X) AppleWebKit/605.1.15 {GECKO}"
ANDROID = f"Mozilla/5.0 (Linux; Android 13; Pixel 7) AppleWebKit/537.36 {GECKO}"
WEB_VIEW = (
    f"Mozilla/5.0 (Linux; Android 13; Pixel 7 Build/TQ3A; wv) AppleWebKit/537.36 {GECKO} "
    "Version/4.0 Chrome/120.0.6099.43 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    ("user_agent", "name", "version"),
    [
        (CHROME, "Chrome", "120.0.6099.43"),
        (f"{ANDROID} Chrome/120.0.6099.43 Mobile Safari/537.36", "Chrome", "120.0.6099.43"),
        (f"{IPHONE} CriOS/120.0.6099.50 Mobile/15E148 Safari/604.1", "Chrome", "120.0.6099.50"),
        (f"{MAC} Version/17.1 Safari/605.1.15", "Safari", "17.1"),
        (f"{IPHONE} Version/17.1 Mobile/15E148 Safari/604.1", "Mobile Safari", "17.1"),
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:121.0) Gecko/20100101 Firefox/121.0",
            "Firefox",
            "121.0",
        ),
        (
            "Mozilla/5.0 (Android 13; Mobile; rv:121.0) Gecko/121.0 Firefox/121.0",
            "Firefox",
            "121.0",
        ),
        (f"{IPHONE} FxiOS/121.0 Mobile/15E148 Safari/605.1.15", "Firefox", "121.0"),
        (f"{CHROME} Edg/120.0.2210.91", "Edge", "120.0.2210.91"),
        (f"{WINDOWS} Chrome/64.0.3282.140 Safari/537.36 Edge/18.17763", "Edge", "18.17763"),
        (
            f"{ANDROID} Chrome/120.0.0.0 Mobile Safari/537.36 EdgA/120.0.2210.61",
            "Edge",
            "120.0.2210.61",
        ),
        (
            f"{IPHONE} Version/17.0 EdgiOS/120.0.2210.126 Mobile/15E148 Safari/604.1",
            "Edge",
            "120.0.2210.126",
        ),
        (f"{CHROME} OPR/105.0.0.0", "Opera", "105.0.0.0"),
        ("Mozilla/5.0 (Windows NT 10.0; Trident/7.0; rv:11.0) like Gecko", "IE", "11.0"),
        ("Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.2; Trident/6.0)", "IE", "10.0"),
        (
            f"{ANDROID} SamsungBrowser/23.0 Chrome/115.0.0.0 Mobile Safari/537.36",
            "Samsung Internet",
            "23.0",
        ),
        (WEB_VIEW, "Chrome WebView", "120.0.6099.43"),
        (f"{IPHONE} Mobile/15E148", "WebKit", "605.1.15"),
        (
            f"{WINDOWS} HeadlessChrome/120.0.6099.28 Safari/537.36",
            "Chrome Headless",
            "120.0.6099.28",
        ),
        (
            f"{IPHONE} Mobile/15E148 [FBAN/FBIOS;FBAV/441.0.0.27.105;FBBV/537255468]",
            "Facebook",
            "441.0.0.27.105",
        ),
        (f"{WEB_VIEW} [FB_IAB/FB4A;FBAV/441.0.0.27.105;]", "Facebook", "441.0.0.27.105"),
        (f"{IPHONE} Mobile/15E148 Instagram 309.0.0.0.0 (iOS 17_1)", "Instagram", "309.0.0.0.0"),
        (f"{WINDOWS} Brave Chrome/83.0.4103.116 Safari/537.36", "Chrome", "83.0.4103.116"),
        (f"{WINDOWS} Chrome/120 Safari/537.36", "Chrome", "120"),
        (f"{CHROME} Electron/27.0.4", "Chrome", "120.0.6099.43"),
        (f"{WINDOWS} Chrome/118.0.0.0 Electron/27.0.4 Safari/537.36", "Electron", "27.0.4"),
        (
            f"{ANDROID} Chrome/120.0.0.0 Mobile Safari/537.36 Vivaldi/6.5.3206.39",
            "Vivaldi",
            "6.5.3206.39",
        ),
        (
            f"{ANDROID} HuaweiBrowser/12.0.1.300 Mobile Safari/537.36",
            "Huawei Browser",
            "12.0.1.300",
        ),
        (
            f"{ANDROID} OculusBrowser/30.0 Chrome/118.0.0.0 VR Safari/537.36",
            "Oculus Browser",
            "30.0",
        ),
        (f"{ANDROID} Version/4.0 Mobile Safari/534.30", "Android Browser", "4.0"),
        (
            f"{ANDROID} Chrome/120.0.0.0 Mobile Safari/537.36 Snapchat/12.60.0.45",
            "Snapchat",
            "12.60.0.45",
        ),
        (f"{IPHONE} Mobile/15E148 Twitter for iPhone/9.60", "Twitter", "9.60"),
        (f"{IPHONE} OPT/4.4.0 Mobile/15E148", "Opera Touch", "4.4.0"),
        (f"{CHROME} Vivaldi/6.5.3206.39", "Vivaldi", "6.5.3206.39"),
        (f"{MAC} Version/17.1 Safari/605.1.15 Ddg/17.1", "DuckDuckGo", "17.1"),
        (
            f"{WINDOWS} Chrome/118.0.0.0 YaBrowser/23.11.0.2470 Safari/537.36",
            "Yandex",
            "23.11.0.2470",
        ),
        (f"{ANDROID} UCBrowser/13.4.0.1306 Mobile Safari/537.36", "UCBrowser", "13.4.0.1306"),
        (f"{ANDROID} Silk/120.1.1 like Chrome/120.0.6099.43 Safari/537.36", "Silk", "120.1.1"),
        (f"{IPHONE} GSA/291.0.580447946 Mobile/15E148 Safari/604.1", "GSA", "291.0.580447946"),
        (f"{IPHONE} Mobile/15E148 musical_ly_32.5.0 JsSdk/2.0", "TikTok", "32.5.0"),
        (f"{IPHONE} Mobile/15E148 MicroMessenger/8.0.44(0x18002c2d)", "WeChat", "8.0.44"),
        (f"{IPHONE} NAVER(inapp; search; 1130; 12.4.2; 15PRO)", "NAVER", "12.4.2"),
        (f"{IPHONE} Version/17.1 Mobile/15E148 Safari Line/13.19.1", "Line", "13.19.1"),
        (f"{IPHONE} Version/17.1 Mobile/15E148 Safari/604.1 Klarna/23.45", "Klarna", "23.45"),
        (f"{IPHONE} Weibo (iPhone15,2__weibo__13.11.2__iphone__os17.1)", "weibo", "13.11.2"),
        (f"{ANDROID} Chrome/118.0.0.0 Mobile VivoBrowser/12.3.0.2", "Vivo Browser", "12.3.0.2"),
        (f"{WEB_VIEW} baiduboxapp/13.37.0.10 (Baidu; P1 13)", "Baidu", "13.37.0.10"),
        (f"{WINDOWS} coc_coc_browser/115.0 Chrome/109.0.0.0 Safari/537.36", "Coc Coc", "115.0"),
        (f"{CHROME} SLBrowser/9.0.3.5211", "Smart Lenovo Browser", "9.0.3.5211"),
        (f"{IPHONE} Version/17.0 YaSearchBrowser/23.10 Safari/604.1", "Yandex", "23.10"),
        (f"{WEB_VIEW} HeyTapBrowser/40.8.10.1", "HeyTap", "40.8.10.1"),
        (f"{WINDOWS} Chrome/112.0.0.0 Safari/537.36 QuarkPC/1.8.2.5", "Quark", "1.8.2.5"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:120.0) Gecko/20100101 LibreWolf/120.0.1",
            "LibreWolf",
            "120.0.1",
        ),
    ],
)
def test_browser_is_named_as_by_rudderstack(user_agent: str, name: str, version: str) -> None:
    """Existing charts show these names and full versions."""
    assert parse_user_agent(user_agent) == {"$browser": name, "$browser_version": version}


@pytest.mark.parametrize(
    "robot", ["Googlebot/2.1", "AdsBot-Google-Mobile", "WhatsApp/2.23", "Pinterest/11", "PTST/1"]
)
def test_robot_in_a_browser_is_the_browser(robot: str) -> None:
    """As in RudderStack, the program that controls the browser is ignored."""
    properties = parse_user_agent(f"{CHROME} (compatible; {robot})")
    assert properties == {"$browser": "Chrome", "$browser_version": "120.0.6099.43"}


@pytest.mark.parametrize(
    ("user_agent", "name"),
    [
        (f"{CHROME} [LinkedInApp]/4.1.900", "LinkedIn"),
        (f"{IPHONE} Version/17.1 Mobile/15E148 Safari/604.1 [FBAN/FBIOS]", "Facebook"),
        (f"{WEB_VIEW} [FB_IAB/FB4A]", "Facebook"),
        (f"{WEB_VIEW} TwitterAndroid", "Twitter"),
    ],
)
def test_browser_without_a_version(user_agent: str, name: str) -> None:
    """The versions of these apps are not reported, nor those of the engines in them."""
    assert parse_user_agent(user_agent) == {"$browser": name}


def test_other_alphabets_do_not_hide_a_browser() -> None:
    """A user agent of any characters is searched, also of those that UTF-8 cannot encode."""
    text = f"\ud800\U0001f600\xe9 {CHROME}"
    assert parse_user_agent(text) == parse_user_agent(CHROME)


@pytest.mark.parametrize(
    "user_agent",
    [
        "",
        "hello there",
        "curl/8.4.0",
        "python-requests/2.31.0",
        "Dalvik/2.1.0 (Linux; U; Android 13; Pixel 7 Build/TQ3A)",
        "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    ],
)
def test_other_programs_are_not_browsers(user_agent: str) -> None:
    """Robots and libraries have no browser."""
    assert parse_user_agent(user_agent) == {}


@pytest.mark.parametrize(
    "fields",
    [
        {"context": {"userAgent": CHROME}},
        {"channel": "Web", "context": {"userAgent": CHROME}},
        {"channel": "web", "context": {"userAgent": ["Chrome"]}},
        {"channel": ["web"], "context": {"userAgent": CHROME}},
        {"channel": "web"},
    ],
)
def test_only_the_web_channel_has_a_browser(fields: dict[str, object]) -> None:
    """And only when the user agent is text."""
    assert browser_properties(fields) == {}


def test_long_user_agent_is_truncated() -> None:
    """The memory of the cache is bounded."""
    parse_user_agent.cache_clear()
    browser_properties(
        {"channel": "web", "context": {"userAgent": CHROME.ljust(500) + "x" * 1_000_000}}
    )
    browser_properties(
        {"channel": "web", "context": {"userAgent": CHROME.ljust(500) + "y" * 1_000_000}}
    )
    assert parse_user_agent.cache_info().currsize == 1
