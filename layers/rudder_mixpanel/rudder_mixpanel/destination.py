"""One Mixpanel project: where it is, who may write to it, and how events are mapped for it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Self

from rudder_mixpanel.errors import ConfigurationError

# A project lives in one region, and nothing redirects: developer.mixpanel.com/reference/overview
INGESTION_URLS: Final = {
    "us": "https://api.mixpanel.com",
    "eu": "https://api-eu.mixpanel.com",
    "in": "https://api-in.mixpanel.com",
}
# RudderStack's limit for historic events: five years as its date library counts them.
FIVE_YEARS_IN_DAYS: Final = 1826.2125


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
    increments: frozenset[str]
    set_once: tuple[str, ...]
    union: tuple[str, ...]
    append: tuple[str, ...]
    group_keys: tuple[str, ...]
    max_event_age_days: float
    group_keys_on_events: bool
    product_events: bool

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Self:
        """Read RudderStack's destination Config, credentials merged over it.

        Keys may stand in RudderStack's spelling (camelCase) or in the Rudder CLI's (snake_case);
        unknown ones are ignored. Raises ConfigurationError with the name of the wrong setting.
        """
        read = Settings(config)
        as_peer = read.choice("compatibility", ("none", "rudderstack"), "none") == "rudderstack"
        token = read.required_text("token")
        username, password, project_id = import_credentials(read, token)
        return cls(
            token=token,
            ingestion_url=INGESTION_URLS[read.choice("dataResidency", ("us", "eu", "in"), "us")],
            import_username=username,
            import_password=password,
            project_id=project_id,
            strict_mode=read.switch("strictMode", default=True),
            simplified=read.choice("identityMergeApi", ("original", "simplified"), "original")
            == "simplified",
            ingestion_api=read.choice("ingestionApi", ("import", "track"), "import"),
            page_event_name=read.event_name("pageEventName", "Page", as_peer=as_peer),
            screen_event_name=read.event_name("screenEventName", "Screen", as_peer=as_peer),
            page_event_template=read.template("Page"),
            screen_event_template=read.template("Screen"),
            drop_traits_in_track_event=read.switch("dropTraitsInTrackEvent", default=False),
            use_new_mapping=read.switch("useNewMapping", default=False),
            people=read.switch("people", default=as_peer),
            increments=frozenset(read.names("propIncrements", "property")),
            set_once=read.names("setOnceProperties", "property"),
            union=read.names("unionProperties", "property"),
            append=read.names("appendProperties", "property"),
            group_keys=read.names("groupKeySettings", "groupKey"),
            group_keys_on_events=read.switch("groupKeysOnEvents", default=False),
            product_events=read.switch("productEvents", default=False),
            max_event_age_days=read.positive_number("maxEventAgeDays", FIVE_YEARS_IN_DAYS),
        )


def import_credentials(read: "Settings", token: str) -> tuple[str, str, str]:
    """User name, password and project id for /import.

    A service account when its secret is given, else the project token; the API secret, which
    Mixpanel retires in March 2027, only when it is asked for.
    https://developer.mixpanel.com/reference/import-events#authentication
    """
    if read.choice("importAuth", ("automatic", "apiSecret"), "automatic") == "apiSecret":
        return read.required_text("apiSecret"), "", ""
    if secret := read.text("serviceAccountSecret", ""):
        return read.required_text("serviceAccountUserName"), secret, read.required_text("projectId")
    return token, "", ""


def camel_case(name: str) -> str:
    """RudderStack's spelling of a setting that may come in the Rudder CLI's."""
    first, *rest = name.split("_")
    return first + "".join(word[:1].upper() + word[1:] for word in rest)


class Settings:
    """Typed reading of a Config; what is wrong is said by name, and never by value."""

    def __init__(self, config: Mapping[str, Any]) -> None:
        # Null means absent, as in a form that was left empty.
        known = {camel_case(name): value for name, value in config.items() if value is not None}
        self.config: Mapping[str, Any] = known

    def read[T](self, name: str, default: T, read: Callable[[Any], T | None], expected: str) -> T:
        """A setting that `read` understands; absence means the default."""
        if name not in self.config:
            return default
        value = self.config[name]
        understood = read(value)
        if understood is None:
            raise ConfigurationError(name, f"expected {expected}, got {describe(value)}")
        return understood

    def text(self, name: str, default: str) -> str:
        """Text; a number, as a project id often is, is read as its digits."""
        return self.read(name, default, as_text, "text")

    def required_text(self, name: str) -> str:
        """Text that must be there."""
        value = self.text(name, "")
        if value.strip():
            return value
        raise ConfigurationError(name, "expected text, got nothing")

    def switch(self, name: str, *, default: bool) -> bool:
        """True or false."""
        return self.read(
            name, default, lambda v: v if isinstance(v, bool) else None, "true or false"
        )

    def choice(self, name: str, allowed: tuple[str, ...], default: str) -> str:
        """One of a few words; an empty one means the default, as in RudderStack's form."""
        return self.read(
            name,
            default,
            lambda v: default if v == "" else v if v in allowed else None,
            f"one of {', '.join(allowed)}",
        )

    def positive_number(self, name: str, default: float) -> float:
        """A number above zero."""
        return self.read(
            name,
            default,
            lambda v: (
                v if isinstance(v, int | float) and not isinstance(v, bool) and v > 0 else None
            ),
            "a number above zero",
        )

    def names(self, name: str, key: str) -> tuple[str, ...]:
        """A list of names, each plain text or an object with the one `key`; blanks are skipped."""
        items: list[Any] = self.read(
            name, [], lambda v: v if isinstance(v, list) else None, "a list of names"
        )
        found = [name_in(item, key) for item in items]
        for place, (item, one) in enumerate(zip(items, found, strict=True)):
            if one is None:
                expected = f"expected text or an object with {key} at place {place}"
                raise ConfigurationError(name, f"{expected}, got {describe(item)}")
        return tuple(one for one in found if one and one.strip())

    def event_name(self, name: str, default: str, *, as_peer: bool) -> str:
        """How pages or screens are called; a blank one means the default."""
        told = self.text(name, "")
        return told if told.strip() else f"Loaded a {default}" if as_peer else default

    def template(self, kind: str) -> str | None:
        """The template for the names of pages or screens, if it is switched on."""
        if not self.switch(f"useUserDefined{kind}EventName", default=False):
            return None
        # The default is RudderStack's own.
        default = f"Viewed {{{{ category }}}} {{{{ name }}}} {kind.lower()}"
        return self.text(f"userDefined{kind}EventTemplate", default)


def as_text(value: Any) -> str | None:
    """Text, or a whole number as text."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else None


def name_in(item: Any, key: str) -> str | None:
    """The name in an item of a list; empty for an empty item, None for one that is wrong."""
    if isinstance(item, dict):
        item = {camel_case(name): value for name, value in item.items()}.get(key, item or None)
    if item is None:
        return ""
    return item if isinstance(item, str) else None


def describe(value: Any) -> str:
    """The kind of a value, since the value itself may be a secret."""
    kinds = {str: "other text", bool: "true or false", int: "a number", float: "a number"}
    kinds |= {list: "a list", dict: "an object"}
    return kinds.get(type(value), "something else")
