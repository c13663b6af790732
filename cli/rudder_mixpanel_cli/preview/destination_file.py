"""Read a destination from a file, as RudderStack, its export or the Rudder CLI write it."""

from pathlib import Path
from typing import Any, Final

import orjson
import typer

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.setting_warnings import setting_warnings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.errors import UsageError

# Keys under which an exported destination has its settings.
CONFIG_KEYS: Final = ("config", "Config")


def read_destination(path: Path) -> Destination:
    """Read the destination in a file, and print what is probably wrong with it to stderr.

    Raises UsageError, without any value of the file, when the file or a setting is not valid.
    """
    config = find_config(read_json(path), path)
    for warning in setting_warnings(config):
        typer.echo(f"{path}: warning: {warning}", err=True)
    try:
        return Destination.from_config(config)
    except ConfigurationError as error:
        raise UsageError(f"{path}: {error}") from None


def read_json(path: Path) -> Any:
    """The JSON in a file; raises UsageError when the file is not readable or not JSON."""
    try:
        return orjson.loads(path.read_bytes())
    except OSError as error:
        raise UsageError(f"{path}: {error.strerror}") from None
    except orjson.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise UsageError(f"{path}: expected JSON; it is not valid at {place}") from None


def find_config(content: Any, path: Path) -> dict[str, Any]:
    """The settings themselves, or those in an exported destination; raises UsageError."""
    if not isinstance(content, dict):
        raise UsageError(f"{path}: expected an object with the destination's settings")
    for key in CONFIG_KEYS:
        if isinstance(content.get(key), dict):
            config: dict[str, Any] = content[key]
            return config
    return content
