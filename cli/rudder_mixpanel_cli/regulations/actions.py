"""What the regulation commands do."""

from pathlib import Path
from typing import Any, Final

import typer

from rudder_mixpanel_cli.errors import UsageError
from rudder_mixpanel_cli.regulations.client import RegulationsClient
from rudder_mixpanel_cli.regulations.connection import Connection
from rudder_mixpanel_cli.regulations.requests import regulation_requests
from rudder_mixpanel_cli.regulations.users_file import User, read_users

REGULATIONS: Final = "/v2/regulations"


def select_users(file: Path | None, user_ids: list[str]) -> list[User]:
    """The users of a file, or those with given ids; raises UsageError unless it is one of both."""
    if (file is None) == (not user_ids):
        raise UsageError("expected a file, or --user")
    return read_users(file) if file else [{"userId": user_id} for user_id in user_ids]


def create_regulations(
    connection: Connection, users: list[User], *, suppress_only: bool, destination: str | None
) -> None:
    """Create a regulation for each user, and print each; raises CommandError."""
    # Imported here because only this command shows a progress bar.
    from rich.console import Console  # noqa: PLC0415
    from rich.progress import Progress  # noqa: PLC0415

    bodies = regulation_requests(
        users, suppress_only=suppress_only, destination=destination or connection.destination
    )
    console = Console(stderr=True)
    with Progress(console=console, disable=not console.is_terminal) as progress:
        task = progress.add_task("users", total=len(users))
        for body in bodies:
            created = connection.api.call("POST", REGULATIONS, body).json()
            print_regulations(created)
            progress.advance(task, len(created))


def list_regulations(api: RegulationsClient, *, state: str | None, user: str | None) -> None:
    """Print the regulations of every page; raises CommandError."""
    conditions = {"state": state, "userId": user}
    body: dict[str, Any] = {name: value for name, value in conditions.items() if value}
    while True:
        page = api.call("POST", f"{REGULATIONS}/search", body).json()
        print_regulations(page["data"])
        if not (cursor := page["paging"].get("next")):
            return
        body["after_cursor"] = cursor


def show_regulation(api: RegulationsClient, regulation_id: str) -> None:
    """Print a regulation as the API returns it; raises UsageError or CommandError."""
    typer.echo(api.call("GET", regulation_path(regulation_id)).text)


def cancel_regulation(api: RegulationsClient, regulation_id: str) -> None:
    """Cancel a regulation and print it; raises UsageError or CommandError."""
    print_regulations([api.call("DELETE", regulation_path(regulation_id)).json()])


def regulation_path(regulation_id: str) -> str:
    """The path of a regulation; raises UsageError when the id cannot be a UUID."""
    if not all(character in "0123456789abcdef-" for character in regulation_id):
        raise UsageError("expected the id of a regulation, which is a UUID")
    return f"{REGULATIONS}/{regulation_id}"


def print_regulations(regulations: list[dict[str, Any]]) -> None:
    """Print a line for each regulation, without personal data."""
    for regulation in regulations:
        effective = regulation["effectiveAt"] or "not yet"
        kind, state = regulation["regulationType"], regulation["state"]
        typer.echo(f"{regulation['id']}  {state:<11} {kind:<20} effective {effective}")
