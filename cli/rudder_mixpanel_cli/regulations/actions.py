"""Find and show one regulation."""

import sys
from typing import Final

import typer

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.regulations.client import RegulationsClient
from rudder_mixpanel_cli.regulations.output import field_lines, json_of

REGULATIONS: Final = "/v2/regulations"


def show_regulation(api: RegulationsClient, regulation_id: str, *, as_json: bool) -> None:
    """Print a regulation as text on a terminal, else as JSON; raises UsageError or CommandError."""
    regulation = api.call("GET", regulation_path(regulation_id)).json()
    if as_json or not sys.stdout.isatty():
        typer.echo(json_of(regulation))
        return
    for line in field_lines(regulation):
        typer.echo(line)


def regulation_path(regulation_id: str) -> str:
    """The path of a regulation; raises UsageError when the id cannot be a UUID."""
    if not all(character in "0123456789abcdef-" for character in regulation_id):
        raise UsageError("expected the id of a regulation, which is a UUID")
    return f"{REGULATIONS}/{regulation_id}"
