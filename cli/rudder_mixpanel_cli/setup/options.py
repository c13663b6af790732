"""The options of `rudder-mixpanel setup`."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import typer

ConfigFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="[CONFIG]",
        help="The exported Config: JSON of a destination or a whole workspace, or the Rudder "
        "CLI's YAML. Without it, setup asks.",
        show_default=False,
    ),
]
DestinationName = Annotated[
    str | None,
    typer.Option(
        "--destination", metavar="ID", help="Which destination of CONFIG, by its id or its name."
    ),
]
SetValues = Annotated[
    list[str] | None,
    typer.Option(
        "--set",
        metavar="NAME=VALUE",
        help="Add or replace a setting, such as compatibility=rudderstack. Repeatable.",
    ),
]
CredentialsFrom = Annotated[
    str | None,
    typer.Option(
        "--credentials",
        metavar="-",
        help="Read the credentials from stdin, as one JSON object, instead of asking.",
    ),
]
TokenNames = Annotated[
    list[str] | None,
    typer.Option(
        "--token",
        metavar="NAME:SCOPES",
        help="Make a token for the regulations API, if it has none of this name. Repeatable.",
        show_default="privacy:create,read,cancel,see-users, if there is no token at all",
    ),
]
WriteKeySources = Annotated[
    list[str] | None,
    typer.Option(
        "--write-key",
        metavar="SOURCE",
        help="Make a write key for a source of SDK events, if it has none. Repeatable.",
        show_default="sdk, if there is no key at all",
    ),
]
KeyFile = Annotated[
    Path | None,
    typer.Option(
        "--tokens-to",
        metavar="FILE",
        help="Write new tokens and keys to a new file (mode 0600), and do not print them.",
    ),
]
AskNothing = Annotated[
    bool, typer.Option("--yes", help="Ask nothing: use what CONFIG, stdin and the stack have.")
]
OnlyShow = Annotated[
    bool, typer.Option("--dry-run", help="Show what would be written, and write nothing.")
]
CheckAfterwards = Annotated[
    bool, typer.Option("--check/--no-check", help="Whether to check the stack at the end.")
]
Export = Annotated[
    bool, typer.Option("--export", help="Print the deployed settings as JSON, and end.")
]


@dataclass(frozen=True, slots=True)
class SetupOptions:
    """The options."""

    config: Path | None = None
    destination: str | None = None
    values: tuple[str, ...] = ()
    credentials: str | None = None
    tokens: tuple[str, ...] = ()
    write_keys: tuple[str, ...] = ()
    tokens_to: Path | None = None
    yes: bool = False
    dry_run: bool = False
    check: bool = True
    as_json: bool = False
