"""What a command says about an invalid setting of a Config."""

import json
from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.destination.settings import SETTINGS, named_values
from rudder_mixpanel.destination.types import Choice, Switch
from rudder_mixpanel.errors import ConfigurationError

# No credential is as short as a word that was meant.
LONGEST_WORD: Final = 20
# What YAML 1.1 reads as true or false, and the Rudder CLI as text.
SWITCH_WORDS: Final = {
    **dict.fromkeys(("true", "yes", "on", "y", "1"), "true"),
    **dict.fromkeys(("false", "no", "off", "n", "0"), "false"),
}


def invalid_setting(error: ConfigurationError, config: Mapping[str, Any]) -> str:
    """The error in one line, with the value where a setting is one of a few words.

    The functions never show it, as an event can select it.
    """
    value_type = {row.name: row.value_type for row in SETTINGS}.get(error.setting)
    value = named_values(config).get(error.setting)
    if not isinstance(value_type, Choice | Switch) or not is_word(value):
        return str(error)
    text = f"{error.setting}: expected {value_type.allowed}, got {json.dumps(value)}"
    meant = SWITCH_WORDS.get(str(value).lower()) if isinstance(value_type, Switch) else None
    return f"{text} (a text): write {meant}" if meant else text


def is_word(value: Any) -> bool:
    """Whether a value may be shown."""
    return isinstance(value, str) and len(value) <= LONGEST_WORD and value.isprintable()
