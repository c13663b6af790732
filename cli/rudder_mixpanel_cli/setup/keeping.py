"""What a stack keeps although a Config lacks it, or has another one."""

from collections.abc import Mapping
from typing import Any, Final, NamedTuple

from rudder_mixpanel.destination.deletion import is_dynamic
from rudder_mixpanel.destination.settings import SETTINGS
from rudder_mixpanel.destination.types import camel_case
from rudder_mixpanel_cli.setup.credentials import ACCOUNT, ALL

# RudderStack's own, from before its CLI: an export may have them.
LEGACY: Final = frozenset({"oneTrustCookieCategories", "ketchConsentPurposes"})
# Settings that no export of RudderStack can have, so that their absence in one says nothing.
OWN: Final = frozenset(
    row.name
    for row in SETTINGS
    if row.used and not row.cli_name and row.name not in LEGACY and row.name not in ALL
)


class Kept(NamedTuple):
    """The names of settings that a Config lacks, and of credentials of which it has others."""

    settings: list[str]
    credentials: list[str]

    def lines(self) -> list[str]:
        """A sentence about each of the two, if there are any."""
        settings, credentials = (", ".join(names) for names in self)
        lines = []
        if settings:
            how = "no export has them; --set NAME=null removes one"
            lines.append(f"Settings kept: {settings} ({how}).")
        if credentials:
            why = "the Config has others; --credentials - replaces those of the stack"
            lines.append(f"Credentials kept: {credentials} ({why}).")
        return lines


def own_settings(stored: Mapping[str, Any], named: Mapping[str, Any]) -> dict[str, Any]:
    """The stored settings that no export can have, without those that are named."""
    names = set(map(camel_case, named))
    return {
        name: value
        for name, value in stored.items()
        if camel_case(name) in OWN and camel_case(name) not in names
    }


def differing_credentials(stored: Mapping[str, Any], in_config: Mapping[str, Any]) -> list[str]:
    """The credentials of a Config of which the stack has others.

    A service account is one: half of another one would let nobody in. What events select is a
    setting more than a credential.
    """
    fixed = {name: value for name, value in in_config.items() if not is_dynamic(value)}
    differing = {name for name in fixed if name in stored and stored[name] != fixed[name]}
    if differing.intersection(ACCOUNT):
        differing.update(ACCOUNT)
    return [name for name in fixed if name in differing]
