"""A session of one made-up user of a web shop with apps, and the events in it."""

import random
from datetime import datetime
from typing import Any, Final
from uuid import UUID

type Event = dict[str, Any]

ACTIONS: Final = (
    "Product Viewed",
    "Product Added",
    "Search Performed",
    "Cart Viewed",
    "Share Clicked",
)
GOODS: Final = ("Lamps", "Chairs", "Rugs", "Clocks", "Vases", "Shelves", "Stools")
PAGES: Final = ("home", "lamps", "checkout", "account", "search", "about")
PLANS: Final = ("free", "team", "business")
# City, country, language, time zone
CITIES: Final = (
    ("Uppsala", "Sweden", "sv-SE", "Europe/Stockholm"),
    ("Porto", "Portugal", "pt-PT", "Europe/Lisbon"),
    ("Osaka", "Japan", "ja-JP", "Asia/Tokyo"),
    ("Quito", "Ecuador", "es-EC", "America/Guayaquil"),
    ("Leeds", "United Kingdom", "en-GB", "Europe/London"),
    ("Graz", "Austria", "de-AT", "Europe/Vienna"),
)
CAMPAIGNS: Final = (
    ("spring", "newsletter", "email"),
    ("brand", "search", "cpc"),
    ("oak_week", "video", "paid_social"),
    ("come_back", "partner", "referral"),
)
SCREENS: Final = ((1728, 1117, 2), (1920, 1080, 1), (1366, 768, 1), (2560, 1440, 1.5))
PHONES: Final = (("iPhone17,2", 393, 852), ("iPhone15,4", 390, 844), ("iPad14,5", 1024, 1366))
CARRIERS: Final = ("Telia", "NOS", "Docomo", "Claro", "EE", "A1")
MOZILLA: Final = (
    "Mozilla/5.0 ({}) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/{}.0.0.0 Safari/537.36"
)
SYSTEMS: Final = (
    "Windows NT 10.0; Win64; x64",
    "Macintosh; Intel Mac OS X 10_15_7",
    "X11; Linux x86_64",
)


