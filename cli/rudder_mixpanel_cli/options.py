"""Options that several commands share."""

from pathlib import Path
from typing import Annotated, Final

import typer

STACK_VARIABLE: Final = "RUDDER_MIXPANEL_STACK"
# What every command says that needs a stack and has none; others may follow after ", or".
NO_STACK: Final = f"expected --stack NAME, or the variable {STACK_VARIABLE}"

StackName = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", envvar=STACK_VARIABLE, help="The deployed stack."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
EventFiles = Annotated[
    list[Path] | None,
    typer.Argument(
        metavar="PATH", help="Files and folders with events; stdin without any, and for -."
    ),
]
DestinationId = Annotated[
    str | None,
    typer.Option(
        "--destination-id",
        metavar="ID",
        help="Which destination of that file, by its id or its name.",
    ),
]
