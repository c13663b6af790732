"""Checks of single settings: valid choices that are worth a look."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Final

from rudder_mixpanel.destination.settings import FIVE_YEARS_IN_DAYS
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok, warning
from rudder_mixpanel_cli.settings.configuration import set_command, values_of
from rudder_mixpanel_cli.times import current_time

# https://developer.mixpanel.com/reference/project-secret
API_SECRET_ENDS: Final = datetime(2027, 3, 3, tzinfo=UTC)
# What Mixpanel keeps of projects that were created since September 2025, and of older ones.
# https://docs.mixpanel.com/docs/privacy/gdpr-compliance
SHORT_RETENTION: Final = 730
# Beginnings of names that Mixpanel uses itself.
RESERVED: Final = ("$", "mp_")


@check("strict mode")
def check_strict_mode(stack: DeployedStack) -> Iterator[Finding]:
    """Mixpanel is asked to say which events it rejects.

    Run `rudder-mixpanel setup --set strictMode=true`.
    """
    if values_of(stack, {"strictMode"})["strictMode"]:
        yield ok("Mixpanel says which events it rejects.")
    else:
        yield warning(
            'With "strictMode": false, Mixpanel drops invalid events without saying which.',
            f"Run {set_command(stack, 'strictMode', 'true')}.",
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
            "Set the project's retention, 730, or 1826 for an older project: "
            f"{set_command(stack, 'maxEventAgeDays', '730')}."
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
    right = set_command(stack, "groupKeySettings", '["GROUP_KEY", "ANOTHER"]')
    advice = f"Put in the project's group keys: {right}."
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
    automatic = set_command(stack, "importAuth", "automatic")
    advice = f"Put in a service account (role Admin), which this asks for: {automatic}."
    if days >= 0:
        yield warning(f"Mixpanel retires the API secret on 3 March 2027, in {days} days.", advice)
    else:
        yield failure("Mixpanel retired the API secret on 3 March 2027.", advice)
