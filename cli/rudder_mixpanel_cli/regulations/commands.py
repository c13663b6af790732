"""`rudder-mixpanel regulation`, a command for each call of the regulations API.

Actions are imported inside the commands so that `--help` does not load httpx or boto3.
"""

import typer

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.regulations.options import (
    AboutUser,
    DestinationId,
    FiledReport,
    Html,
    RegulationId,
    Stack,
    State,
    SuppressOnly,
    Token,
    Url,
    UserId,
    UserIds,
    UsersFile,
)

regulation_commands = typer.Typer(
    help="Suppress and delete users.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@regulation_commands.command()
def create(  # noqa: PLR0913 - one for each option
    file: UsersFile = None,
    *,
    user: UserIds = None,
    suppress: SuppressOnly = False,
    destination: DestinationId = None,
    stack: Stack = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """Suppress users and delete them from Mixpanel.

    After an interruption, run the same command again to continue.
    """
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import actions, connection  # noqa: PLC0415

        users = actions.select_users(file, user or [])
        connected = connection.connect(stack, url, token)
        actions.create_regulations(
            connected, users, suppress_only=suppress, destination=destination
        )


@regulation_commands.command("list")
def list_(
    *,
    state: State = None,
    user: UserId = None,
    stack: Stack = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """List regulations with id, state, type and effective time."""
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import actions, connection  # noqa: PLC0415

        api = connection.connect(stack, url, token).api
        actions.list_regulations(api, state=state, user=user)


@regulation_commands.command()
def show(
    regulation: RegulationId, *, stack: Stack = None, url: Url = None, token: Token = ""
) -> None:
    """Show one regulation as JSON."""
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import actions, connection  # noqa: PLC0415

        actions.show_regulation(connection.connect(stack, url, token).api, regulation)


@regulation_commands.command()
def cancel(
    regulation: RegulationId, *, stack: Stack = None, url: Url = None, token: Token = ""
) -> None:
    """Stop suppressing the user, and cancel the deletion if it has not started."""
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import actions, connection  # noqa: PLC0415

        actions.cancel_regulation(connection.connect(stack, url, token).api, regulation)


@regulation_commands.command()
def report(  # noqa: PLR0913 - one for each option
    regulation: RegulationId,
    *,
    html: Html = False,
    user: AboutUser = None,
    verify: FiledReport = None,
    stack: Stack = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """Write the full report of one regulation, as JSON or HTML, or verify a filed one."""
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import connection, reports  # noqa: PLC0415

        filed = reports.read_filed(verify, html=html) if verify else None
        api = connection.connect(stack, url, token).api
        if filed:
            reports.verify_report(api, regulation, filed, user)
        else:
            reports.print_report(api, regulation, user, html=html)
