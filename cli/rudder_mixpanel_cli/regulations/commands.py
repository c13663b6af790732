"""`rudder-mixpanel regulation`: users are suppressed and deleted, and followed to the end."""

import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from rudder_mixpanel_cli.failures import Unusable, in_one_line

if TYPE_CHECKING:
    from rudder_mixpanel_cli.regulations.api import RegulationApi

commands = typer.Typer(
    help="Users whose data must not be sent, or must be deleted.",
    no_args_is_help=True,
    rich_markup_mode=None,
)

Stack = Annotated[
    str | None,
    typer.Option("--stack", metavar="NAME", envvar="RUDDER_MIXPANEL_STACK", help="The stack."),
]
Url = Annotated[
    str | None,
    typer.Option(
        "--url", envvar="RUDDER_MIXPANEL_URL", help="The regulations API, if not the stack's own."
    ),
]
# Not an argument: the list of processes and the shell's history would show it.
Token = Annotated[
    str,
    typer.Option("--token", envvar="RUDDER_MIXPANEL_TOKEN", help="Better put into the variable."),
]
Regulation = Annotated[str, typer.Argument(metavar="ID", help="The regulation's id.")]


@dataclass(frozen=True, slots=True)
class There:
    """A stack's API, and the destination that it serves."""

    api: "RegulationApi"
    destination: str


def there(stack: str | None, url: str | None, token: str) -> There:
    """What the options say; the stack is asked for what they do not."""
    # Here, so that `--help` need not wait for them.
    from rudder_mixpanel_cli.queues.queues import in_words, outputs_of  # noqa: PLC0415
    from rudder_mixpanel_cli.regulations.api import RegulationApi  # noqa: PLC0415

    if not token:
        raise Unusable("expected a token in RUDDER_MIXPANEL_TOKEN")
    outputs: dict[str, str] = {}
    if stack:
        with in_words():
            outputs = outputs_of(stack)
    address = url or outputs.get("RegulationsApiUrl")
    if not address:
        raise Unusable("expected --stack or --url")
    return There(RegulationApi(address, token), outputs.get("DestinationId", "default"))


@commands.command()
def create(  # noqa: PLR0913 - each is an option
    file: Annotated[
        Path | None,
        typer.Argument(help="CSV: a column userId, and others that name the same user."),
    ] = None,
    *,
    user: Annotated[list[str] | None, typer.Option(help="A user's id, in a file's place.")] = None,
    suppress: Annotated[
        bool, typer.Option("--suppress", help="Suppress them only, and delete nothing.")
    ] = False,
    destination: Annotated[
        str | None, typer.Option(help="The destination's id, if not the stack's own.")
    ] = None,
    stack: Stack = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """Suppress users and delete them from Mixpanel. Run it again to resume it."""
    with in_one_line():
        from rich.console import Console  # noqa: PLC0415
        from rich.progress import Progress  # noqa: PLC0415

        from rudder_mixpanel_cli.regulations.api import requests, users_in  # noqa: PLC0415

        if (file is None) == (not user):
            raise Unusable("expected a file, or --user")
        users = users_in(file) if file else [{"userId": one} for one in user or []]
        at = there(stack, url, token)
        console = Console(stderr=True)
        with Progress(console=console, disable=not console.is_terminal) as progress:
            bar = progress.add_task("users", total=len(users))
            for body in requests(users, keep=suppress, destination=destination or at.destination):
                asked = at.api.call("POST", "/v2/regulations", body).json()
                for one in asked:
                    typer.echo(line(one))
                progress.advance(bar, len(asked))


@commands.command("list")
def list_them(
    *,
    state: Annotated[str | None, typer.Option(help="Only those in this state.")] = None,
    user: Annotated[str | None, typer.Option(help="Only those about this user.")] = None,
    stack: Stack = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """List regulations: id, state, since when, and by whom they were asked for."""
    with in_one_line():
        api = there(stack, url, token).api
        wanted: dict[str, Any] = {"state": state, "userId": user}
        body = {name: one for name, one in wanted.items() if one}
        while True:
            page = api.call("POST", "/v2/regulations/search", body).json()
            for one in page["data"]:
                typer.echo(line(one))
            if not (following := page["paging"].get("next")):
                return
            body["after_cursor"] = following


@commands.command()
def show(
    regulation: Regulation, *, stack: Stack = None, url: Url = None, token: Token = ""
) -> None:
    """Show one regulation as the API has it."""
    with in_one_line():
        typer.echo(there(stack, url, token).api.call("GET", path(regulation)).text)


@commands.command()
def cancel(
    regulation: Regulation, *, stack: Stack = None, url: Url = None, token: Token = ""
) -> None:
    """Suppress the user no more, and call the deletion off if it has not started."""
    with in_one_line():
        typer.echo(line(there(stack, url, token).api.call("DELETE", path(regulation)).json()))


@commands.command()
def report(
    regulation: Regulation,
    *,
    html: Annotated[bool, typer.Option("--html", help="As a page to print.")] = False,
    stack: Stack = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """Tell all that is known of one regulation."""
    with in_one_line():
        api = there(stack, url, token).api
        accept = "text/html" if html else "application/json"
        sys.stdout.write(api.call("GET", f"{path(regulation)}/report", accept=accept).text + "\n")


def path(regulation: str) -> str:
    """Where a regulation is."""
    if not all(character in "0123456789abcdef-" for character in regulation):
        raise Unusable("expected the id of a regulation, which is a UUID")
    return f"/v2/regulations/{regulation}"


def line(regulation: dict[str, Any]) -> str:
    """A regulation in a line; it names nobody."""
    when = regulation["effectiveAt"] or "not yet"
    kind, state = regulation["regulationType"], regulation["state"]
    return f"{regulation['id']}  {state:<11} {kind:<20} effective {when}"
