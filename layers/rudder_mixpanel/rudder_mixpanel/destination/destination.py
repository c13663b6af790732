"""One Mixpanel project: its address, its credentials and how events are mapped for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from rudder_mixpanel.destination.dynamic import (
    EventValue,
    Template,
    cache_key,
    fill_defaults,
    fill_templates,
    take_values,
    templates_in,
)
from rudder_mixpanel.destination.project import INGESTION_URLS
from rudder_mixpanel.destination.settings import read_settings
from rudder_mixpanel.destination.types import Consent, camel_case, for_source
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent

MILLISECONDS_A_DAY: Final = 86_400_000
# How many destinations with the dynamic settings of events are cached.
MOST_REMEMBERED: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The settings and credentials of one destination; its repr shows no secret."""

    token: str = field(repr=False)
    ingestion_url: str
    import_username: str = field(repr=False)
    import_password: str = field(repr=False)
    project_id: str
    strict_mode: bool
    simplified: bool
    ingestion_api: str
    page_event_name: str
    screen_event_name: str
    page_event_template: str | None
    screen_event_template: str | None
    # Whether templates get a name from the root of the message alone
    root_names_only: bool
    drop_traits_in_track_event: bool
    use_new_mapping: bool
    people: bool
    increments: tuple[str, ...]
    set_once: tuple[str, ...]
    union: tuple[str, ...]
    append: tuple[str, ...]
    group_keys: tuple[str, ...]
    group_keys_on_events: bool
    product_events: bool
    counters_at_least_once: bool
    # Whether late updates of profiles leave newer values as they are
    newer_wins: bool
    max_event_age: int  # milliseconds
    consents: tuple[Consent, ...]
    one_trust_categories: frozenset[str]
    ketch_purposes: frozenset[str]
    # None: every event is allowed
    allowed_events: frozenset[str] | None
    denied_events: frozenset[str]
    dynamic: "DynamicSettings | None" = field(default=None, repr=False, compare=False)

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read RudderStack's destination Config, credentials merged over it.

        A dynamic setting gets its default, which must be valid by itself. Raises
        ConfigurationError with the name of the invalid setting.
        """
        templates = templates_in(config)
        base = cls.from_plain(fill_defaults(config, templates))
        return replace(base, dynamic=DynamicSettings(config, templates)) if templates else base

    @classmethod
    def from_plain(cls, config: Mapping[str, Any]) -> Self:
        """Read a Config and treat its templates as plain text.

        Raises ConfigurationError with the name of the invalid setting.
        """
        read = read_settings(config)
        username, password, project_id = import_credentials(read)
        allowed, denied = event_lists(read)
        return cls(
            token=read["token"],
            ingestion_url=INGESTION_URLS[read["dataResidency"]],
            import_username=username,
            import_password=password,
            project_id=project_id,
            strict_mode=read["strictMode"],
            simplified=read["identityMergeApi"] == "simplified",
            ingestion_api=read["ingestionApi"],
            page_event_name=read["pageEventName"],
            screen_event_name=read["screenEventName"],
            page_event_template=event_template(read, "Page"),
            screen_event_template=event_template(read, "Screen"),
            root_names_only=read["compatibility"] == "rudderstack",
            drop_traits_in_track_event=read["dropTraitsInTrackEvent"],
            use_new_mapping=read["useNewMapping"],
            people=read["people"],
            increments=tuple(dict.fromkeys(read["propIncrements"])),
            set_once=read["setOnceProperties"],
            union=read["unionProperties"],
            append=read["appendProperties"],
            group_keys=read["groupKeySettings"],
            group_keys_on_events=read["groupKeysOnEvents"],
            product_events=read["productEvents"],
            counters_at_least_once=read["counterDelivery"] == "at-least-once",
            newer_wins=read["profileUpdates"] == "newer-wins",
            max_event_age=int(read["maxEventAgeDays"] * MILLISECONDS_A_DAY),
            consents=value_for_source(read, "consentManagement"),
            one_trust_categories=frozenset(value_for_source(read, "oneTrustCookieCategories")),
            ketch_purposes=frozenset(value_for_source(read, "ketchConsentPurposes")),
            allowed_events=allowed,
            denied_events=denied,
        )

    def for_event(self, message: Mapping[str, Any]) -> tuple["Destination", Mapping[str, Any]]:
        """Return the destination with a message's dynamic settings, and the message without them.

        Neither this destination nor the message is changed. Raises RejectedEvent when the message
        has an invalid value for a setting.
        """
        if self.dynamic is None:
            return self, message
        values, rest = take_values(self.dynamic.templates, message)
        return (self.dynamic.resolve(self, values), rest) if values else (self, message)

    @property
    def lists_events(self) -> bool:
        """Whether track events are allowed or denied by name."""
        return self.allowed_events is not None or bool(self.denied_events)

    @property
    def connection(self) -> tuple[str, str, str, str, str, bool, bool]:
        """What the events of a request share: address, credentials, modes."""
        return (self.ingestion_url, *self.login, self.token, self.strict_mode, self.newer_wins)

    @property
    def login(self) -> tuple[str, str, str]:
        """The credentials with which it imports: user name, password and project."""
        return self.import_username, self.import_password, self.project_id


class DynamicSettings:
    """A Config with templates, and a cache of the destinations made from it."""

    def __init__(self, config: Mapping[str, Any], templates: list[Template]) -> None:
        self.config = config
        self.templates = templates
        self.remembered: dict[Any, Destination] = {}

    def resolve(self, base: Destination, values: list[EventValue]) -> Destination:
        """Return the destination for an event's values, from the cache where possible.

        Raises RejectedEvent when a value is invalid.
        """
        values_key = cache_key(values)
        if values_key is None:
            return self.build(base, values)
        key = (base.ingestion_url, values_key)
        if key not in self.remembered:
            destination = self.build(base, values)
            if len(self.remembered) >= MOST_REMEMBERED:
                del self.remembered[next(iter(self.remembered))]
            self.remembered[key] = destination
        return self.remembered[key]

    def build(self, base: Destination, values: list[EventValue]) -> Destination:
        """Make the destination for an event's values; raises RejectedEvent for an invalid one."""
        by_place = {template.place: value for template, value in values}
        filled = [
            (template, by_place.get(template.place, template.default))
            for template in self.templates
        ]
        try:
            destination = Destination.from_plain(fill_templates(self.config, filled))
        except ConfigurationError as error:
            # The defaults are valid, so the event is wrong. No change of the settings would help:
            # a kept event would wait until it expires, and alarm the operator for nothing.
            raise RejectedEvent(
                Code.INVALID_SETTING, str(error), rejected_field(error, values)
            ) from None
        return adapt_destination(destination, base)


