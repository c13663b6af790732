"""One Mixpanel project: where it is, who may write to it, and how events are mapped for it."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Self

from rudder_mixpanel.destination.dynamic import (
    GivenValue,
    Template,
    cache_key,
    fill_templates,
    take_values,
    templates_in,
)
from rudder_mixpanel.destination.settings import read_settings
from rudder_mixpanel.destination.types import Consent, camel_case, for_source
from rudder_mixpanel.errors import Code, ConfigurationError, RejectedEvent

# A project lives in one region, and nothing redirects: developer.mixpanel.com/reference/overview
INGESTION_URLS: Final = {
    "us": "https://api.mixpanel.com",
    "eu": "https://api-eu.mixpanel.com",
    "in": "https://api-in.mixpanel.com",
}
# What simplified merge puts before the id of a device; it is the same device without.
DEVICE: Final = "$device:"
DAY: Final = 86_400_000  # milliseconds
# Destinations that events have made by their dynamic settings, as many as are remembered.
MOST_REMEMBERED: Final = 256


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """The settings and credentials of one destination; secrets never show in its repr."""

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

        What events may give is taken at its default, which must be right for itself. Raises
        ConfigurationError with the name of the wrong setting.
        """
        templates = templates_in(config)
        there = cls.from_plain(fill_templates(config, [(one, one.default) for one in templates]))
        return replace(there, dynamic=DynamicSettings(config, templates)) if templates else there

    @classmethod
    def from_plain(cls, config: Mapping[str, Any]) -> Self:
        """Read a Config as it stands: what looks like a template in it is a text like any other."""
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
            max_event_age=int(read["maxEventAgeDays"] * DAY),
            consents=of_source(read, "consentManagement"),
            one_trust_categories=frozenset(of_source(read, "oneTrustCookieCategories")),
            ketch_purposes=frozenset(of_source(read, "ketchConsentPurposes")),
            allowed_events=allowed,
            denied_events=denied,
        )

    def for_event(self, message: Mapping[str, Any]) -> tuple["Destination", Mapping[str, Any]]:
        """The destination as a message's dynamic settings make it, and the message without them.

        Both stay as they are. Raises RejectedEvent when the message gives what is not allowed.
        """
        if self.dynamic is None:
            return self, message
        found, rest = take_values(self.dynamic.templates, message)
        return (self.dynamic.resolve(self, found), rest) if found else (self, message)

    @property
    def lists_events(self) -> bool:
        """Whether some track events are let through, or kept out, by their names."""
        return self.allowed_events is not None or bool(self.denied_events)

    @property
    def connection(self) -> tuple[str, str, str, str, bool]:
        """What the requests to it have in common, and cannot share with those to another one."""
        credentials = (self.import_username, self.import_password, self.project_id)
        return (self.ingestion_url, *credentials, self.strict_mode)


class DynamicSettings:
    """A Config that events complete, and the destinations that they have made of it."""

    def __init__(self, config: Mapping[str, Any], templates: list[Template]) -> None:
        self.config = config
        self.templates = templates
        self.remembered: dict[Any, Destination] = {}

    def resolve(self, there: Destination, found: list[GivenValue]) -> Destination:
        """What found values make of a destination; what was made lately is not made again."""
        key = cache_key(found)
        if key is None:
            return self.build(there, found)
        key = (there.ingestion_url, key)
        if key not in self.remembered:
            made = self.build(there, found)
            if len(self.remembered) >= MOST_REMEMBERED:
                del self.remembered[next(iter(self.remembered))]
            self.remembered[key] = made
        return self.remembered[key]

    def build(self, there: Destination, found: list[GivenValue]) -> Destination:
        """What found values make of a destination."""
        given = {template.place: value for template, value in found}
        values = [(one, given.get(one.place, one.default)) for one in self.templates]
        try:
            made = Destination.from_plain(fill_templates(self.config, values))
        except ConfigurationError as error:
            # The defaults are right, so it is the event that is wrong, and no mending of settings
            # would help it: kept, it would wait and ring for nothing until it expires.
            raise RejectedEvent(
                Code.INVALID_SETTING, str(error), rejected_field(error, found)
            ) from None
        return adapt_destination(made, there)


def rejected_field(error: ConfigurationError, found: list[GivenValue]) -> str:
    """Where the event says what a setting does not allow."""
    sources = {camel_case(one.setting): ".".join(one.source) for one, _ in found}
    return sources.get(camel_case(error.setting), "")


def adapt_destination(made: Destination, there: Destination) -> Destination:
    """What an event has made of a destination, with what it cannot know.

    A destination that was moved (to a sandbox, behind a proxy) stays there. And who brings a token
    brings a project, into which the service account or API secret of another one must not import.
    """
    if there.ingestion_url not in INGESTION_URLS.values():
        made = replace(made, ingestion_url=there.ingestion_url)
    if made.token != there.token and there.connection[1:4] == made.connection[1:4]:
        made = replace(made, import_username=made.token, import_password="", project_id="")
    return made


def import_credentials(read: Mapping[str, Any]) -> tuple[str, str, str]:
    """User name, password and project id for /import.

    A service account when its secret is given, else the project token; the API secret, which
    Mixpanel retires in March 2027, only when it is asked for.
    https://developer.mixpanel.com/reference/import-events#authentication
    """
    if read["importAuth"] == "apiSecret":
        return required_text(read, "apiSecret"), "", ""
    complete = read["serviceAccountUserName"] and read["projectId"]
    if read["compatibility"] == "rudderstack" and not complete:
        # RudderStack's form has no such settings any more; an exported Config may hold one of them.
        return read["token"], "", ""
    if secret := read["serviceAccountSecret"]:
        return (
            required_text(read, "serviceAccountUserName"),
            secret,
            required_text(read, "projectId"),
        )
    return read["token"], "", ""


def required_text(read: Mapping[str, Any], name: str) -> str:
    """A text that another setting makes necessary."""
    if value := str(read[name]):
        return value
    raise ConfigurationError(name, "expected text, got nothing")


def event_template(read: Mapping[str, Any], kind: str) -> str | None:
    """The template for the names of pages or screens, if it is switched on."""
    template: str = read[f"userDefined{kind}EventTemplate"]
    return template if read[f"useUserDefined{kind}EventName"] else None


def of_source(read: Mapping[str, Any], name: str) -> Any:
    """A setting that may differ by source type, for the source type of this destination."""
    found = for_source(read[name], read["sourceType"], ())
    if found is None:
        # Which consent counts is not to be guessed.
        expected = f"expected the type of the source, since {name} differs by it, got nothing"
        raise ConfigurationError("sourceType", expected)
    return found


def event_lists(read: Mapping[str, Any]) -> tuple[frozenset[str] | None, frozenset[str]]:
    """The track events that are allowed (None: all) and those that are denied."""
    option = read["eventFilteringOption"] if read["filterEvents"] else "disable"
    allowed = frozenset(name.strip() for name in read["whitelistedEvents"])
    denied = frozenset(name.strip() for name in read["blacklistedEvents"])
    return (
        allowed if option == "whitelistedEvents" else None,
        denied if option == "blacklistedEvents" else frozenset(),
    )
