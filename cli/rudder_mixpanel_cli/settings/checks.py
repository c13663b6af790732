"""A check of the settings as a whole."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.destination.secret_settings import refuse_credentials
from rudder_mixpanel.destination.setting_warnings import SettingWarning, setting_warnings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok, warning
from rudder_mixpanel_cli.settings.configuration import (
    SETTINGS,
    NotJson,
    NotSet,
    repair_of,
    settings_of,
)

# In place of credentials that are in the secret, so that the settings are checked by themselves.
STAND_INS: Final = {
    "token": "0" * 32,
    "apiSecret": "0" * 32,
    "serviceAccountUserName": "stand-in",
    "serviceAccountSecret": "stand-in",
    "projectId": "1",
}
# What becomes of late updates of profiles, by the setting profileUpdates.
NEWER_WINS: Final = "Late updates of profiles leave newer values as they are (newer-wins)."
AS_THEY_COME: Final = (
    "Late updates of profiles overwrite newer values, as with RudderStack (as-they-come)."
)


@check(SETTINGS)
def check_settings(stack: DeployedStack) -> Iterator[Finding]:
    """The settings exist, are valid, and have no probable mistake.

    Put them again with `rudder-mixpanel setup`, or correct the parameter by hand: the functions
    read it again within a minute.
    """
    again = f"Run rudder-mixpanel setup --stack {stack.name}."
    name = stack.output("SettingsParameterName")
    correct = f"Correct it in the parameter {name}."
    try:
        settings = settings_of(stack)
        check_values(settings)
    except NotSet:
        yield failure("There are no settings yet, so every event waits.", again)
        return
    except NotJson as error:
        yield failure(f"The settings are {error}, so every event waits.", repair_of(stack, name))
        return
    except ConfigurationError as error:
        yield failure(f"{error}. Every event waits.", correct)
    else:
        yield ok(in_words(settings))
    for mistake in setting_warnings(settings):
        yield warning(as_sentence(mistake), correct)


def as_sentence(mistake: SettingWarning) -> str:
    """A probable mistake as a sentence."""
    text = str(mistake)
    return text if text.endswith("?") else f"{text}."


def check_values(settings: Mapping[str, Any]) -> None:
    """Raise ConfigurationError unless the settings are valid by themselves."""
    refuse_credentials(settings, "the secret")
    Destination.from_config({**STAND_INS, **settings})
    DeletionSettings.from_config({**STAND_INS, **settings})


def in_words(settings: Mapping[str, Any]) -> str:
    """What the settings mean, in two sentences."""
    read = DeletionSettings.from_config({**STAND_INS, **settings})
    destination = Destination.from_config({**STAND_INS, **settings})
    merge = "simplified" if destination.simplified else "original"
    preset = settings.get("compatibility") or "none"
    late = NEWER_WINS if destination.newer_wins else AS_THEY_COME
    return f"Valid: region {read.region}, ID merge {merge}, compatibility {preset}. {late}"
