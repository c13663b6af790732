"""Every setting of a destination: RudderStack's of the cloud and the device mode, and our own."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.destination.types import (
    Anything,
    BySource,
    Choice,
    Consents,
    Names,
    PositiveNumber,
    SettingType,
    SourceType,
    Switch,
    Text,
    UnexpectedValue,
    camel_case,
    describe,
)
from rudder_mixpanel.errors import ConfigurationError

# RudderStack's limit for historic events: five years as its date library counts them.
FIVE_YEARS_IN_DAYS: Final = 1826.2125
SOURCE_TYPES: Final = (
    *("android", "androidKotlin", "ios", "iosSwift", "web", "unity", "amp", "cloud", "warehouse"),
    *("reactnative", "flutter", "cordova", "shopify"),
)


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting; what is not `used` belongs to the device mode, and is accepted and ignored.

    `preset` is its default with `compatibility: "rudderstack"`, where that differs.
    """

    name: str
    value_type: SettingType
    default: Any
    explanation: str
    cli_name: str = ""
    used: bool = True
    required: bool = False
    preset: Any = None

    @property
    def allowed(self) -> str:
        """What may be written, in words."""
        return self.value_type.allowed

    @property
    def default_text(self) -> str:
        """What holds when nothing is written, in words."""
        if self.required:
            return "required"
        said = default_as_text(self.default)
        with_preset = f", {default_as_text(self.preset)} with compatibility rudderstack"
        return said if self.preset is None else said + with_preset

    def read(self, given: Mapping[str, Any], *, as_peer: bool) -> Any:
        """Its value in a Config; raises ConfigurationError."""
        try:
            value = self.value_type.read(given[self.name]) if self.name in given else None
        except UnexpectedValue as unexpected:
            raise ConfigurationError(self.name, str(unexpected)) from None
        if value is None and self.required:
            raise ConfigurationError(self.name, "expected text, got nothing")
        default = self.preset if as_peer and self.preset is not None else self.default
        return default if value is None else value


def default_as_text(default: Any) -> str:
    """A default as it would be written."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        default = ", ".join(default)
    return "none" if default is None or default == "" else str(default)


def setting(name: str, kind: SettingType, default: Any, explanation: str, **more: Any) -> Setting:
    """A row of RudderStack's own, whose name in the Rudder CLI follows from its name."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return Setting(name, kind, default, explanation, **{"cli_name": snake, **more})


def device_mode(
    name: str, kind: SettingType, default: Any, explanation: str, **more: Any
) -> Setting:
    """A row that only the device mode looks at."""
    return setting(name, kind, default, explanation, used=False, **more)


LINE: Final = Text(longest=100)
TEMPLATE: Final = Text(longest=200, blank_is_absent=False)
PROPERTIES: Final = Names("property")
ON_OFF: Final = Switch()
ON: Final = True
OFF: Final = False

