"""`rudder-mixpanel regulation`, a command for each call of the regulations API.

Actions are imported inside the commands so that `--help` does not load httpx or boto3.
"""

import typer

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.regulations.options import (
    AboutUser,
    AnonymousId,
    AnonymousIds,
    CancelOptions,
    CreateOptions,
    CsvFormat,
    DestinationId,
    DryRun,
    FiledReport,
    From,
    Html,
    JsonFormat,
    ListOptions,
    NewReference,
    Reference,
    RegulationId,
    RegulationIds,
    ReportAsJson,
    Stack,
    Stacks,
    States,
    SuppressOnly,
    To,
    Token,
    Url,
    UserId,
    UserIds,
    UsersFile,
    Yes,
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
    anonymous: AnonymousIds = None,
    reference: NewReference = "",
    suppress: SuppressOnly = False,
    destination: DestinationId = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: JsonFormat = False,
    stack: Stacks = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """Suppress users and delete them from Mixpanel.

    Shows what it will do, asks, and prints for each user the regulation's id, the reference and
    the row of the file. Every stack is asked, also when one fails. The last lines and exit status
    1 say that some users were not requested. Then, or after an interruption, run the same command
    again: it requests nobody twice.
    """
    with exit_on_error("run the same command again: it requests nobody twice"):
        from rudder_mixpanel_cli.regulations import connection, create  # noqa: PLC0415

        rows = create.select_rows(file, user or [], anonymous or [], reference)
        options = CreateOptions(
            file,
            suppress_only=suppress,
            destination=destination,
            dry_run=dry_run,
            yes=yes,
            as_json=json,
        )
        create.create_regulations(connection.connect_all(stack, url, token), rows, options)


@regulation_commands.command("list")
def list_(  # noqa: PLR0913 - one for each option
    *,
    state: States = None,
    user: UserId = None,
    anonymous: AnonymousId = None,
    reference: Reference = None,
    since: From = None,
    until: To = None,
    csv: CsvFormat = False,
    json: JsonFormat = False,
    stack: Stacks = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """List regulations with id, state, type, effective time, days left and reference.

    A regulation must match every option. Exit status 1 means that the list is not complete.
    """
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import connection, listing  # noqa: PLC0415

        options = ListOptions(
            state or [], user, anonymous, reference, since, until, as_csv=csv, as_json=json
        )
        conditions = listing.conditions_of(options)
        connections = connection.connect_all(stack, url, token)
        listing.list_regulations(connections, conditions, options)


@regulation_commands.command()
def show(
    regulation: RegulationId,
    *,
    json: JsonFormat = False,
    stack: Stack = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """Show one regulation: as text on a terminal, else or with --json as JSON."""
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import actions, connection  # noqa: PLC0415

        api = connection.connect(stack, url, token).api
        actions.show_regulation(api, regulation, as_json=json)


@regulation_commands.command()
def cancel(  # noqa: PLR0913 - one for each option
    regulation: RegulationIds = None,
    *,
    user: UserId = None,
    anonymous: AnonymousId = None,
    dry_run: DryRun = False,
    yes: Yes = False,
    json: JsonFormat = False,
    stack: Stacks = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """Stop suppressing users, and cancel deletions that have not started.

    By id, or everything about a user. Shows the regulations, asks, and says for each whether its
    deletion goes on. Exit status 1 means that some were not cancelled.
    """
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import cancel, connection  # noqa: PLC0415

        options = CancelOptions(
            regulation or [], user, anonymous, dry_run=dry_run, yes=yes, as_json=json
        )
        cancel.cancel_regulations(connection.connect_all(stack, url, token), options)


@regulation_commands.command()
def report(  # noqa: PLR0913 - one for each option
    regulation: RegulationId,
    *,
    html: Html = False,
    user: AboutUser = None,
    verify: FiledReport = None,
    json: ReportAsJson = False,
    stack: Stack = None,
    url: Url = None,
    token: Token = "",
) -> None:
    """Write the full report of one regulation, as JSON or HTML, or verify a filed one.

    Exit status 3 means that a filed report contradicts the record.
    """
    with exit_on_error():
        from rudder_mixpanel_cli.regulations import connection, reports  # noqa: PLC0415

        filed = reports.read_filed(verify, html=html) if verify else None
        api = connection.connect(stack, url, token).api
        if filed:
            reports.verify_report(api, regulation, filed, user, as_json=json)
        else:
            reports.print_report(api, regulation, user, html=html)