def rejected_field(error: ConfigurationError, values: list[EventValue]) -> str:
    """The path in the event of the value that a setting does not allow."""
    sources = {camel_case(template.setting): ".".join(template.source) for template, _ in values}
    return sources.get(camel_case(error.setting), "")


def adapt_destination(destination: Destination, base: Destination) -> Destination:
    """Correct a destination made from an event's values where the event cannot know better.

    A destination that was moved (to a sandbox, behind a proxy) stays there. A token from the event
    names a project of its own, which the service account or API secret must not import into.
    """
    if base.ingestion_url not in INGESTION_URLS.values():
        destination = replace(destination, ingestion_url=base.ingestion_url)
    same_credentials = base.connection[1:4] == destination.connection[1:4]
    if destination.token != base.token and same_credentials:
        return replace(
            destination, import_username=destination.token, import_password="", project_id=""
        )
    return destination


def import_credentials(read: Mapping[str, Any]) -> tuple[str, str, str]:
    """User name, password and project id for /import.

    A service account when its secret is set, else the project token. The API secret, which Mixpanel
    retires in March 2027, only with importAuth. Raises ConfigurationError when a part is missing.
    https://developer.mixpanel.com/reference/import-events#authentication
    """
    if read["importAuth"] == "apiSecret":
        return required_text(read, "apiSecret"), "", ""
    complete = read["serviceAccountUserName"] and read["projectId"]
    if read["compatibility"] == "rudderstack" and not complete:
        # RudderStack's form no longer has these settings; an exported Config may hold one of them.
        return read["token"], "", ""
    if secret := read["serviceAccountSecret"]:
        return (
            required_text(read, "serviceAccountUserName"),
            secret,
            required_text(read, "projectId"),
        )
    return read["token"], "", ""


def required_text(read: Mapping[str, Any], name: str) -> str:
    """Read a text that another setting requires; raises ConfigurationError when it is empty."""
    if value := str(read[name]):
        return value
    raise ConfigurationError(name, "expected text, got nothing")


def event_template(read: Mapping[str, Any], kind: str) -> str | None:
    """The template for page or screen names, or None when it is off."""
    template: str = read[f"userDefined{kind}EventTemplate"]
    return template if read[f"useUserDefined{kind}EventName"] else None


def value_for_source(read: Mapping[str, Any], name: str) -> Any:
    """The value of a setting for this destination's source type.

    Raises ConfigurationError when the value differs by source type and sourceType is not set.
    """
    value = for_source(read[name], read["sourceType"], ())
    if value is None:
        # Never guess which consent applies.
        expected = f"expected the type of the source, since {name} differs by it, got nothing"
        raise ConfigurationError("sourceType", expected)
    return value


def event_lists(read: Mapping[str, Any]) -> tuple[frozenset[str] | None, frozenset[str]]:
    """The names of the allowed track events (None: all), and of the denied ones."""
    option = read["eventFilteringOption"] if read["filterEvents"] else "disable"
    allowed = frozenset(name.strip() for name in read["whitelistedEvents"])
    denied = frozenset(name.strip() for name in read["blacklistedEvents"])
    return (
        allowed if option == "whitelistedEvents" else None,
        denied if option == "blacklistedEvents" else frozenset(),
    )
