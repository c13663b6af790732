"""The settings to write: of a Config, by questions, or as they are, with what options change."""

from typing import Any, Final, NamedTuple

import orjson

from rudder_mixpanel.destination.setting_warnings import most_similar
from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel_cli.configs.destinations import KNOWN, read_exported
from rudder_mixpanel_cli.confirmation import is_terminal
from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.setup import report, stored
from rudder_mixpanel_cli.setup.credentials import ALL, Credentials, split_config
from rudder_mixpanel_cli.setup.keeping import own_settings
from rudder_mixpanel_cli.setup.options import SetupOptions
from rudder_mixpanel_cli.setup.setting_questions import ask_compatibility, ask_settings
from rudder_mixpanel_cli.setup.stored import StoredObjects

COMPATIBILITY: Final = "compatibility"
# Similar enough for a question about a name that is certainly wrong.
ROUGHLY: Final = 0.6


class SettingsSource(NamedTuple):
    """The settings to write, the credentials among them, and the names of those that are kept."""

    settings: dict[str, Any]
    credentials: Credentials
    kept: list[str]


def read_settings_source(before: StoredObjects, options: SetupOptions) -> SettingsSource:
    """The settings, and the credentials among them.

    Raises UsageError when there is no Config and nobody can answer, or when an option is invalid.
    """
    changes = dict(map(parse_value, options.values))
    current = before.content(stored.SETTINGS)
    kept: dict[str, Any] = {}
    if options.config:
        config = exported_config(before, options)
        kept = own_settings(current, {**config, **changes})
        if can_ask(options) and COMPATIBILITY not in {**config, **changes}:
            config = {**config, **ask_compatibility(kept.pop(COMPATIBILITY, None))}
    elif can_ask(options) and not changes and options.credentials is None:
        config = ask_settings(current)
    elif before.objects[stored.SETTINGS].content is not None or changes:
        config = current
    else:
        raise UsageError("expected CONFIG: the stack has no settings yet, and nobody can be asked")
    return SettingsSource(*split_config({**kept, **with_values(config, changes)}), list(kept))


def exported_config(before: StoredObjects, options: SetupOptions) -> dict[str, Any]:
    """The Config in the file; raises UsageError."""
    if not options.config:
        return {}
    served = before.stack.outputs.get("DestinationId", "")
    destination = read_exported(options.config, options.destination, served)
    report.print_source(options.config, destination)
    return destination.config


def can_ask(options: SetupOptions) -> bool:
    """Whether questions are wanted, and somebody can answer."""
    return is_terminal() and not options.yes and not options.dry_run


def parse_value(text: str) -> tuple[str, Any]:
    """Read NAME=VALUE, where VALUE is JSON or else a text; raises UsageError."""
    name, sign, value = text.partition("=")
    if not sign:
        # What was typed may be a value.
        raise UsageError("--set: expected NAME=VALUE with the name of a setting")
    if camel_case(name) not in KNOWN:
        near = most_similar(name, KNOWN, cutoff=ROUGHLY)
        advice = f"did you mean {near}?" if near else "docs/mapping.md lists all"
        raise UsageError(f"--set: no setting has the name {name}; {advice}")
    if camel_case(name) in ALL:
        raise UsageError(f"--set: {name} is a credential: give it by --credentials -")
    try:
        return name, orjson.loads(value)
    except orjson.JSONDecodeError:
        return name, value


def with_values(config: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """A Config with other values for some settings, whichever spelling it has for them.

    Null removes one.
    """
    replaced = set(map(camel_case, changes))
    return {
        **{name: value for name, value in config.items() if camel_case(name) not in replaced},
        **{name: value for name, value in changes.items() if value is not None},
    }
