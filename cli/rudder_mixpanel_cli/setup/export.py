"""Prints the deployed settings."""

import orjson
import typer

from rudder_mixpanel_cli.deployed_stack import DeployedStack
from rudder_mixpanel_cli.errors import CommandError, UsageError
from rudder_mixpanel_cli.setup.credentials import split_config
from rudder_mixpanel_cli.setup.stored import SETTINGS, read_object


def print_settings(stack: DeployedStack) -> None:
    """Print the settings as JSON, without credentials.

    Raises CommandError when there are none, or when a name among them resembles a credential's.
    """
    stored = read_object(stack, SETTINGS)
    if stored.unreadable:
        raise CommandError(f"cannot read the parameter {stored.name}: {stored.unreadable}")
    if stored.content is None:
        raise CommandError(f"the parameter {stored.name} holds no settings: run setup")
    try:
        settings, _ = split_config(stored.content)
    except UsageError as error:
        raise CommandError(f"the parameter {stored.name} holds {error}") from None
    typer.echo(orjson.dumps(settings, option=orjson.OPT_INDENT_2))
