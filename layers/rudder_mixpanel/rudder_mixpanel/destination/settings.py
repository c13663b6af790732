"""Every setting of a destination: RudderStack's for cloud and device mode, and our own."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Final

from rudder_mixpanel.destination.types import (
    Anything,
    BySource,
    Choice,
    Consents,
    Credential,
    Names,
    PositiveNumber,
    SettingType,
    SourceType,
    Switch,
    Text,
    Token,
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
    """One setting; one that is not `used` is for the device mode: accepted and ignored.

    `preset` is its default with `compatibility: "rudderstack"`, where that differs, and
    `without_preset` says what a migrating team loses with another value.
    """

    name: str
    value_type: SettingType
    default: Any
    explanation: str
    cli_name: str = ""
    used: bool = True
    required: bool = False
    preset: Any = None
    without_preset: str = ""

    @property
    def allowed(self) -> str:
        """The allowed values, in words."""
        return self.value_type.allowed

    @property
    def default_text(self) -> str:
        """The default, in words."""
        if self.required:
            return "required"
        default = default_as_text(self.default)
        with_preset = f", {default_as_text(self.preset)} with compatibility rudderstack"
        return default if self.preset is None else default + with_preset

    def read(self, config: Mapping[str, Any], *, use_preset: bool) -> Any:
        """Its value in a Config; raises ConfigurationError when that is not allowed."""
        try:
            value = self.value_type.read(config[self.name]) if self.name in config else None
        except UnexpectedValue as unexpected:
            raise ConfigurationError(self.name, str(unexpected)) from None
        if value is not None:
            return value
        if self.required:
            raise ConfigurationError(self.name, "expected text, got nothing")
        return self.preset if use_preset and self.preset is not None else self.default


def default_as_text(default: Any) -> str:
    """A default as a user would write it."""
    if isinstance(default, bool):
        return str(default).lower()
    if isinstance(default, tuple):
        default = ", ".join(default)
    return "none" if default is None or default == "" else str(default)


def setting(
    name: str, value_type: SettingType, default: Any, explanation: str, **more: Any
) -> Setting:
    """A setting of RudderStack; its name in the Rudder CLI follows from its name."""
    snake = "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)
    return Setting(name, value_type, default, explanation, **{"cli_name": snake, **more})


def device_mode(
    name: str, value_type: SettingType, default: Any, explanation: str, **more: Any
) -> Setting:
    """A setting that only the device mode uses."""
    return setting(name, value_type, default, explanation, used=False, **more)


LINE: Final = Text(longest=100)
CREDENTIAL: Final = Credential()
TEMPLATE: Final = Text(longest=200, blank_is_absent=False)
PROPERTIES: Final = Names("property")
ON_OFF: Final = Switch()
ON: Final = True
OFF: Final = False

# fmt: off
# By what they are for, in the words of docs/mapping.md
GROUPS: Final[dict[str, tuple[Setting, ...]]] = {
"Project and credentials": (
    setting("token", Token(), None, "The project's token.", required=True),
    setting("dataResidency", Choice(("us", "eu", "in")), "us",
            "The region of the project's data; Mixpanel does not redirect between regions."),
    setting("serviceAccountUserName", CREDENTIAL, "", "The user name of the service account."),
    setting("serviceAccountSecret", CREDENTIAL, "",
            "The service account's secret; with it, the service account imports, not the token."),
    setting("projectId", CREDENTIAL, "", "The project that the service account imports into."),
    Setting("apiSecret", CREDENTIAL, "", "The API secret, which Mixpanel retires in March 2027."),
    Setting("importAuth", Choice(("automatic", "apiSecret")), "automatic",
            "What imports: the service account, else the token; or the API secret."),
    Setting("ingestionApi", Choice(("import", "track")), "import",
            "The API for events: /import reports which events it rejects, /track does not."),
    setting("strictMode", ON_OFF, ON,
            "Whether Mixpanel reports the events that it rejects; if not, it drops them silently."),
),
"Users and groups": (
    setting("identityMergeApi", Choice(("original", "simplified")), "original",
            "The ID merge API of the project, as chosen in Mixpanel's project settings."),
    setting("groupKeySettings", Names("groupKey"), (), "Traits that name the groups of a user."),
    Setting("groupKeysOnEvents", ON_OFF, OFF,
            "Whether events carry the group keys from their traits or context."),
),
"Events": (
    Setting("compatibility", Choice(("none", "rudderstack")), "none",
            "A preset: rudderstack follows RudderStack's code where its documentation differs."),
    Setting("pageEventName", Text(), "Page", "The name of page events.",
            preset="Loaded a Page",
            without_preset="page events get another name than RudderStack gives them"),
    Setting("screenEventName", Text(), "Screen", "The name of screen events.",
            preset="Loaded a Screen",
            without_preset="screen events get another name than RudderStack gives them"),
    setting("useUserDefinedPageEventName", ON_OFF, OFF,
            "Whether the template makes the names of page events."),
    setting("userDefinedPageEventTemplate", TEMPLATE, "Viewed {{ category }} {{ name }} page",
            "The template for names of page events, with the page's category and name.",
            preset=""),
    setting("useUserDefinedScreenEventName", ON_OFF, OFF,
            "Whether the template makes the names of screen events."),
    setting("userDefinedScreenEventTemplate", TEMPLATE, "Viewed {{ category }} {{ name }} screen",
            "The template for names of screen events, with the screen's category and name.",
            preset=""),
    setting("dropTraitsInTrackEvent", ON_OFF, OFF,
            "Whether track events omit the traits of the context."),
    Setting("productEvents", ON_OFF, OFF,
            "Whether each product of a completed order becomes a separate event."),
    Setting("maxEventAgeDays", PositiveNumber(), FIVE_YEARS_IN_DAYS,
            "The maximum age of an event, in days."),
),
"Profiles and counters": (
    setting("useNewMapping", ON_OFF, OFF,
            "Whether profiles get $first_name and $last_name, not $firstName and $lastName."),
    setting("setOnceProperties", PROPERTIES, (),
            "Traits that are set only if the profile lacks them."),
    setting("unionProperties", PROPERTIES, (),
            "Traits that are merged into a list of the profile, each value once."),
    setting("appendProperties", PROPERTIES, (),
            "Traits that are appended to a list of the profile."),
    setting("people", ON_OFF, OFF,
            "Whether the revenue of a track call is added to the profile's charges.", preset=ON,
            without_preset="charges end, which RudderStack's code records regardless"),
    setting("propIncrements", PROPERTIES, (),
            "Properties of track calls that increment a property of the profile."),
    Setting("counterDelivery", Choice(("at-most-once", "at-least-once")), "at-most-once",
            "Whether a counter is sent again when it is unknown whether Mixpanel counted it."),
    Setting("profileUpdates", Choice(("newer-wins", "as-they-come")), "newer-wins",
            "Whether an update that comes late leaves newer values of a profile as they are."),
),
"Filters": (
    setting("consentManagement", BySource(Consents()), (),
            "The consents that are required, by consent manager.", cli_name="consent_management"),
    Setting("oneTrustCookieCategories", BySource(Names("oneTrustCookieCategory")), (),
            "OneTrust's legacy categories: an event is filtered when one of them is denied."),
    Setting("ketchConsentPurposes", BySource(Names("purpose")), (),
            "Ketch's legacy purposes: an event is filtered when all of them are denied."),
    Setting("sourceType", SourceType(SOURCE_TYPES), None,
            "The type of the source, which selects a list where the three above differ by it."),
    Setting("filterEvents", ON_OFF, OFF,
            "Whether to apply the three below; RudderStack applies them in device mode only."),
    setting("eventFilteringOption", Choice(("disable", "whitelistedEvents", "blacklistedEvents")),
            "disable", "Which of the two lists applies.", cli_name="event_filtering"),
    setting("whitelistedEvents", Names("eventName"), (),
            "The only track events that are delivered.", cli_name="event_filtering.whitelist"),
    setting("blacklistedEvents", Names("eventName"), (),
            "Track events that are not delivered.", cli_name="event_filtering.blacklist"),
),
"Deletion of users": (
    setting("userDeletionApi", Choice(("engage", "task")), "engage",
            "What a regulation deletes: with engage the profile, with task also the events."),
    setting("gdprApiToken", Credential(longest=100), "", "The token for deletions by task."),
    Setting("complianceType", Choice(("GDPR", "CCPA")), "GDPR",
            "The law that a deletion by task refers to."),
    Setting("deletionIdentifiers", Names("identifier"), ("anonymousId",),
            "The keys besides userId by which a regulation identifies a user."),
),
"Device mode": (
    device_mode("setAllTraitsByDefault", ON_OFF, OFF, "All traits become super properties."),
    device_mode("superProperties", PROPERTIES, (), "Traits that become super properties."),
    device_mode("peopleProperties", PROPERTIES, (), "Traits that are set on the profile."),
    device_mode("eventIncrements", PROPERTIES, (), "Events that increment a profile counter."),
    device_mode("consolidatedPageCalls", ON_OFF, ON, "Every page call becomes the same event."),
    device_mode("trackCategorizedPages", ON_OFF, OFF, "Pages with a category become events."),
    device_mode("trackNamedPages", ON_OFF, OFF, "Pages with a name become events."),
    device_mode("sourceName", LINE, "", "A property of every event with the name of the source."),
    device_mode("sessionReplayPercentage", Anything("an object with web: 0 to 100 as text"), "",
                "The percentage of sessions to record.", cli_name="session_replay_percentage.web"),
    device_mode("crossSubdomainCookie", ON_OFF, OFF, "The cookie is shared by all subdomains."),
    device_mode("secureCookie", ON_OFF, OFF, "The cookie is sent over HTTPS only."),
    device_mode("persistenceType", Choice(("none", "cookie", "localStorage")), "cookie",
                "Where the browser stores the user."),
    device_mode("persistence", Anything("none, cookie or localStorage"), "",
                "The legacy form of persistenceType.", cli_name=""),
    device_mode("persistenceName", LINE, "", "The name under which it stores the user."),
    device_mode("ignoreDnt", ON_OFF, OFF, "The browser's Do Not Track setting is ignored."),
    device_mode("connectionMode", Anything("an object with cloud or device by source type"), "",
                "What sends the events: the device, or RudderStack."),
    device_mode("useNativeSDK", Anything("an object with true or false for web"), "",
                "The legacy form of connectionMode.", cli_name=""),
),
}
# fmt: on

SETTINGS: Final = tuple(row for rows in GROUPS.values() for row in rows)

USED: Final = tuple(row.name for row in SETTINGS if row.used)


def read_settings(config: Mapping[str, Any], names: Collection[str] = USED) -> dict[str, Any]:
    """Read the values of settings of a Config, of all used ones by default.

    Other names are ignored. Raises ConfigurationError with the name of an invalid setting.
    """
    values = named_values(config)
    values |= event_filtering(values.get("eventFiltering"))
    use_preset = values.get("compatibility") == "rudderstack"
    rows = (row for row in SETTINGS if row.name in names)
    return {row.name: row.read(values, use_preset=use_preset) for row in rows}


def named_values(config: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a Config by RudderStack's spelling of their names (camelCase).

    The Config may have the Rudder CLI's (snake_case). Null counts as absent, as in an empty form
    field.
    """
    return {camel_case(name): value for name, value in config.items() if value is not None}


def event_filtering(block: Any) -> dict[str, Any]:
    """Translate the CLI's block with an allow list or a deny list into RudderStack's settings.

    Raises ConfigurationError when it is not an object, or has both lists.
    """
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
