"""The options of the regulation commands, and the values that they fill."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

import typer

TOKEN_VARIABLE: Final = "RUDDER_MIXPANEL_TOKEN"  # noqa: S105 - a name
STACK_VARIABLE: Final = "RUDDER_MIXPANEL_STACK"


@dataclass(frozen=True, slots=True)
class CreateOptions:
    """How to request regulations, and about the users of which file, if any."""

    file: Path | None
    suppress_only: bool
    destination: str | None
    dry_run: bool
    yes: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class ListOptions:
    """Which regulations to list, and in which format."""

    states: list[str]
    user: str | None
    anonymous: str | None
    reference: str | None
    since: str | None
    until: str | None
    as_csv: bool
    as_json: bool


@dataclass(frozen=True, slots=True)
class CancelOptions:
    """Which regulations to cancel: by id, or all about a user."""

    regulations: list[str]
    user: str | None
    anonymous: str | None
    dry_run: bool
    yes: bool
    as_json: bool


Stack = Annotated[
    str | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        envvar=STACK_VARIABLE,
        help="The stack that has the regulations API.",
    ),
]
Stacks = Annotated[
    list[str] | None,
    typer.Option(
        "--stack",
        metavar="NAME",
        envvar=STACK_VARIABLE,
        help="A stack that has a regulations API; several are possible, also separated by commas.",
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
        envvar=TOKEN_VARIABLE,
        help="The API's token. Prefer the environment variable. A variable with the stack's name, "
        "such as RUDDER_MIXPANEL_TOKEN_MY_STACK for my-stack, wins.",
    ),
]
RegulationId = Annotated[str, typer.Argument(metavar="ID", help="The regulation's id.")]
RegulationIds = Annotated[
    list[str] | None, typer.Argument(metavar="ID", help="The regulations' ids.")
]
UsersFile = Annotated[
    Path | None,
    typer.Argument(
        metavar="FILE",
        help="A CSV file with a column userId, anonymousId or both. A column reference names the "
        "caller's own ticket; other columns name the same user.",
    ),
]
UserIds = Annotated[
    list[str] | None,
    typer.Option("--user", metavar="ID", help="A user's id, instead of a file."),
]
AnonymousIds = Annotated[
    list[str] | None,
    typer.Option(
        "--anonymous", metavar="ID", help="The anonymousId of a visitor, instead of a file."
    ),
]
NewReference = Annotated[
    str,
    typer.Option(
        "--reference",
        metavar="TEXT",
        help="Your own name for the request, such as a ticket, for users without one in the file.",
    ),
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
States = Annotated[
    list[str] | None,
    typer.Option(
        "--state", metavar="STATE", help="Only regulations in this state; several are possible."
    ),
]
UserId = Annotated[
    str | None, typer.Option("--user", metavar="ID", help="Only regulations about this user.")
]
AnonymousId = Annotated[
    str | None,
    typer.Option(
        "--anonymous",
        metavar="ID",
        help="Only regulations about the visitor with this anonymousId.",
    ),
]
Reference = Annotated[
    str | None,
    typer.Option("--reference", metavar="TEXT", help="Only regulations with this reference."),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from", metavar="DATE", help="Only regulations submitted on this date or later, in UTC."
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="DATE",
        help="Only regulations submitted on this date or earlier, or before this time, in UTC.",
    ),
]
CsvFormat = Annotated[
    bool, typer.Option("--csv", help="Print CSV with a header row, for spreadsheets.")
]
JsonFormat = Annotated[bool, typer.Option("--json", help="Print JSON, one regulation a line.")]
ReportAsJson = Annotated[
    bool, typer.Option("--json", help="Print JSON, also of what --verify finds.")
]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be done, and do nothing.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")]
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
