"""Options that several commands share."""

from typing import Annotated, Final

import typer

STACK_VARIABLE: Final = "RUDDER_MIXPANEL_STACK"

StackName = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", envvar=STACK_VARIABLE, help="The deployed stack."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of text.")]
