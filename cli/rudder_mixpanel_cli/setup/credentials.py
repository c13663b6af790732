"""The credentials of a destination: taken out of a Config, checked, and put where they belong."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.deletion import DeletionSettings, is_dynamic
from rudder_mixpanel.destination.secret_settings import SECRET_SETTINGS, given_names
from rudder_mixpanel.destination.setting_warnings import most_similar
from rudder_mixpanel.destination.settings import SETTINGS
from rudder_mixpanel.destination.types import UnexpectedValue, camel_case
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel.placeholder import is_placeholder
from rudder_mixpanel_cli.errors import UsageError

type Credentials = dict[str, Any]

TOKEN: Final = "token"  # noqa: S105 - a name
USER_NAME: Final = "serviceAccountUserName"
ACCOUNT: Final = (USER_NAME, "serviceAccountSecret", "projectId")
API_SECRET: Final = "apiSecret"  # noqa: S105 - a name
GDPR_TOKEN: Final = "gdprApiToken"  # noqa: S105 - a name
# Which secret has which of them; that of deletions names the project in reports.
FOR_DELIVERY: Final = (TOKEN, *ACCOUNT, API_SECRET)
FOR_DELETION: Final = (TOKEN, "projectId", GDPR_TOKEN)
# What no setting may hold, in no spelling
SECRETS: Final = (TOKEN, *SECRET_SETTINGS)
ALL: Final = (*FOR_DELIVERY, GDPR_TOKEN)
TYPES: Final = {row.name: row.value_type for row in SETTINGS if row.name in ALL}


def split_config(config: Mapping[str, Any]) -> tuple[dict[str, Any], Credentials]:
    """The settings of a Config, which may be read by many, and the credentials in it.

    A placeholder in place of a credential, as the Rudder CLI has it, is neither. The value of an
    event is: `{{ event.path || default }}`. Raises UsageError for a name that resembles that of a
    credential, which would be a setting.
    """
    settings = {name: value for name, value in config.items() if camel_case(name) not in ALL}
    credentials = {
        camel_case(name): value
        for name, value in config.items()
        if camel_case(name) in ALL and not is_left_out(value)
    }
    refuse_misspelt(settings)
    return settings, credentials


def refuse_misspelt(settings: Mapping[str, Any]) -> None:
    """Raise UsageError for a name in settings, at any depth, that resembles a credential's."""
    for name in given_names(settings):
        if similar := most_similar(name, SECRETS):
            resembles = f"it resembles the credential {similar}: correct or remove it"
            raise UsageError(f"{name}: not a setting; {resembles}")


def is_left_out(value: Any) -> bool:
    """Whether the place of a credential holds nothing, or a placeholder that is not filled in."""
    if value is None or value == "":
        return True
    return isinstance(value, str) and is_placeholder(value) and not is_dynamic(value)


def check_credential(name: str, value: Any) -> str:
    """What is wrong with a credential, without its value; empty when it can be used."""
    if is_dynamic(value):
        return ""
    try:
        return "" if TYPES[name].read(value) else "expected text, got nothing"
    except UnexpectedValue as error:
        return str(error)


def check_given(given: Any, source: str) -> Credentials:
    """Credentials as a user gives them in JSON, by name; null removes one. Raises UsageError."""
    if not isinstance(given, dict):
        raise UsageError(f"{source}: expected a JSON object with {', '.join(ALL)}")
    for name, value in given.items():
        if name not in ALL:
            raise UsageError(f"{source}: unknown name; expected {', '.join(ALL)}")
        if value is not None and (wrong := check_credential(name, value)):
            raise UsageError(f"{source}: {name}: {wrong}")
    return given


def merge(*layers: Mapping[str, Any]) -> Credentials:
    """Credentials in which each layer overrides those before it, and None removes."""
    merged = {name: value for layer in layers for name, value in layer.items()}
    return {name: value for name, value in merged.items() if value is not None}


def select(credentials: Mapping[str, Any], names: Iterable[str]) -> Credentials:
    """The credentials with these names."""
    return {name: credentials[name] for name in names if name in credentials}


def deletion_credentials(credentials: Mapping[str, Any]) -> Credentials:
    """What the secret for deletions holds: a token, but none that events select."""
    chosen = select(credentials, FOR_DELETION)
    return {name: value for name, value in chosen.items() if not is_dynamic(value)}


def missing_credentials(settings: Mapping[str, Any], credentials: Mapping[str, Any]) -> list[str]:
    """The names of credentials that these settings need, and that are not there."""
    values = {camel_case(name): value for name, value in settings.items()}
    needed = [TOKEN]
    if values.get("importAuth") == API_SECRET:
        needed.append(API_SECRET)
    if values.get("userDeletionApi") == "task":
        needed.append(GDPR_TOKEN)
    if credentials.get("serviceAccountSecret") and values.get("compatibility") != "rudderstack":
        needed += ACCOUNT
    return [name for name in needed if not credentials.get(name)]


def check_destination(settings: Mapping[str, Any], credentials: Mapping[str, Any]) -> None:
    """Read settings and credentials as the functions will; raises UsageError for a wrong one."""
    try:
        Destination.from_config({**settings, **credentials})
        DeletionSettings.from_config({**settings, **credentials})
    except ConfigurationError as error:
        raise UsageError(str(error)) from None
