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
        yield ok(order_in_words(settings))
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


def order_in_words(settings: Mapping[str, Any]) -> str:
    """What becomes of updates of profiles that come late, in two sentences."""
    if Destination.from_config({**STAND_INS, **settings}).newer_wins:
        return (
            "Profile updates: newer-wins. One that comes late leaves newer values as they are, and "
            "none is sent while the table Profiles does not answer."
        )
    return (
        "Profile updates: as-they-come, as RudderStack sends them. One that comes late overwrites "
        "newer values."
    )


def in_words(settings: Mapping[str, Any]) -> str:
    """What the settings mean, in one sentence."""
    read = DeletionSettings.from_config({**STAND_INS, **settings})
    simplified = Destination.from_config({**STAND_INS, **settings}).simplified
    merge = "simplified" if simplified else "original"
    preset = settings.get("compatibility") or "none"
    return f"Valid: region {read.region}, ID merge {merge}, compatibility {preset}."
