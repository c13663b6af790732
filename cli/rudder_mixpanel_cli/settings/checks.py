"""Checks of the settings, and of the secret with the credentials for delivery."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Final

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.deletion import DeletionSettings
from rudder_mixpanel.destination.setting_warnings import SettingWarning, setting_warnings
from rudder_mixpanel.destination.settings import FIVE_YEARS_IN_DAYS, refuse_credentials
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok, warning
from rudder_mixpanel_cli.settings.configuration import (
    SETTINGS,
    NotJson,
    NotSet,
    settings_of,
    values_of,
)
from rudder_mixpanel_cli.times import current_time

# In place of credentials that are in the secret, so that the settings are checked by themselves.
STAND_INS: Final = {
    "token": "0" * 32,
    "apiSecret": "0" * 32,
    "serviceAccountUserName": "stand-in",
    "serviceAccountSecret": "stand-in",
    "projectId": "1",
}
SERVICE_ACCOUNT: Final = ("serviceAccountUserName", "serviceAccountSecret", "projectId")
# https://developer.mixpanel.com/reference/project-secret
API_SECRET_ENDS: Final = datetime(2027, 3, 3, tzinfo=UTC)
# What Mixpanel keeps of projects that were created since September 2025, and of older ones.
# https://docs.mixpanel.com/docs/privacy/gdpr-compliance
SHORT_RETENTION: Final = 730
# Beginnings of names that Mixpanel uses itself.
RESERVED: Final = ("$", "mp_")


@check(SETTINGS)
def check_settings(stack: DeployedStack) -> Iterator[Finding]:
    """The settings exist, are valid, and have no probable mistake.

    Put them again with `rudder-mixpanel setup`, or correct the parameter by hand: the functions
    read it again within a minute.
    """
    again = f"Run rudder-mixpanel setup --stack {stack.name}."
    correct = f"Correct it in the parameter {stack.output('SettingsParameterName')}."
    try:
        settings = settings_of(stack)
        check_values(settings)
    except NotSet:
        yield failure("There are no settings yet, so every event waits.", again)
        return
    except NotJson as error:
        yield failure(f"The settings are {error}, so every event waits.", again)
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
    """What the settings mean, in one sentence."""
    read = DeletionSettings.from_config({**STAND_INS, **settings})
    simplified = Destination.from_config({**STAND_INS, **settings}).simplified
    merge = "simplified" if simplified else "original"
    preset = settings.get("compatibility") or "none"
    return f"Valid: region {read.region}, ID merge {merge}, compatibility {preset}."


@check("strict mode")
def check_strict_mode(stack: DeployedStack) -> Iterator[Finding]:
    """Mixpanel is asked to say which events it rejects.

    Set `"strictMode": true`, or remove the setting.
    """
    if values_of(stack, {"strictMode"})["strictMode"]:
        yield ok("Mixpanel says which events it rejects.")
    else:
        yield warning(
            'With "strictMode": false, Mixpanel drops invalid events without saying which.',
            f'Set "strictMode": true in {stack.output("SettingsParameterName")}.',
        )


@check("event age")
def check_event_age(stack: DeployedStack) -> Iterator[Finding]:
    """No older events are sent than Mixpanel keeps: for five years, in newer projects for 730 days.

    Lower `maxEventAgeDays` to the retention of the project: older events are then rejected as
    `TOO_OLD`, before they are sent.
    """
    days = values_of(stack, {"maxEventAgeDays"})["maxEventAgeDays"]
    sent = f"Events of the last {days:.0f} days are sent"
    if days > FIVE_YEARS_IN_DAYS:
        advice = (
            "Set maxEventAgeDays to the project's retention: 730, or 1826 for an older project."
        )
        yield warning(f"{sent}, but Mixpanel rejects any over five years old.", advice)
    elif days > SHORT_RETENTION:
        yield ok(f"{sent}; a project made since September 2025 rejects those over 730 days old.")
    else:
        yield ok(f"{sent}.")


@check("group keys")
def check_group_keys(stack: DeployedStack) -> Iterator[Finding]:
    """The group keys have names that Mixpanel accepts, each once.

    Correct `groupKeySettings`. Mixpanel counts by groups only when the same keys stand in its
    project settings, which no API tells.
    """
    keys = values_of(stack, {"groupKeySettings"})["groupKeySettings"]
    advice = f"Correct groupKeySettings in {stack.output('SettingsParameterName')}."
    if wrong := [key for key in keys if key.startswith(RESERVED) or key != key.strip()]:
        text = f"Mixpanel reserves names with $ or mp_, and blanks count: {', '.join(wrong)}."
        yield warning(text, advice)
    elif repeated := sorted({key for key in keys if keys.count(key) > 1}):
        yield warning(f"Listed more than once: {', '.join(repeated)}.", advice)
    elif keys:
        yield ok(f"{', '.join(keys)}; Mixpanel's project settings must list the same.")
    else:
        yield ok("None, so group calls are rejected.")


@check("API secret")
def check_api_secret(stack: DeployedStack) -> Iterator[Finding]:
    """Events are not imported with the API secret, which Mixpanel retires on 3 March 2027.

    Create a service account in Mixpanel with the role Admin, and put it in with
    `rudder-mixpanel setup`.
    """
    if values_of(stack, {"importAuth"})["importAuth"] != "apiSecret":
        yield ok("Not used.")
        return
    days = (API_SECRET_ENDS - current_time()).days
    advice = 'Use a service account (role Admin), and remove "importAuth" from the settings.'
    if days >= 0:
        yield warning(f"Mixpanel retires the API secret on 3 March 2027, in {days} days.", advice)
    else:
        yield failure("Mixpanel retired the API secret on 3 March 2027.", advice)
