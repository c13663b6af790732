"""Calls that RudderStack delivered, and what its code sends of each.

Written from RudderStack's documentation and behaviour, independently of the mapping here.
"""

from typing import Any

from tests.build import TOKEN

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120.0.6099.43 Safari/537.36"
)
COMMON = {"userId": "u-7", "anonymousId": "d-7", "receivedAt": "2026-12-31T12:00:00.000Z"}

ORDER: dict[str, Any] = {
    **COMMON,
    "type": "track",
    "event": "Order Completed",
    "messageId": "7f1a0f6e-0001-4000-8000-000000000001",
    "channel": "web",
    "timestamp": "2026-12-31T11:59:58.123Z",
    "properties": {
        "order_id": "o-1",
        "total": 45.9,
        "items": 3,
        "gift": False,
        "coupon": None,
        "note": "Café crème",
        "tags": ["new", "sale", "new"],
        "products": [{"sku": "a", "price": 5}, {"sku": "b", "price": 7.5}],
        "shipping": {"address": {"city": "Oslo"}, "express": True},
        "company": "acme",
    },
    "context": {
        "ip": "203.0.113.7",
        "userAgent": CHROME,
        "traits": {"plan": "pro"},
        "os": {"name": "Windows", "version": "10"},
        "screen": {"width": 1920, "height": 1080, "density": 2},
        "campaign": {"name": "spring", "source": "mail", "medium": "email"},
        "page": {"url": "https://example.com/checkout", "referrer": "https://example.com/"},
        "library": {"name": "RudderLabs JavaScript SDK"},
        "sessionId": 1_798_700_000,
    },
}
ORDER_SENT: dict[str, Any] = {
    "event": "Order Completed",
    "properties": {
        **ORDER["properties"],
        "plan": "pro",
        "ip": "203.0.113.7",
        "campaign_id": "spring",
        "$user_id": "u-7",
        "$current_url": "https://example.com/checkout",
        "$os": "Windows",
        "$os_version": "10",
        "$referrer": "https://example.com/",
        "$screen_height": 1080,
        "$screen_width": 1920,
        "$screen_dpi": 2,
        "mp_lib": "RudderLabs JavaScript SDK",
        "$insert_id": "7f1a0f6e-0001-4000-8000-000000000001",
        "$session_id": "1798700000",
        "token": TOKEN,
        "distinct_id": "u-7",
        "time": 1_798_718_398_123,
        "utm_campaign": "spring",
        "utm_source": "mail",
        "utm_medium": "email",
        "$browser": "Chrome",
        "$browser_version": "120.0.6099.43",
    },
}
PAGE: dict[str, Any] = {
    **COMMON,
    "type": "page",
    "name": "Home",
    "messageId": "web:2026:7f1a0f6e-0002-4000-8000-000000000002",
    "timestamp": "2026-12-31T11:58:00.000Z",
    "properties": {"path": "/", "title": "Home page"},
    "context": {"ip": "203.0.113.7"},
}
PAGE_SENT: dict[str, Any] = {
    "event": "Loaded a Page",
    "properties": {
        "path": "/",
        "title": "Home page",
        "name": "Home",
        "ip": "203.0.113.7",
        "$user_id": "u-7",
        "$insert_id": "web:2026:7f1a0f6e-0002-4000-8000-000000000002",
        "token": TOKEN,
        "distinct_id": "u-7",
        "time": 1_798_718_280_000,
    },
}
SCREEN: dict[str, Any] = {
    "type": "screen",
    "event": "Main",
    "anonymousId": "d-8",
    "messageId": "7f1a0f6e-0003-4000-8000-000000000003",
    "channel": "mobile",
    "receivedAt": "2026-12-31T12:00:00.000Z",
    "timestamp": "2026-12-31T11:57:00.500Z",
    "properties": {"name": "Main", "automatic": True},
    "context": {
        "device": {"manufacturer": "Apple", "model": "iPhone", "name": "iPhone 15"},
        "network": {"carrier": "Telia", "wifi": False},
        "app": {"build": "42", "version": "1.4.0", "name": "Shop"},
    },
}
SCREEN_SENT: dict[str, Any] = {
    "event": "Loaded a Screen",
    "properties": {
        "name": "Main",
        "automatic": True,
        "$device": "iPhone 15",
        "$manufacturer": "Apple",
        "$model": "iPhone",
        "mp_device_model": "iPhone",
        "$carrier": "Telia",
        "$wifi": False,
        "$app_build_number": "42",
        "$app_version_string": "1.4.0",
        "$app_name": "Shop",
        "$insert_id": "7f1a0f6e-0003-4000-8000-000000000003",
        "token": TOKEN,
        "distinct_id": "d-8",
        "time": 1_798_718_220_500,
    },
}
IDENTIFY: dict[str, Any] = {
    **COMMON,
    "type": "identify",
    "messageId": "7f1a0f6e-0004-4000-8000-000000000004",
    "timestamp": "2026-12-31T11:56:00.000Z",
    "context": {"traits": {"email": "ann@example.com"}},
}
MERGE_SENT: dict[str, Any] = {
    "event": "$merge",
    "properties": {"$distinct_ids": ["u-7", "d-7"], "token": TOKEN},
}
ALIAS: dict[str, Any] = {
    "type": "alias",
    "messageId": "7f1a0f6e-0005-4000-8000-000000000005",
    "userId": "u-9",
    "previousId": "d-9",
    "receivedAt": "2026-12-31T12:00:00.000Z",
    "timestamp": "2026-12-31T11:55:00.000Z",
}
ALIAS_SENT: dict[str, Any] = {
    "event": "$create_alias",
    "properties": {"distinct_id": "d-9", "alias": "u-9", "token": TOKEN},
}
GROUP: dict[str, Any] = {
    **COMMON,
    "type": "group",
    "messageId": "7f1a0f6e-0006-4000-8000-000000000006",
    "groupId": "acme",
    "traits": {"company": "acme", "size": 5},
    "timestamp": "2026-12-31T11:54:00.000Z",
}
CALLS = (ORDER, PAGE, SCREEN, IDENTIFY, ALIAS, GROUP)
SENT_BY_RUDDERSTACK = (ORDER_SENT, PAGE_SENT, SCREEN_SENT, MERGE_SENT, ALIAS_SENT)
