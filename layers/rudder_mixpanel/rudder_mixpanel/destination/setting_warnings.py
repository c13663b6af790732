"""What is probably wrong with a Config that is accepted: one list for logs and commands."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any, Final, NamedTuple

from rudder_mixpanel.destination.dynamic import fill_defaults, templates_in, texts_in
from rudder_mixpanel.destination.settings import (
    SETTINGS,
    SOURCE_TYPES,
    TEMPLATE,
    Setting,
    named_values,
)
from rudder_mixpanel.destination.types import (
    SOURCE_TYPES_OF_THE_CLI,
    BySource,
    Consents,
    Credential,
    Names,
    SettingType,
    Text,
    UnexpectedValue,
    camel_case,
    letters,
)
from rudder_mixpanel.placeholder import is_left_over

# Similar enough to be a slip: one wrong letter, or two exchanged ones, in the six of `people`.
# RudderStack's own useNativeSDKToSend, at 0.8, is no slip.
CUTOFF: Final = 0.83
# The Rudder CLI's block with the lists of events, and its keys.
EVENT_FILTERING: Final = "eventFiltering"
LISTS_OF_EVENTS: Final = ("whitelist", "blacklist")
CONSENT_KEYS: Final = ("provider", "resolutionStrategy", "consents")


class SettingWarning(NamedTuple):
    """What is probably wrong about a setting; neither part is a value of the Config."""

    setting: str
    text: str

    def __str__(self) -> str:
        """One line, as an error of a setting is shown."""
        return f"{self.setting}: {self.text}"


def setting_warnings(config: Mapping[str, Any]) -> list[SettingWarning]:
    """What is probably wrong with a Config, also with one that is refused for another reason."""
    values = named_values(fill_defaults(config, templates_in(config)))
    return [
        *misspelt_settings(config),
        *repeated_settings(config),
        *misspelt_keys(values),
        *left_over_placeholders(values),
        *paths_to_nothing(config),
        *overridden_presets(values),
    ]


def misspelt_settings(config: Mapping[str, Any]) -> Iterator[SettingWarning]:
    """Names that are ignored, and nearly those of settings."""
    names = (name for name, value in config.items() if value is not None)
    known = [EVENT_FILTERING, *(row.name for row in SETTINGS)]
    for name, near in near_misses(names, known):
        similar = cli_name(near) if "_" in name else near
        yield SettingWarning(name, f"ignored, as no setting has this name; did you mean {similar}?")


def repeated_settings(config: Mapping[str, Any]) -> Iterator[SettingWarning]:
    """Settings in two spellings, of which only one value is used."""
    last: dict[str, str] = {}
    for name, value in config.items():
        if value is not None:
            setting = camel_case(name)
            if setting in last:
                text = f"ignored, as the setting is given again as {name}"
                yield SettingWarning(last[setting], text)
            last[setting] = name


def misspelt_keys(values: Mapping[str, Any]) -> Iterator[SettingWarning]:
    """Keys inside of settings that are ignored, and nearly those that count."""
    objects = [
        (row.name, keys, found)
        for row in SETTINGS
        for keys, found in objects_in(row.value_type, values.get(row.name))
    ]
    if isinstance(block := values.get(EVENT_FILTERING), dict):
        objects.append(("event_filtering", LISTS_OF_EVENTS, block))
    for setting, keys, found in objects:
        for key, near in near_misses(found, keys):
            yield SettingWarning(setting, f"its key {key} is ignored; did you mean {near}?")


def objects_in(
    value_type: SettingType, value: Any
) -> Iterator[tuple[Collection[str], dict[str, Any]]]:
    """The objects in a setting's value, each with the keys that it may have."""
    match value_type, value:
        case BySource(list_type), dict():
            yield (*SOURCE_TYPES_OF_THE_CLI, *SOURCE_TYPES), value
            for items in value.values():
                yield from objects_in(list_type, items)
        case BySource(list_type), _:
            yield from objects_in(list_type, value)
        case Names(key), list():
            yield from (((key,), item) for item in value if isinstance(item, dict))
        case Consents(), list():
            for item in (item for item in value if isinstance(item, dict)):
                yield CONSENT_KEYS, item
                yield from objects_in(Names("consent"), item.get("consents"))
        case _:
            pass


def left_over_placeholders(values: Mapping[str, Any]) -> Iterator[SettingWarning]:
    """Settings whose value, or a part of it, is a placeholder that is used as it is."""
    for row in SETTINGS:
        if row.used and accepts_placeholders(row.value_type):
            texts = (text for _, text in texts_in(values.get(row.name)))
            if any(map(is_left_over, texts)):
                text = "a placeholder in it stays; only {{ path || default }} is filled in"
                yield SettingWarning(row.name, text)


def paths_to_nothing(config: Mapping[str, Any]) -> Iterator[SettingWarning]:
    """Dynamic settings that no event can provide."""
    for template in templates_in(config):
        if not template.source:
            text = "always its default, as its path does not start with event. or message."
            yield SettingWarning(template.setting, text)


def accepts_placeholders(value_type: SettingType) -> bool:
    """Whether a placeholder is an allowed value, and is not filled in for each event."""
    free_text = isinstance(value_type, Text | Names | BySource)
    return free_text and not isinstance(value_type, Credential) and value_type is not TEMPLATE


def overridden_presets(values: Mapping[str, Any]) -> Iterator[SettingWarning]:
    """Settings that take away what the preset for a migration promises."""
    if values.get("compatibility") == "rudderstack":
        for row in SETTINGS:
            if row.without_preset and differs_from_preset(row, values.get(row.name)):
                text = "overrides compatibility rudderstack"
                yield SettingWarning(row.name, f"{text}: {row.without_preset}")


def differs_from_preset(row: Setting, value: Any) -> bool:
    """Whether a setting has another value than the preset's; an invalid one is an error anyway."""
    try:
        read = None if value is None else row.value_type.read(value)
    except UnexpectedValue:
        return False
    return read is not None and read != row.preset


def near_misses(names: Iterable[str], known: Collection[str]) -> Iterator[tuple[str, str]]:
    """The unknown ones of some names, each with the known name that it resembles."""
    for name in names:
        if camel_case(name) not in known and (near := most_similar(name, known)):
            yield name, near


def most_similar(name: str, known: Iterable[str], *, cutoff: float = CUTOFF) -> str | None:
    """The known name that a name resembles most, or None."""
    # Imported here because most Configs have no unknown name, and start the function.
    from difflib import get_close_matches  # noqa: PLC0415

    by_letters = {letters(name): name for name in known}
    matches = get_close_matches(letters(name), by_letters, n=1, cutoff=cutoff)
    return by_letters[matches[0]] if matches else None


def cli_name(name: str) -> str:
    """A setting's name for the Rudder CLI, or its own where it has none."""
    names = {row.name: row.cli_name for row in SETTINGS} | {EVENT_FILTERING: "event_filtering"}
    return names[name] or name
