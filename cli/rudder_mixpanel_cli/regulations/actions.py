"""Find and show one regulation."""

from typing import Final

import typer

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.regulations.client import RegulationsClient
from rudder_mixpanel_cli.regulations.output import json_of

REGULATIONS: Final = "/v2/regulations"


def show_regulation(api: RegulationsClient, regulation_id: str) -> None:
    """Print a regulation as JSON; raises UsageError or CommandError."""
    typer.echo(json_of(api.call("GET", regulation_path(regulation_id)).json()))


def regulation_path(regulation_id: str) -> str:
    """The path of a regulation; raises UsageError when the id cannot be a UUID."""
    if not all(character in "0123456789abcdef-" for character in regulation_id):
        raise UsageError("expected the id of a regulation, which is a UUID")
    return f"{REGULATIONS}/{regulation_id}"
