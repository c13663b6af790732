"""The options of the regulation commands."""

from pathlib import Path
from typing import Annotated

import typer

Stack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        envvar="RUDDER_MIXPANEL_STACK",
        help="The stack that has the regulations API.",
    ),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url",
        metavar="URL",
        envvar="RUDDER_MIXPANEL_URL",
        help="The regulations API, if not the stack's own.",
    ),
]
# Not an argument, which process lists and the shell's history would show.
Token = Annotated[
    str,
    typer.Option(
        "--token",
        metavar="TOKEN",
        envvar="RUDDER_MIXPANEL_TOKEN",
        help="The API's token. Prefer the environment variable.",
    ),
]
RegulationId = Annotated[str, typer.Argument(metavar="ID", help="The regulation's id.")]
UsersFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE", help="A CSV file with a column userId; other columns name the same user."
    ),
]
UserIds = Annotated[
    list[str] | None,
    typer.Option("--user", metavar="ID", help="A user's id, instead of a file."),
]
SuppressOnly = Annotated[
    bool, typer.Option("--suppress", help="Only suppress the users; delete nothing.")
]
DestinationId = Annotated[
    str | None,
    typer.Option(
        "--destination", metavar="ID", help="The destination's id, if not the stack's own."
    ),
]
State = Annotated[
    str | None,
    typer.Option("--state", metavar="STATE", help="Only regulations in this state."),
]
UserId = Annotated[
    str | None, typer.Option("--user", metavar="ID", help="Only regulations about this user.")
]
AboutUser = Annotated[
    str | None,
    typer.Option("--user", metavar="ID", help="Also report whether it is about this user."),
]
FiledReport = Annotated[
    Path | None,
    typer.Option(
        "--verify",
        metavar="FILE",
        help="Compare a filed report, JSON or HTML, with the record; exit with 3 if they disagree.",
    ),
]
Html = Annotated[bool, typer.Option("--html", help="Write an HTML page for printing.")]
