"""The options of `rudder-mixpanel backfill`."""

from pathlib import Path
from typing import Annotated, Final

import typer

from rudder_mixpanel_cli.errors import exit_on_error
from rudder_mixpanel_cli.options import AsJson, StackName

# Mixpanel keeps events for two years in projects since September 2025, for five in older ones.
# https://docs.mixpanel.com/docs/privacy/gdpr-compliance
RETENTION_DAYS: Final = 730
# A third of what a project accepts: https://developer.mixpanel.com/reference/rate-limits
RATE: Final = 10_000
MOST_RATE: Final = 25_000


def backfill(  # noqa: PLR0913 - one for each option
    context: typer.Context,
    paths: Annotated[
        list[str],
        typer.Argument(metavar="PATH", help="Files, folders, and s3://BUCKET/PREFIX."),
    ],
    *,
    stack: StackName = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print the account, and send nothing.")
    ] = False,
    destination: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="With --dry-run: the settings in a file, instead of a stack's."
        ),
    ] = None,
    profiles: Annotated[
        str | None,
        typer.Option(
            metavar="once|newer",
            help="Also update profiles: set what they lack (once), or what they have no newer "
            "value of (newer).",
        ),
    ] = None,
    counters: Annotated[
        bool,
        typer.Option("--counters", help="Also send charges, increments and appended traits."),
    ] = False,
    retention_days: Annotated[
        int,
        typer.Option(
            min=1,
            metavar="DAYS",
            help="How long the project keeps events; 1826 if it was created before September 2025.",
        ),
    ] = RETENTION_DAYS,
    rate: Annotated[
        int,
        typer.Option(min=1, max=MOST_RATE, metavar="N", help="At most this many events a second."),
    ] = RATE,
    checkpoint: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="Where it is noted how far the backfill is.",
            show_default="rudder-mixpanel-backfill.STACK.json",
        ),
    ] = None,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew, whatever the checkpoint says.")
    ] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask for confirmation.")] = False,
    json: AsJson = False,
) -> None:
    """Send old events through a stack to Mixpanel, without delaying new ones.

    Reads all events first and prints the account: what would be sent, what is refused and why, what
    Mixpanel bills, and what AWS costs. Then asks, and sends the events, a few records at a time and
    only while few records wait on the events queue. Reads JSON lines, arrays and gzip, and all
    envelopes that preview reads.

    Without --profiles, profiles are not changed. Updates never change a user's location or "last
    seen". Counters are sent only with --counters, and may count twice if they were sent before.

    Notes after each call to SQS how far it is. Stopped or killed, the same command goes on from
    there; what is sent again changes nothing, but Mixpanel bills it again.

    The exit status is 1 when events are refused or rejected; with --dry-run, it is 0.

    rudder-mixpanel backfill events/ --stack NAME --dry-run
    """
    interrupted = "nothing was sent"
    with exit_on_error(interrupted):
        from rudder_mixpanel_cli.backfill.actions import (  # noqa: PLC0415
            backfill_inputs,
            print_backfill_account,
        )
        from rudder_mixpanel_cli.backfill.options import (  # noqa: PLC0415
            BackfillOptions,
            profiles_named,
        )
        from rudder_mixpanel_cli.deployed_stack import DeployedStack  # noqa: PLC0415
        from rudder_mixpanel_cli.errors import UsageError  # noqa: PLC0415
        from rudder_mixpanel_cli.preview.settings_source import read_source  # noqa: PLC0415

        options = BackfillOptions(
            paths=paths,
            profiles=profiles_named(profiles),
            counters=counters,
            retention_days=retention_days,
            rate=rate,
            checkpoint=checkpoint,
            restart=restart,
            confirmed=yes,
            as_json=json,
        )
        if destination and not dry_run:
            raise UsageError("--destination: expected --dry-run; events are sent with the stack's")
        deployed = None if destination else DeployedStack(stack)
        is_named = str(context.get_parameter_source("stack")).endswith("COMMANDLINE")
        read, served = read_source(destination, stack, stack_is_named=is_named)
        if dry_run or deployed is None:
            print_backfill_account(read, served, options)
        else:
            backfill_inputs(deployed, read, served, options)
