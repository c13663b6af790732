"""The tables of docs/mapping.md."""

from collections.abc import Iterable

from docs.printing.markdown import code, code_list, table
from rudder_mixpanel.destination.settings import GROUPS, SETTINGS, Setting
from rudder_mixpanel.mapping.tables import APPLE_DEVICES, UTM_PROPERTIES, Row
from rudder_mixpanel_cli.differences.choice import DIFFERENCES
from rudder_mixpanel_cli.setup.essentials import ESSENTIALS


def properties(rows: Iterable[Row]) -> str:
    """A mapping table: each Mixpanel property with its sources in the event."""
    return table(
        ("Mixpanel property", "RudderStack, first match wins"),
        ((code(row.name), sources(row)) for row in rows),
    )


def sources(row: Row) -> str:
    """The sources of a property; `address.city` is a path, or one key with a dot in it."""
    paths = code_list(dict.fromkeys(".".join(source) for source in row.sources))
    return f"{paths}, as text" if row.as_text else paths


def campaign() -> str:
    """The campaign's fields with the properties that they become."""
    named = [(code(f"context.campaign.{key}"), code(name)) for key, name in UTM_PROPERTIES.items()]
    other = ("`context.campaign.`*key*", "`utm_`*key*")
    return table(("RudderStack", "Mixpanel property"), [*named, other])


def apple_devices() -> str:
    """The device types that count as Apple's."""
    return code_list(sorted(APPLE_DEVICES))


def essential_settings() -> str:
    """The five settings that everybody needs."""
    return table(
        ("setting", "what to choose", "a wrong choice"),
        ((code(row.name), row.choose, row.wrong) for row in ESSENTIALS),
    )


def settings() -> str:
    """The settings that this project uses: a table for each group, under its name."""
    groups = {name: [row for row in rows if row.used] for name, rows in GROUPS.items()}
    return "\n\n".join(
        f"**{name}**\n\n{settings_of(rows)}" for name, rows in groups.items() if rows
    )


def settings_of(rows: Iterable[Setting]) -> str:
    """The settings of one group."""
    return table(
        ("setting", "for the Rudder CLI", "allowed", "default", "what it does"),
        (
            (
                code(setting.name),
                code(setting.cli_name) if setting.cli_name else "",
                setting.allowed,
                setting.default_text,
                setting.explanation,
            )
            for setting in rows
        ),
    )


def ignored_settings() -> str:
    """The settings that this project accepts and ignores."""
    return code_list(setting.name for setting in SETTINGS if not setting.used)


def differences() -> str:
    """What RudderStack's own Mixpanel destination does differently."""
    return table(
        ("topic", "RudderStack", "this project", "why", "settings"),
        (
            (
                difference.topic,
                difference.rudderstack,
                difference.here,
                difference.why,
                code_list(difference.settings),
            )
            for difference in DIFFERENCES
        ),
    )
