"""Which part of a RudderStack message becomes which Mixpanel property.

Each row: Mixpanel's property, then where RudderStack keeps it, best source first. Null and empty
text are passed over; 0, false, [] and {} are values.
https://www.rudderstack.com/docs/destinations/streaming-destinations/mixpanel/cloud-mode
"""

from dataclasses import dataclass
from typing import Final

from rudder_mixpanel.message.values import Path, path


@dataclass(frozen=True, slots=True)
class Row:
    """One property and its sources, best first; `as_text` when it is text whatever it was."""

    name: str
    sources: tuple[Path, ...]
    as_text: bool = False


def row(name: str, *sources: str | Path, as_text: bool = False) -> Row:
    """A row, its sources written as dotted paths from the message's root."""
    paths = (path(source) if isinstance(source, str) else source for source in sources)
    return Row(name, tuple(paths), as_text)


def of_address(name: str) -> tuple[str | Path, ...]:
    """A part of an address, of the message before its context; also as one key with a dot in it."""
    roots: tuple[Path, ...] = (("traits",), ("context", "traits"))
    places = (((*root, "address", name), (*root, f"address.{name}")) for root in roots)
    return tuple(place for both_ways in places for place in both_ways)


def both(*names: str) -> tuple[str, ...]:
    """Traits of the message before traits of its context."""
    return tuple(f"{root}.{name}" for root in ("traits", "context.traits") for name in names)


# track, page and screen

EVENT_PROPERTIES: Final = (
    row("ip", "context.ip", "request_ip"),
    row("campaign_id", "context.campaign.name"),
    row("$user_id", "userId"),
    row("$current_url", "context.page.url"),
    row("$os", "context.os.name"),
    row("$os_version", "context.os.version"),
    row("$referrer", "context.page.referrer"),
    row("$screen_height", "context.screen.height"),
    row("$screen_width", "context.screen.width"),
    row("$screen_dpi", "context.screen.density"),
    row("$carrier", "context.network.carrier"),
    row("$wifi", "context.network.wifi"),
    row("$bluetooth_enabled", "context.network.bluetooth"),
    row("$bluetooth_version", "properties.bluetoothVersion"),
    row("$device", "context.device.name"),
    row("$manufacturer", "context.device.manufacturer"),
    row("$model", "context.device.model"),
    row("mp_device_model", "context.device.model"),
    row("mp_lib", "context.library.name"),
    row("$initial_referrer", "context.page.initialReferrer", "context.page.initial_referrer"),
    row(
        "$initial_referring_domain",
        "context.page.initialReferringDomain",
        "context.page.initial_referring_domain",
    ),
    row("mp_processing_time_ms", "properties.mpProcessingTimeMs"),
    row("$app_build_number", "properties.appBuildNumber", "context.app.build"),
    row("$app_version_string", "properties.appVersionString", "context.app.version"),
    # The peer reads the manufacturer at the message's root, not in its context; charts rely on it.
    row("$brand", "properties.brand", "device.manufacturer"),
    row("$radio", "properties.radio"),
    row("$lib_version", "properties.libVersion"),
    row("$search_engine", "properties.searchEngine"),
    row("mp_keyword", "properties.mpKeyword"),
    row("$has_nfc", "properties.hasNfc"),
    row("$has_telephone", "properties.hasTelephone"),
    row("$google_play_services", "properties.googlePlayServices"),
    row("$session_id", "session_id", "context.sessionId", as_text=True),
    row("$app_name", "context.app.name"),
    row("$app_namespace", "context.app.namespace"),
)

# context.campaign.<key>; any other key becomes utm_<key>
UTM_PROPERTIES: Final = {
    "name": "utm_campaign",
    "source": "utm_source",
    "medium": "utm_medium",
    "term": "utm_term",
    "content": "utm_content",
}

# Of an order, what is not copied to the events of its single products
ORDER_AMOUNTS: Final = frozenset(
    {"products", "revenue", "total", "value", "subtotal", "tax", "shipping", "discount"}
)

# identify