class Session:
    """One user with one device, for a while."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        self.web = chance.random() < 0.6  # noqa: PLR2004 - three of five come from the web
        self.device = self.uuid()
        self.user = f"user-{chance.randrange(10**7)}" if chance.random() < 0.6 else None  # noqa: PLR2004
        self.city, self.country, self.language, self.zone = chance.choice(CITIES)
        self.campaign = chance.choice([*CAMPAIGNS, None, None, None, None, None])
        self.version = chance.randrange(138, 146)
        self.system = chance.choice(SYSTEMS)
        # An address reserved for benchmarks
        self.ip = f"198.{chance.choice((18, 19))}.{chance.randrange(256)}.{chance.randrange(256)}"
        self.session_id = 1790000000 + chance.randrange(1_000_000)

    def uuid(self) -> str:
        """A UUID that depends on the seed."""
        return str(UUID(int=self.chance.getrandbits(128), version=4))

    def event(self, kind: str, now: datetime) -> Event:
        """An event of this type, enriched as RudderStack does."""
        time = now.isoformat(timespec="milliseconds").replace("+00:00", "Z")
        common: Event = {
            "channel": "web" if self.web else "mobile",
            "anonymousId": self.device,
            "messageId": self.uuid()
            if self.web
            else f"{int(now.timestamp() * 1000)}-{self.uuid()}",
            "originalTimestamp": time,
            "sentAt": time,
            "receivedAt": time,
            "timestamp": time,
            "request_ip": self.ip,
            "rudderId": self.device,
            "integrations": {"All": True},
            "context": self.context(),
        }
        if self.user:
            common["userId"] = self.user
        own: Event = getattr(self, kind)()
        return common | own

    def context(self) -> Event:
        """The context that an SDK adds: device, page and user."""
        shared = {
            "ip": self.ip,
            "locale": self.language,
            "timezone": self.zone,
            "sessionId": self.session_id,
            "traits": {"email": f"{self.user}@example.com", "plan": "team"} if self.user else {},
        }
        return shared | (self.web_context() if self.web else self.app_context())

    def web_context(self) -> Event:
        """The context of a browser."""
        url = f"https://shop.example.com/{self.chance.choice(PAGES)}"
        width, height, density = self.chance.choice(SCREENS)
        context: Event = {
            "userAgent": MOZILLA.format(self.system, self.version),
            "app": {
                "name": "Lantern Supply",
                "build": "2.4.0",
                "namespace": "com.rudderlabs.javascript",
                "version": "3.7",
            },
            "library": {"name": "RudderLabs JavaScript SDK", "version": "3.7.1"},
            "os": {"name": "", "version": ""},
            "screen": {
                "density": density,
                "width": width,
                "height": height,
                "innerWidth": width,
                "innerHeight": height - self.chance.randrange(90, 200),
            },
            "page": {
                "path": url[24:],
                "referrer": "https://search.example.com/",
                "referring_domain": "search.example.com",
                "search": "",
                "title": "Lantern Supply",
                "url": url,
                "initial_referrer": "https://search.example.com/",
                "initial_referring_domain": "search.example.com",
            },
        }
        if self.campaign:
            name, source, medium = self.campaign
            context["campaign"] = {
                "name": name,
                "source": source,
                "medium": medium,
                "term": self.chance.choice(GOODS).lower(),
                "content": f"ad-{self.chance.randrange(40)}",
            }
        return context

    def app_context(self) -> Event:
        """The context of an app on a phone."""
        model, width, height = self.chance.choice(PHONES)
        return {
            "userAgent": f"Lantern/5.{self.version} CFNetwork/1568.200.51 Darwin/24.1.0",
            "app": {
                "name": "Lantern",
                "build": "5310",
                "namespace": "com.lantern",
                "version": "5.3.1",
            },
            "library": {"name": "rudder-ios-library", "version": "1.31.0"},
            "os": {"name": "iOS", "version": "26.0.1"},
            "screen": {"density": 3, "width": width, "height": height},
            "device": {
                "id": self.device,
                "manufacturer": "Apple",
                "model": model,
                "name": model.rstrip("0123456789,"),
                "type": "iOS",
                "attTrackingStatus": 3,
                "token": self.device.replace("-", "") * 2,
            },
            "network": {
                "carrier": self.chance.choice(CARRIERS),
                "bluetooth": False,
                "cellular": self.chance.random() < 0.5,  # noqa: PLR2004
                "wifi": self.chance.random() < 0.5,  # noqa: PLR2004
            },
        }

    def load_time(self) -> int:
        """Milliseconds in which a page or screen loaded."""
        return self.chance.randrange(90, 3000)

    def track(self) -> Event:
        """An action, or in one of five cases an order."""
        chance = self.chance
        if chance.random() < 0.2:  # noqa: PLR2004
            return {"type": "track", "event": "Order Completed", "properties": self.order()}
        return {
            "type": "track",
            "event": chance.choice(ACTIONS),
            "properties": {
                "product_id": f"p-{chance.randrange(5000)}",
                "category": chance.choice(GOODS),
                "price": chance.randrange(400, 18_000) / 100,
                "currency": "EUR",
                "position": chance.randrange(40),
                "in_stock": True,
                "query": chance.choice(("", "reading lamp", "oak shelf")),
                "list_id": f"list-{chance.randrange(50)}",
                "variant": chance.choice(("A", "B")),
                "tags": chance.sample(GOODS, 2),
            },
        }

    def order(self) -> Event:
        """The properties of an order."""
        products: list[Event] = [
            {
                "product_id": f"p-{self.chance.randrange(5000)}",
                "sku": f"LS-{self.chance.randrange(9000)}",
                "name": self.chance.choice(GOODS),
                "category": self.chance.choice(GOODS),
                "price": self.chance.randrange(400, 18_000) / 100,
                "quantity": self.chance.randrange(1, 4),
            }
            for _ in range(self.chance.randrange(1, 4))
        ]
        total = sum(int(100 * product["price"]) * product["quantity"] for product in products) / 100
        return {
            "order_id": f"o-{self.chance.randrange(10**8)}",
            "revenue": total,
            "tax": total / 5,
            "shipping": 4.9,
            "payment_method": self.chance.choice(("card", "invoice")),
            "currency": "EUR",
            "coupon": "",
            "item_count": len(products),
            "loyalty_points": int(total),
            "products": products,
        }

    def page(self) -> Event:
        """A viewed page."""
        name = self.chance.choice(PAGES)
        properties = {
            "path": f"/{name}",
            "title": name,
            "url": f"https://shop.example.com/{name}",
            "referrer": "",
            "search": "",
            "load_ms": self.load_time(),
            "variant": self.chance.choice(("A", "B")),
        }
        return {"type": "page", "name": name, "category": "shop", "properties": properties}

    def screen(self) -> Event:
        """A viewed screen."""
        name = self.chance.choice(PAGES)
        properties = {
            "name": name,
            "automatic": True,
            "previous": "home",
            "load_ms": self.load_time(),
        }
        return {"type": "screen", "name": name, "properties": properties}

    def identify(self) -> Event:
        """A user's traits, in the context as SDKs send them, or at the root of the message."""
        traits = {
            "firstName": "Noor",
            "lastName": "Lindqvist",
            "email": f"{self.user}@example.com",
            "phone": f"+1-202-555-01{self.chance.randrange(10, 99)}",
            "username": "noor",
            "avatar": f"https://cdn.example.com/faces/{self.device[:8]}.png",
            "createdAt": "2026-03-02T09:30:00.000Z",
            "address": {"city": self.city, "country": self.country, "postalCode": "753 10"},
            "age": self.chance.randrange(18, 80),
            "plan": self.chance.choice(PLANS),
            "signup_plan": self.chance.choice(PLANS),
            "first_touch_source": self.chance.choice(CAMPAIGNS)[1],
            "interests": self.chance.sample(GOODS, 3),
            "last_campaign": self.chance.choice(CAMPAIGNS)[0],
            "lifetime_value": self.chance.randrange(400_000) / 100,
            "newsletter": self.chance.random() < 0.5,  # noqa: PLR2004
        }
        if self.chance.random() < 0.3:  # noqa: PLR2004
            return {"type": "identify", "traits": traits}
        return {"type": "identify", "context": self.context() | {"traits": traits}}

    def group(self) -> Event:
        """The company of a user."""
        company = f"c-{self.chance.randrange(900)}"
        traits = {
            "company_id": company,
            "name": "Heron & Reed",
            "industry": "retail",
            "employees": self.chance.randrange(2, 900),
            "plan": self.chance.choice(PLANS),
            "website": f"https://{company}.example.com",
        }
        return {"type": "group", "groupId": company, "traits": traits}

    def server(self) -> Event:
        """A call of a server, with little context."""
        library = {"library": {"name": "rudder-python", "version": "2.1.9"}}
        properties = {"invoice_id": f"i-{self.chance.randrange(10**8)}", "amount": 49.5}
        call = {"type": "track", "event": "Invoice Sent", "channel": "server"}
        return call | {"context": library, "properties": properties}
