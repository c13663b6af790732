"""What settings mean, what is probably wrong with them, and what differs from RudderStack."""

from collections.abc import Iterator, Mapping
from itertools import accumulate
from typing import Any, Final, NamedTuple

from rudder_mixpanel.destination.dynamic import fill_defaults, templates_in
from rudder_mixpanel.destination.setting_warnings import setting_warnings
from rudder_mixpanel.destination.settings import (
    SETTINGS,
    event_filtering,
    named_values,
    read_settings,
)
from rudder_mixpanel.destination.types import Consent, camel_case
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.configs.destinations import KNOWN
from rudder_mixpanel_cli.configs.invalid import invalid_setting
from rudder_mixpanel_cli.differences.choice import differences_for
from rudder_mixpanel_cli.differences.difference import Difference
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.setup.credentials import ALL
from rudder_mixpanel_cli.setup.essentials import ESSENTIALS

LONGEST_LIST: Final = 40
EMPTY: Final[tuple[Any, ...]] = (None, "", False, [], {})
# The table is read without credentials.
NO_CREDENTIALS: Final = {"token": "none"}
# What does nothing, unless this setting is on.
SWITCHES: Final = {
    "userDefinedPageEventTemplate": "useUserDefinedPageEventName",
    "userDefinedScreenEventTemplate": "useUserDefinedScreenEventName",
    "eventFilteringOption": "filterEvents",
    "whitelistedEvents": "filterEvents",
    "blacklistedEvents": "filterEvents",
}
LISTS: Final = ("whitelistedEvents", "blacklistedEvents")
ALL_DIFFERENCES: Final = ("Single events, whatever the settings", "see the end of docs/mapping.md")


class Section(NamedTuple):
    """A part of the overview: a heading, and rows of columns."""

    heading: str
    rows: list[tuple[str, ...]]


def overview(config: Mapping[str, Any]) -> list[Section]:
    """The sections about a Config without credentials, those with nothing to say left out.

    Raises UsageError with the name of a setting that is not valid.
    """
    checked = {**config, **NO_CREDENTIALS}
    try:
        values = read_settings(fill_defaults(checked, templates_in(checked)))
        different = differences_for(checked)
    except ConfigurationError as error:
        raise UsageError(invalid_setting(error, config)) from None
    dynamic = {camel_case(template.setting) for template in templates_in(config)}
    sections = (
        Section("Five settings that everybody needs", list(essential_rows(values, dynamic))),
        Section("The other settings in this Config", list(other_rows(config, values, dynamic))),
        Section("Ignored", [*ignored_rows(config), *idle_rows(config, values, dynamic)]),
        Section("Probably wrong", [(row.setting, row.text) for row in setting_warnings(config)]),
        Section("Different from RudderStack, for these settings", difference_rows(different)),
    )
    return [section for section in sections if section.rows]


def difference_rows(different: list[Difference]) -> list[tuple[str, ...]]:
    """What each difference is about, and both sides of it."""
    rows = [
        (plain(row.topic), f"there: {plain(row.rudderstack)}\nhere:  {plain(row.here)}")
        for row in different
    ]
    return [*rows, ALL_DIFFERENCES]


def essential_rows(values: Mapping[str, Any], dynamic: set[str]) -> Iterator[tuple[str, ...]]:
    """The five: name, value, and what the value means."""
    for row in ESSENTIALS:
        value = values[row.name]
        yield row.name, shown_value(row.name, value, dynamic), row.meaning(value)


def other_rows(
    config: Mapping[str, Any], values: Mapping[str, Any], dynamic: set[str]
) -> Iterator[tuple[str, ...]]:
    """The other settings that a Config gives: name, value, and what the setting does."""
    five = {row.name for row in ESSENTIALS}
    given = given_names(config) - five - set(ALL)
    for row in SETTINGS:
        counts = row.used and values[row.name] != () and not why_idle(row.name, values)
        if row.name in given and counts:
            yield row.name, shown_value(row.name, values[row.name], dynamic), row.explanation


def ignored_rows(config: Mapping[str, Any]) -> Iterator[tuple[str, ...]]:
    """What a Config has that does nothing here."""
    values = named_values(config)
    if direct := sorted(sources_in_device_mode(values)):
        text = "Their events go from the device to Mixpanel, and never through here."
        yield "sources in device mode", ", ".join(direct), text
    device = [row.name for row in SETTINGS if not row.used and values.get(row.name) not in EMPTY]
    if device:
        text = "Only RudderStack's device mode uses them."
        yield "settings of the device mode", ", ".join(device), text
    warned = {row.setting for row in setting_warnings(config)}
    unknown = [name for name in config if camel_case(name) not in KNOWN and name not in warned]
    if unknown:
        yield "unknown", ", ".join(unknown), "No setting has such a name."


def given_names(config: Mapping[str, Any]) -> set[str]:
    """The names of settings that a Config gives, also in the Rudder CLI's block with lists."""
    values = named_values(config)
    return {*values, *event_filtering(values.get("eventFiltering"))}


def idle_rows(
    config: Mapping[str, Any], values: Mapping[str, Any], dynamic: set[str]
) -> Iterator[tuple[str, ...]]:
    """The settings that a Config gives, and that another setting keeps from having an effect."""
    given = given_names(config)
    for name in (row.name for row in SETTINGS if row.name in SWITCHES and row.name in given):
        if why := why_idle(name, values):
            yield name, shown_value(name, values[name], dynamic), f"Has no effect: {why}"


def why_idle(name: str, values: Mapping[str, Any]) -> str:
    """Which other setting keeps a setting from having an effect; empty for none."""
    switch = SWITCHES.get(name)
    if switch is None or values[name] in {(), "", "disable"}:
        return ""
    if name in LISTS and values["eventFilteringOption"] != name:
        return "eventFilteringOption does not choose it."
    return "" if values[switch] else f"{switch} is off; turn it on with --set {switch}=true"


def sources_in_device_mode(values: Mapping[str, Any]) -> Iterator[str]:
    """The types of sources whose events RudderStack's server never gets for Mixpanel."""
    modes, native = values.get("connectionMode"), values.get("useNativeSDK")
    if isinstance(modes, dict):
        yield from (source for source, mode in modes.items() if mode == "device")
    elif isinstance(native, dict):
        yield from (source for source, on in native.items() if on is True)


def shown_value(name: str, value: Any, dynamic: set[str]) -> str:
    """A value, and whether an event may have another one."""
    text = value_text(value)
    return f"{text} (or the event's)" if name in dynamic else text


def value_text(value: Any) -> str:
    """A value as a user would write it."""
    match value:
        case bool():
            return "on" if value else "off"
        case Consent():
            return f"{value.provider}: {', '.join(sorted(value.ids))}"
        case dict():
            return "by type of the source"
        case tuple():
            return list_text(list(map(value_text, value)))
        case _:
            return str(value)


def list_text(names: list[str]) -> str:
    """The first names of a list, each one whole, and how many more there are."""
    ends = accumulate(len(name) + len(", ") for name in names)
    shown = max(1, sum(end <= LONGEST_LIST for end in ends))
    more = f" and {len(names) - shown:,} more" if shown < len(names) else ""
    return f"{', '.join(names[:shown])}{more}" if names else "none"


def plain(markdown: str) -> str:
    """A text without the marks of Markdown."""
    return markdown.replace("`", "")
