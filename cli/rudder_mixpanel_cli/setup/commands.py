"""`rudder-mixpanel setup`.

Everything else is imported inside the command so that `--help` does not load boto3 and rich.
"""

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.options import AsJson, StackName
from rudder_mixpanel_cli.setup.options import (
    AskNothing,
    CheckAfterwards,
    ConfigFile,
    CredentialsFrom,
    DestinationName,
    Export,
    KeyFile,
    OnlyShow,
    SetupOptions,
    SetValues,
    TokenNames,
    WriteKeySources,
)


def setup(  # noqa: PLR0913 - one for each option
    config: ConfigFile = None,
    *,
    stack: StackName = None,
    destination: DestinationName = None,
    set_: SetValues = None,
    credentials: CredentialsFrom = None,
    token: TokenNames = None,
    write_key: WriteKeySources = None,
    tokens_to: KeyFile = None,
    export: Export = False,
    dry_run: OnlyShow = False,
    yes: AskNothing = False,
    check: CheckAfterwards = True,
    json: AsJson = False,
) -> None:
    """Set up a deployed stack: its settings, its credentials, and the tokens of its APIs.

    Says what the settings mean and what differs from RudderStack, asks for credentials, shows what
    it will write and asks, writes it, and checks the stack as doctor does. Credentials in CONFIG
    go to a secret, never to the settings, and are never shown. Run it again to change something:
    what is already there stays.

    rudder-mixpanel setup exported.json --stack rudder-mixpanel

    With --credentials -, stdin is one JSON object with any of: token, serviceAccountUserName,
    serviceAccountSecret, projectId, apiSecret, gdprApiToken. A null removes one.
    """
    with exit_on_error():
        from rudder_mixpanel_cli.aws import report_aws_errors  # noqa: PLC0415
        from rudder_mixpanel_cli.deployed_stack import DeployedStack  # noqa: PLC0415
        from rudder_mixpanel_cli.setup import export as export_command  # noqa: PLC0415
        from rudder_mixpanel_cli.setup import run  # noqa: PLC0415

        options = SetupOptions(
            config,
            destination,
            tuple(set_ or ()),
            credentials,
            tuple(token or ()),
            tuple(write_key or ()),
            tokens_to,
            yes=yes,
            dry_run=dry_run,
            check=check,
            as_json=json,
        )
        with report_aws_errors():
            deployed = DeployedStack(stack)
            if export:
                export_command.print_settings(deployed)
            else:
                run.set_up(deployed, options)
