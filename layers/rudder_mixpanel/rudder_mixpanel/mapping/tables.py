"""The tables that map fields of a RudderStack message to Mixpanel's properties.

Each row: Mixpanel's property, then its sources in the message, best first. Null and empty text are
skipped; 0, false, [] and {} are values.
https://www.rudderstack.com/docs/destinations/streaming-destinations/mixpanel/cloud-mode
"""

from dataclasses import dataclass
from typing import Final

from rudder_mixpanel.message.paths import Path, path


@dataclass(frozen=True, slots=True)
class Row:
    """A property and its sources, best first; with `as_text`, the value is converted to text."""

    name: str
    sources: tuple[Path, ...]
    as_text: bool = False


def row(name: str, *sources: str | Path, as_text: bool = False) -> Row:
    """A row whose sources are dotted paths from the message's root."""
    paths = (path(source) if isinstance(source, str) else source for source in sources)
    return Row(name, tuple(paths), as_text)


def address_sources(name: str) -> tuple[str | Path, ...]:
    """The sources of a part of an address, nested or as one dotted key; traits before context."""
    roots: tuple[Path, ...] = (("traits",), ("context", "traits"))
    pairs = (((*root, "address", name), (*root, f"address.{name}")) for root in roots)
    return tuple(source for pair in pairs for source in pair)


def trait_sources(*names: str) -> tuple[str, ...]:
    """The sources of a trait: the message's own before those of its context."""
    return tuple(f"{root}.{name}" for root in ("traits", "context.traits") for name in names)


# track, page and screen

EVENT_PROPERTIES: Final = (
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
    # RudderStack reads it at the message's root, not in its context, and charts rely on that.
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

# Properties of an order that are not copied to the events of its products
ORDER_AMOUNTS: Final = frozenset(
    {"products", "revenue", "total", "value", "subtotal", "tax", "shipping", "discount"}
)

# identify

PROFILE_PROPERTIES: Final = (
    row("$created", *trait_sources("createdAt")),
    row("$email", *trait_sources("email"), "properties.email"),
    row("$first_name", *trait_sources("firstName", "firstname", "first_name")),
    row("$last_name", *trait_sources("lastName", "lastname", "last_name")),
    row("$name", *trait_sources("name")),
    row(
        "$username",
        "traits.username",
        "context.traits.username",
        "traits.userName",
        "context.traits.userName",
    ),
    row("$phone", *trait_sources("phone"), "properties.phone"),
    row("$avatar", *trait_sources("avatar")),
    # As in RudderStack: for the country the address comes first, for city and region last.
    row(
        "$country_code",
        *address_sources("country"),
        *trait_sources("country"),
        "context.location.country",
    ),
    row("$city", *trait_sources("city"), *address_sources("city"), "context.location.city"),
    row("$region", *trait_sources("state"), *address_sources("state"), "context.location.region"),
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
    row("$unsubscribed", *trait_sources("unsubscribed"), "properties.unsubscribed"),
    row("$initial_referrer", "context.page.initial_referrer", "context.page.initialReferrer"),
    row(
        "$initial_referring_domain",
        "context.page.initial_referring_domain",
        "context.page.initialReferringDomain",
    ),
)

# Without useNewMapping, names keep the spelling that older projects use; only in `$set`.
OLD_NAMES: Final = {"$first_name": "$firstName", "$last_name": "$lastName"}

# Traits that set-once, union and append lists name, by the last segment of their path: the table
# reads the object that they form. Of `home.address` it reads `address.city`.
LISTED_TRAITS: Final = (
    row("$created", "createdAt"),
    row("$email", "email"),
    row("$first_name", "firstName", "firstname", "first_name"),
    row("$last_name", "lastName", "lastname", "last_name"),
    row("$name", "name"),
    row("$username", "username", "userName"),
    row("$phone", "phone"),
    row("$avatar", "avatar"),
    row("$country_code", "country", "address.country"),
    row("$city", "city", "address.city"),
    row("$region", "state", "address.state", "location.region"),
    row("$geo_source", "location.geoSource"),
    row("$timezone", "location.timezone"),
    row("$latitude", "location.latitude"),
    row("$longitude", "location.longitude"),
    row("$carrier", "network.carrier"),
    row("$wifi", "network.wifi"),
    row("$manufacturer", "device.manufacturer"),
    row("$model", "device.model"),
    row("$screen_height", "screen.height"),
    row("$screen_width", "screen.width"),
    row("$unsubscribed", "unsubscribed"),
    row("$initial_referrer", "page.initial_referrer"),
    row(
        "$initial_referring_domain",
        "page.initial_referring_domain",
        "page.initialReferringDomain",
    ),
)

# Traits that are sent under Mixpanel's name alone; every other trait is copied under its own name,
# also an object of which rows read parts. Of an address only these parts are kept, as in
# RudderStack.
MAPPED_TRAITS: Final = frozenset(
    source[0] for listed in LISTED_TRAITS for source in listed.sources if len(source) == 1
) | {"address"}
ADDRESS_PARTS: Final = frozenset({"city", "state", "country"})

# Values of context.device.type, in lower case, of Apple's devices
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
