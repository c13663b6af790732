"""A destination from a file, as RudderStack, its export or the Rudder CLI spell it."""

from pathlib import Path
from typing import Any, Final

import orjson

from rudder_mixpanel.destination.destination import Destination
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.failures import Unusable

# Under what an exported destination holds its settings
CONFIGS: Final = ("config", "Config")


def read_destination(path: Path) -> Destination:
    """The destination that a file describes; raises Unusable, and repeats no value."""
    try:
        content = orjson.loads(path.read_bytes())
    except OSError as error:
        raise Unusable(f"{path}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise Unusable(f"{path}: expected JSON, which ends at {place}") from None
    try:
        return Destination.from_config(config_in(content, path))
    except ConfigurationError as error:
        raise Unusable(f"{path}: {error}") from None


def config_in(content: Any, path: Path) -> dict[str, Any]:
    """The settings themselves, or those in an exported destination."""
    if not isinstance(content, dict):
        raise Unusable(f"{path}: expected an object with the destination's settings")
    for name in CONFIGS:
        if isinstance(content.get(name), dict):
            config: dict[str, Any] = content[name]
            return config
    return content