PROFILE_PROPERTIES: Final = (
    row("$created", *both("createdAt")),
    row("$email", *both("email"), "properties.email"),
    row("$first_name", *both("firstName", "firstname", "first_name")),
    row("$last_name", *both("lastName", "lastname", "last_name")),
    row("$name", *both("name")),
    row(
        "$username",
        "traits.username",
        "context.traits.username",
        "traits.userName",
        "context.traits.userName",
    ),
    row("$phone", *both("phone"), "properties.phone"),
    row("$avatar", *both("avatar")),
    # Country looks into the address first, city and region last; the peer has it so.
    row(
        "$country_code",
        *of_address("country"),
        *both("country"),
        "context.location.country",
    ),
    row("$city", *both("city"), *of_address("city"), "context.location.city"),
    row("$region", *both("state"), *of_address("state"), "context.location.region"),
    row("$geo_source", "context.location.geoSource"),
    row("$timezone", "context.location.timezone"),
    row("$latitude", "context.location.latitude"),
    row("$longitude", "context.location.longitude"),
    row("$carrier", "context.network.carrier"),
    row("$wifi", "context.network.wifi"),
    row("$manufacturer", "context.device.manufacturer"),
    row("$model", "context.device.model"),
    row("$screen_height", "context.screen.height"),
    row("$screen_width", "context.screen.width"),
    row("$unsubscribed", *both("unsubscribed"), "properties.unsubscribed"),
    row("$initial_referrer", "context.page.initial_referrer", "context.page.initialReferrer"),
    row(
        "$initial_referring_domain",
        "context.page.initial_referring_domain",
        "context.page.initialReferringDomain",
    ),
)

# Without useNewMapping, names keep the spelling that older projects know; only in `$set`.
OLD_NAMES: Final = {"$first_name": "$firstName", "$last_name": "$lastName"}

# Traits of set-once, union and append lists, by the last segment of their path; any other keeps it
SPECIAL_TRAITS: Final = (
    row("$created", "createdAt"),
    row("$email", "email"),
    row("$first_name", "firstName", "firstname", "first_name"),
    row("$last_name", "lastName", "lastname", "last_name"),
    row("$name", "name"),
    row("$username", "username", "userName"),
    row("$phone", "phone"),
    row("$avatar", "avatar"),
    row("$country_code", "country"),
    row("$city", "city"),
    row("$region", "state"),
    row("$unsubscribed", "unsubscribed"),
)
SPECIAL_NAMES: Final = frozenset(name for one in SPECIAL_TRAITS for (name,) in one.sources)

# The same, and what keeps its own name beside Mixpanel's
LISTED_TRAITS: Final = (
    *SPECIAL_TRAITS,
    row("$initial_referrer", "initial_referrer"),
    row("$initial_referring_domain", "initial_referring_domain", "initialReferringDomain"),
)

# Traits that the rows of the profile have used; every other trait is copied under its own name.
# Of an address only city, state and country are kept; the peer has it so.
MAPPED_TRAITS: Final = SPECIAL_NAMES | {"address"}

# context.device.type, in lower case, that counts as Apple's
APPLE_DEVICES: Final = frozenset({"ios", "watchos", "ipados", "tvos"})

APPLE_PROPERTIES: Final = (
    row("$os", "context.os.name"),
    row("$ios_device_model", "context.device.model"),
    row("$ios_version", "context.os.version"),
    row("$ios_app_release", "context.app.version"),
    row("$ios_app_version", "context.app.build"),
    row("$ios_lib_version", "properties.iosLibVersion"),
)

ANDROID_PROPERTIES: Final = (
    row("$os", "context.os.name"),
    row("$android_model", "context.device.model"),
    row("$android_os_version", "context.os.version"),
    row("$android_manufacturer", "context.device.manufacturer"),
    row("$android_app_version", "context.app.version"),
    row("$android_app_version_code", "context.app.build"),
    row("$android_lib_version", "properties.androidLibVersion"),
    row("$android_brand", "properties.androidBrand", "context.device.manufacturer"),
)
