"""Read a destination from a file, as RudderStack, its export or the Rudder CLI write it."""

from pathlib import Path
from typing import Final

import typer

from rudder_mixpanel.destination import Destination
from rudder_mixpanel.destination.setting_warnings import setting_warnings
from rudder_mixpanel.errors import ConfigurationError
from rudder_mixpanel_cli.configs.destinations import read_exported
from rudder_mixpanel_cli.configs.invalid import invalid_setting
from rudder_mixpanel_cli.errors import UsageError

# What stands for the token of a file without one, such as the deployed settings of a stack.
ABSENT: Final = "not-in-file"


def read_destination(path: Path, wanted: str | None = None) -> Destination:
    """Read the destination in a file, and print what is probably wrong with it to stderr.

    Of several, it is the wanted one. Raises UsageError, without any value that may be a secret,
    when the file or a setting is not valid.
    """
    config = read_exported(path, wanted, option="--destination-id").config
    if "token" not in config:
        typer.echo(f"{path}: no token, shown as {ABSENT}", err=True)
        config = {"token": ABSENT, **config}
    for warning in setting_warnings(config):
        typer.echo(f"{path}: warning: {warning}", err=True)
    try:
        return Destination.from_config(config)
    except ConfigurationError as error:
        raise UsageError(f"{path}: {invalid_setting(error, config)}") from None