# fmt: off
SETTINGS: Final = (
    # Where events go, and who sends them
    setting("token", LINE, None, "The project's token.", required=True),
    setting("dataResidency", Choice(("us", "eu", "in")), "us",
            "Where the project's data lives; nothing redirects to the right place."),
    setting("serviceAccountUserName", Text(), "", "The user name of the service account."),
    setting("serviceAccountSecret", Text(), "",
            "With it, events are imported by a service account instead of the token."),
    setting("projectId", Text(), "", "The project that the service account imports into."),
    Setting("apiSecret", Text(), "", "The project's API secret, until Mixpanel retires it."),
    Setting("importAuth", Choice(("automatic", "apiSecret")), "automatic",
            "Who imports: the service account, else the token; or the API secret, when asked for."),
    Setting("ingestionApi", Choice(("import", "track")), "import",
            "Where events go: import says of each whether it is taken, track does not."),
    setting("strictMode", ON_OFF, ON,
            "Whether Mixpanel says which events it refuses; without, it drops them silently."),
    # How events are mapped
    Setting("compatibility", Choice(("none", "rudderstack")), "none",
            "A preset: with rudderstack, what RudderStack's code does where its pages say else."),
    setting("identityMergeApi", Choice(("original", "simplified")), "original",
            "The project's way to merge identities; it must be the one chosen in Mixpanel."),
    Setting("pageEventName", Text(), "Page", "What page events are called.",
            preset="Loaded a Page"),
    Setting("screenEventName", Text(), "Screen", "What screen events are called.",
            preset="Loaded a Screen"),
    setting("useUserDefinedPageEventName", ON_OFF, OFF,
            "Whether page events are called after the template."),
    setting("userDefinedPageEventTemplate", TEMPLATE, "Viewed {{ category }} {{ name }} page",
            "What page events are called, with the page's category and name in it.", preset=""),
    setting("useUserDefinedScreenEventName", ON_OFF, OFF,
            "Whether screen events are called after the template."),
    setting("userDefinedScreenEventTemplate", TEMPLATE, "Viewed {{ category }} {{ name }} screen",
            "What screen events are called, with the screen's category and name in it.", preset=""),
    setting("dropTraitsInTrackEvent", ON_OFF, OFF,
            "Whether traits of the context stay out of track events."),
    setting("useNewMapping", ON_OFF, OFF,
            "Whether profiles get $first_name and $last_name, not $firstName and $lastName."),
    setting("people", ON_OFF, OFF,
            "Whether revenue of a track call is added to the profile's charges.", preset=ON),
    setting("propIncrements", PROPERTIES, (),
            "Properties of track calls that are added up in the profile."),
    setting("setOnceProperties", PROPERTIES, (), "Traits that are set where the profile has none."),
    setting("unionProperties", PROPERTIES, (),
            "Traits that are joined to a list of the profile, each value once."),
    setting("appendProperties", PROPERTIES, (), "Traits that are appended to a list."),
    setting("groupKeySettings", Names("groupKey"), (), "Traits that name the groups of a user."),
    Setting("groupKeysOnEvents", ON_OFF, OFF,
            "Whether events carry the group keys that their traits or context hold."),
    Setting("productEvents", ON_OFF, OFF,
            "Whether each product of an ordered basket becomes an event of its own."),
    Setting("counterDelivery", Choice(("at-most-once", "at-least-once")), "at-most-once",
            "Whether a counter is sent again when nobody can know whether it has counted."),
    Setting("maxEventAgeDays", PositiveNumber(), FIVE_YEARS_IN_DAYS,
            "How old an event may be."),
    # Which events are delivered
    setting("consentManagement", BySource(Consents()), (),
            "What users must consent to, by consent manager.", cli_name="consent_management"),
    Setting("oneTrustCookieCategories", BySource(Names("oneTrustCookieCategory")), (),
            "OneTrust's categories of old: an event is filtered when one of them is denied."),
    Setting("ketchConsentPurposes", BySource(Names("purpose")), (),
            "Ketch's purposes of old: an event is filtered when all of them are denied."),
    Setting("sourceType", SourceType(SOURCE_TYPES), None,
            "Which list of the three above holds, where they have one for each source type."),
    Setting("filterEvents", ON_OFF, OFF,
            "Whether the three below hold here too; RudderStack heeds them in device mode only."),
    setting("eventFilteringOption", Choice(("disable", "whitelistedEvents", "blacklistedEvents")),
            "disable", "Which of the two lists holds.", cli_name="event_filtering"),
    setting("whitelistedEvents", Names("eventName"), (),
            "The only track events that are delivered.", cli_name="event_filtering.whitelist"),
    setting("blacklistedEvents", Names("eventName"), (),
            "Track events that are not delivered.", cli_name="event_filtering.blacklist"),
    # How users are deleted
    setting("userDeletionApi", Choice(("engage", "task")), "engage",
            "What a regulation deletes: the profile, or with task also the events."),
    setting("gdprApiToken", LINE, "", "The token for deletions by task."),
    Setting("complianceType", Choice(("GDPR", "CCPA")), "GDPR",
            "The law that a deletion by task names."),
    Setting("deletionIdentifiers", Names("identifier"), ("anonymousId",),
            "Keys beside userId under which a regulation names a user."),
    # RudderStack's device mode
    device_mode("setAllTraitsByDefault", ON_OFF, OFF, "All traits become super properties."),
    device_mode("superProperties", PROPERTIES, (), "Traits that become super properties."),
    device_mode("peopleProperties", PROPERTIES, (), "Traits that the profile gets."),
    device_mode("eventIncrements", PROPERTIES, (), "Events that are counted in the profile."),
    device_mode("consolidatedPageCalls", ON_OFF, ON, "Every page call is one kind of event."),
    device_mode("trackCategorizedPages", ON_OFF, OFF, "Pages with a category are events."),
    device_mode("trackNamedPages", ON_OFF, OFF, "Pages with a name are events."),
    device_mode("sourceName", LINE, "", "A property of every event that names the source."),
    device_mode("sessionReplayPercentage", Anything("an object with web: 0 to 100 as text"), "",
                "How many sessions are recorded.", cli_name="session_replay_percentage.web"),
    device_mode("crossSubdomainCookie", ON_OFF, OFF, "The cookie holds for all subdomains."),
    device_mode("secureCookie", ON_OFF, OFF, "The cookie travels over HTTPS only."),
    device_mode("persistenceType", Choice(("none", "cookie", "localStorage")), "cookie",
                "Where the browser remembers the user."),
    device_mode("persistenceName", LINE, "", "What the browser calls that."),
    device_mode("ignoreDnt", ON_OFF, OFF, "A browser's wish not to be tracked is ignored."),
    device_mode("connectionMode", Anything("an object with cloud or device by source type"), "",
                "Who sends the events: the device, or RudderStack."),
    device_mode("useNativeSDK", Anything("an object with true or false for web"), "",
                "The older spelling of connectionMode.", cli_name=""),
)
# fmt: on


def read_settings(config: Mapping[str, Any]) -> dict[str, Any]:
    """Each setting that is used, with its value in a Config; raises ConfigurationError.

    Names may stand in RudderStack's spelling (camelCase) or in the Rudder CLI's (snake_case);
    unknown ones are ignored, and null means absent, as in a form that was left empty.
    """
    given = {camel_case(name): value for name, value in config.items() if value is not None}
    given |= event_filtering(given.get("eventFiltering"))
    as_peer = given.get("compatibility") == "rudderstack"
    return {row.name: row.read(given, as_peer=as_peer) for row in SETTINGS if row.used}


def event_filtering(block: Any) -> dict[str, Any]:
    """The CLI's block of an allow list or a deny list, in RudderStack's settings."""
    if block is None:
        return {}
    if not isinstance(block, dict):
        expected = "expected an object with whitelist or blacklist"
        raise ConfigurationError("event_filtering", f"{expected}, got {describe(block)}")
    allowed, denied = block.get("whitelist"), block.get("blacklist")
    if allowed and denied:
        raise ConfigurationError("event_filtering", "expected whitelist or blacklist, got both")
    if allowed:
        return {"eventFilteringOption": "whitelistedEvents", "whitelistedEvents": allowed}
    if denied:
        return {"eventFilteringOption": "blacklistedEvents", "blacklistedEvents": denied}
    return {"eventFilteringOption": "disable"}
