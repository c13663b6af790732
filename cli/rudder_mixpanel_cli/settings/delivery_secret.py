"""A check of the secret with the credentials for delivery."""

from collections.abc import Iterator, Mapping
from typing import Any, Final

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.setting_warnings import setting_warnings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.doctor.check import Finding, check, failure, ok, warning
from rudder_mixpanel_cli.settings.checks import STAND_INS, as_sentence
from rudder_mixpanel_cli.settings.configuration import (
    CREDENTIALS,
    DELIVERY_SECRET,
    NotJson,
    NotSet,
    line_of,
    repair_of,
    secret_name,
    secret_of,
    settings_of,
)

SERVICE_ACCOUNT: Final = ("serviceAccountUserName", "serviceAccountSecret", "projectId")


@check(DELIVERY_SECRET)
def check_delivery_secret(stack: DeployedStack) -> Iterator[Finding]:
    """The secret for delivery has a token and, if any, a whole service account; no placeholders.

    Put it again with `rudder-mixpanel setup`.
    """
    again = f"Run rudder-mixpanel setup --stack {stack.name}."
    name = secret_name(stack, CREDENTIALS)
    settings = readable_settings(stack)
    try:
        credentials = secret_of(stack, CREDENTIALS).content
        yield credentials_finding(settings, credentials)
    except NotSet:
        yield failure(f"The secret {name} is empty, so every event waits.", again)
    except NotJson as error:
        yield failure(
            f"The secret {name} is {error}, so every event waits.", repair_of(stack, name)
        )
    except ConfigurationError as error:
        yield failure(f"{error}, in the secret {name}. Every event waits.", again)
    else:
        for mistake in setting_warnings(credentials):
            yield warning(as_sentence(mistake), f"Correct it in the secret {name}.")


def readable_settings(stack: DeployedStack) -> dict[str, Any]:
    """The settings, or none when their own check shows that they cannot be read."""
    try:
        return settings_of(stack)
    except (NotSet, NotJson):
        return {}


def credentials_finding(settings: Mapping[str, Any], credentials: Mapping[str, Any]) -> Finding:
    """The finding about credentials. Raises ConfigurationError when they are not valid."""
    config = {**settings, **credentials}
    # Of what the secret has, so that a value in the place of a name is not shown.
    names = [name for name in STAND_INS if credentials.get(name)]
    fine = ok(f"The secret has {', '.join(names) or 'no credentials'}.")
    try:
        account = Destination.from_config(config).import_password
    except ConfigurationError as error:
        if line_of(error, dict(settings)) == DELIVERY_SECRET:
            raise
        return fine
    missing = [name for name in SERVICE_ACCOUNT if not config.get(name)]
    if account or len(missing) in {0, len(SERVICE_ACCOUNT)}:
        return fine
    # A Config for RudderStack may hold one part of it.
    text = f"The service account is not used, as {' and '.join(missing)} is missing."
    return warning(text, "Put in the whole service account, or nothing of it.")
