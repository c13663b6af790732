"""Which differences from RudderStack count for the settings of one destination."""

from collections.abc import Mapping
from typing import Any, Final

from rudder_mixpanel.destination.dynamic import fill_defaults, templates_in
from rudder_mixpanel.destination.settings import named_values, read_settings
from rudder_mixpanel_cli.differences.difference import Difference
from rudder_mixpanel_cli.differences.of_delivery import OF_DELIVERY
from rudder_mixpanel_cli.differences.of_events import OF_EVENTS
from rudder_mixpanel_cli.differences.of_values import OF_VALUES

# In the order of the table in docs/mapping.md
DIFFERENCES: Final = (*OF_EVENTS, *OF_VALUES, *OF_DELIVERY)


def differences_for(config: Mapping[str, Any]) -> list[Difference]:
    """The differences that depend on settings, and count for those of this Config.

    Raises ConfigurationError with the name of an invalid setting.
    """
    used = read_settings(fill_defaults(config, templates_in(config)))
    given = named_values(config)
    return [row for row in DIFFERENCES if row.when and row.when(used, given)]
