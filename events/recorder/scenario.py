"""A scenario for RudderStack's Python SDK; scenario.mjs is the same for the Node SDK.

A user finds a web shop through its newsletter, looks at a lamp in its app, signs up, joins her
company and buys. All names are invented, and their addresses are reserved for examples.
"""

from datetime import UTC, datetime
from typing import Any, Final

# The SDK has no type annotations.
from rudderstack.analytics.client import Client  # type: ignore[import-untyped]

USER_ID: Final = "user-1042"
ANONYMOUS_ID: Final = "5f1c2a7e-8d34-4b0a-9a52-3f6f3d1b7c90"
IP: Final = "203.0.113.7"


def send(data_plane: str, write_key: str) -> None:
    """Make all six calls, and return when the data plane has accepted them.

    Raises ExceptionGroup when the SDK could not deliver one of them.
    """
    errors: list[Exception] = []
    client = Client(
        write_key,
        host=data_plane,
        on_error=lambda error, _: errors.append(error),
        max_retries=1,
        proxies={"no_proxy": "127.0.0.1"},
    )
    client.page(
        anonymous_id=ANONYMOUS_ID,
        category="Shop",
        name="Home",
        properties={
            "path": "/",
            "referrer": "https://search.example.com/",
            "search": "?utm_source=newsletter&utm_campaign=spring",
            "title": "Lantern Supply",
            "url": "https://shop.example.com/?utm_source=newsletter&utm_campaign=spring",
        },
        context=browser_context(
            campaign={
                "name": "spring",
                "source": "newsletter",
                "medium": "email",
                "term": "desk lamp",
                "content": "header",
            }
        ),
    )
    client.screen(
        anonymous_id=ANONYMOUS_ID,
        category="Catalogue",
        name="Product",
        properties={"product_id": "lamp-7", "price": 39.5, "currency": "EUR", "in_stock": True},
        context=app_context(),
    )
    client.identify(
        USER_ID,
        anonymous_id=ANONYMOUS_ID,
        traits={
            "email": "noor.lindqvist@example.com",
            "firstName": "Noor",
            "lastName": "Lindqvist",
            "phone": "+1-202-555-0142",
            "createdAt": datetime(2026, 3, 2, 9, 30, tzinfo=UTC),
            "plan": "team",
            "age": 34,
            "newsletter": True,
            "interests": ["lighting", "workshops"],
            "address": {"city": "Uppsala", "country": "Sweden", "postalCode": "753 10"},
            "company": {"id": "heron-and-reed", "name": "Heron & Reed"},
        },
        context=browser_context(),
    )
    client.alias(ANONYMOUS_ID, USER_ID, context=browser_context())
    client.group(
        USER_ID,
        "heron-and-reed",
        anonymous_id=ANONYMOUS_ID,
        traits={
            "name": "Heron & Reed",
            "industry": "Carpentry",
            "employees": 12,
            "plan": "team",
            "website": "https://heron-and-reed.example.com",
        },
        context=browser_context(),
    )
    client.track(
        USER_ID,
        "Order Completed",
        anonymous_id=ANONYMOUS_ID,
        properties={
            "order_id": "order-2201",
            "revenue": 88.5,
            "shipping": 4.5,
            "tax": 17.7,
            "currency": "EUR",
            "coupon": "SPRING",
            "products": [
                {"product_id": "lamp-7", "name": "Desk lamp", "price": 39.5, "quantity": 2},
                {"product_id": "bulb-2", "name": "Warm bulb", "price": 5, "quantity": 1},
            ],
        },
        context=browser_context(),
    )
    client.shutdown()
    if errors:
        raise ExceptionGroup("the SDK could not deliver", errors)


def browser_context(**more: Any) -> dict[str, Any]:
    """The context of a visit in the browser; a new object each time, since the SDK changes it."""
    return {
        "ip": IP,
        "locale": "sv-SE",
        "timezone": "Europe/Stockholm",
        "userAgent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 "
        "(KHTML, like Gecko) Chrome/146.0.0.0 Safari/537.36",
        "page": {
            "path": "/",
            "referrer": "https://search.example.com/",
            "title": "Lantern Supply",
            "url": "https://shop.example.com/",
        },
        "screen": {"width": 1728, "height": 1117, "density": 2},
        **more,
    }


def app_context() -> dict[str, Any]:
    """The context of a visit in the app."""
    return {
        "ip": IP,
        "locale": "sv-SE",
        "timezone": "Europe/Stockholm",
        "app": {
            "name": "Lantern",
            "version": "3.4.1",
            "build": "3041",
            "namespace": "com.example.lantern",
        },
        "device": {
            "id": "0d9e4c1b-6a57-4f6e-8b27-c4f0a1d2e3f4",
            "manufacturer": "Google",
            "model": "Pixel 10",
            "name": "frankel",
            "type": "Android",
        },
        "network": {
            "bluetooth": False,
            "carrier": "Example Mobile",
            "cellular": True,
            "wifi": False,
        },
        "os": {"name": "Android", "version": "16"},
        "screen": {"width": 1080, "height": 2424, "density": 420},
    }
